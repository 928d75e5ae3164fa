"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers accounts with Django, and its handlers with the events."""

    name = "gridhall.apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gridhall.apps.accounts import handlers  # noqa: F401
