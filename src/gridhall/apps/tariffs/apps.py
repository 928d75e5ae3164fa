"""The tariffs app."""

from django.apps import AppConfig


class TariffsConfig(AppConfig):
    """Registers tariffs with Django."""

    name = "gridhall.apps.tariffs"
    label = "tariffs"
    default_auto_field = "django.db.models.BigAutoField"
