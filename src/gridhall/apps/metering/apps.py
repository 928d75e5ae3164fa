"""The metering app."""

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Registers metering with Django."""

    name = "gridhall.apps.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"
