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
