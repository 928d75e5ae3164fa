"""The identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Registers identity with Django."""

    name = "gridhall.apps.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
