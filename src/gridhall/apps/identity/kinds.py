"""Enumerations of identity."""

from django.db import models


class AppearanceKind(models.TextChoices):
    """Light, dark, or whatever the device says."""

    AUTO = "AUTO", "Follow the device"
    LIGHT = "LIGHT", "Light"
    DARK = "DARK", "Dark"


class ReadingModeKind(models.TextChoices):
    """Normal or large type (长辈模式)."""

    NORMAL = "NORMAL", "Normal"
    LARGE = "LARGE", "Large type"


class StaffRoleKind(models.TextChoices):
    """What a member of staff may do; who may not hold which together stands in rules/duties.py."""

    CLERK = "CLERK", "Clerk at the counter"
    BILLING = "BILLING", "Billing"
    BILLING_APPROVER = "BILLING_APPROVER", "Approves bill runs"
    METERING = "METERING", "Metering"
    TARIFF = "TARIFF", "Tariffs"
    TARIFF_APPROVER = "TARIFF_APPROVER", "Approves tariffs"
    MANAGER = "MANAGER", "Manager, reads all"
    AUDITOR = "AUDITOR", "Auditor, reads all masked"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator of users and roles"
