"""The metering app."""

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Registers metering with Django."""

    name = "gridhall.apps.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell accounts, which stand below, how usage points are found by meter."""
        from gridhall.apps.accounts.queries import register_meter_finder
        from gridhall.apps.metering.queries.finding_meters import find_usage_points_by_meter

        register_meter_finder(find_usage_points_by_meter)
