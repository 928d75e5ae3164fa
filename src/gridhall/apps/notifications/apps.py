"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Registers notifications with Django, and its handlers with the events."""

    name = "gridhall.apps.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gridhall.apps.notifications import handlers  # noqa: F401
