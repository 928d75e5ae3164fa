"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Registers billing with Django, and its handlers with the events."""

    name = "gridhall.apps.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gridhall.apps.billing import handlers  # noqa: F401
