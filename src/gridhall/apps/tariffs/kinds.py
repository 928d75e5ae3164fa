"""Enumerations of tariffs."""

from django.db import models


class TariffStatusKind(models.TextChoices):
    """Where a version of a tariff stands."""

    DRAFT = "DRAFT", "Draft"
    APPROVED = "APPROVED", "Approved"
    RETIRED = "RETIRED", "Retired"
