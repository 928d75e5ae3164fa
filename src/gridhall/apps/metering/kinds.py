"""Enumerations of metering."""

from django.db import models


class RegisterKind(models.TextChoices):
    """What a meter register counts."""

    IMPORT = "IMPORT", "Energy delivered"
    EXPORT = "EXPORT", "Energy received"
    REACTIVE = "REACTIVE", "Reactive energy delivered"


class ImportStatusKind(models.TextChoices):
    """Where an import of reads stands."""

    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


class ValidationRuleKind(models.TextChoices):
    """What a validation failure found."""

    MISSING = "MISSING", "Reads are missing"
    DUPLICATE = "DUPLICATE", "Reads came twice and differ"
    SPIKE = "SPIKE", "Unusually high"
    NEGATIVE = "NEGATIVE", "Below zero"
    STUCK = "STUCK", "Meter seems stuck"
    REGISTER_SUM = "REGISTER_SUM", "Does not add up to the register"
    CLOCK = "CLOCK", "Clock seems shifted"
    ZERO_RUN = "ZERO_RUN", "Nothing for long where there used to be consumption"
    REVERSE_FLOW = "REVERSE_FLOW", "Energy to the grid without a known generator"
    OVER_LIMIT = "OVER_LIMIT", "More than the connection can carry"


class FindingStatusKind(models.TextChoices):
    """What was done about a validation failure."""

    OPEN = "OPEN", "Waiting"
    ACCEPTED = "ACCEPTED", "Accepted as measured"
    ESTIMATED = "ESTIMATED", "Replaced by an estimate"
    CORRECTED = "CORRECTED", "Corrected by a later read"


class BalanceStateKind(models.TextChoices):
    """What the loss of a feeder or transformer can be taken for."""

    SOUND = "SOUND", "Reads are complete"
    INCOMPLETE = "INCOMPLETE", "Reads are missing, the loss is no loss"
    NEGATIVE = "NEGATIVE", "More came out than went in"
    NO_CHECK = "NO_CHECK", "Nothing measures what goes in"
    NO_CUSTOMER = "NO_CUSTOMER", "Nothing measures what comes out"
