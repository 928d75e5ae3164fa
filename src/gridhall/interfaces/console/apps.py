"""The staff console as a Django app: its templates and tags."""

from django.apps import AppConfig


class ConsoleInterfaceConfig(AppConfig):
    """Registers the console interface with Django."""

    name = "gridhall.interfaces.console"
    label = "console_interface"

    def ready(self) -> None:
        """Say how steps of the desks are taken back."""
        from gridhall.apps.workforce.actions import register_reversal
        from gridhall.interfaces.console import finding_lists, holding

        register_reversal(finding_lists.ACCEPTED, finding_lists.take_back)
        register_reversal(holding.HELD, holding.let_go)
