"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Registers billing with Django."""

    name = "gridhall.apps.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"
