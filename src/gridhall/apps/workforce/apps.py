"""The workforce app."""

from django.apps import AppConfig


class WorkforceConfig(AppConfig):
    """Registers workforce with Django."""

    name = "gridhall.apps.workforce"
    label = "workforce"
    default_auto_field = "django.db.models.BigAutoField"
