"""Core as a Django app: it keeps the events."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The words all share."""

    name = "gridhall.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
