"""The staff console as a Django app: its templates and tags."""

from django.apps import AppConfig


class ConsoleInterfaceConfig(AppConfig):
    """Registers the console interface with Django."""

    name = "gridhall.interfaces.console"
    label = "console_interface"
