"""What metering keeps beside the interval store: meters, where they hang, registers, imports and findings."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint, half_open
from gridhall.apps.metering import kinds

SERIES_SEQUENCE = "metering_series"
"""The database sequence that hands out places in the interval store, from 0; none is handed out twice."""


class Meter(models.Model):
    """A meter; `series_id` is its place in the interval store (dense from 0, never used again)."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    serial_number = models.CharField(max_length=32, unique=True)  # printed as the bar code
    series_id = models.BigIntegerField(unique=True, db_default=Func(Value(SERIES_SEQUENCE), function="nextval"))
    model = models.CharField(max_length=40, blank=True)
    register_digits = models.PositiveSmallIntegerField(default=6)
    # A check meter measures a feeder or transformer, not a customer.
    feeder = models.ForeignKey(Feeder, models.PROTECT, null=True, related_name="check_meters")
    transformer = models.ForeignKey(Transformer, models.PROTECT, null=True, related_name="check_meters")
    check_multiplier = models.PositiveIntegerField(default=1)  # CT x PT of a check meter

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(series_id__gte=0), name="series_counts_from_zero"),
            models.CheckConstraint(condition=Q(check_multiplier__gt=0), name="check_multiplier_is_positive"),
        ]

    def __str__(self) -> str:
        return self.serial_number


class MeterInstallation(models.Model):
    """Which meter measured a usage point on which days (half-open), and with which instrument-transformer ratios."""

    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="installations")
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="installations")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    ct_ratio = models.PositiveIntegerField(default=1)
    pt_ratio = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_meter_a_usage_point_a_day",
                expressions=[
                    ("usage_point", RangeOperators.EQUAL),
                    (half_open("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="a_meter_hangs_in_one_place",
                expressions=[
                    ("meter", RangeOperators.EQUAL),
                    (half_open("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="installation_has_days"
            ),
            models.CheckConstraint(condition=Q(ct_ratio__gt=0, pt_ratio__gt=0), name="ratios_are_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} at {self.usage_point}"


class RegisterReading(models.Model):
    """What a register showed at a moment. A corrected value is a new row; the older stays."""

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="register_readings")
    register = models.CharField(max_length=8, choices=kinds.RegisterKind)
    read_at = models.DateTimeField()
    value_wh = models.BigIntegerField()
    quality = models.PositiveSmallIntegerField(default=0)
    known_at = models.DateTimeField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meter", "register", "read_at", "known_at"], name="register_reading_once")
        ]
        triggers = [
            pgtrigger.Protect(name="register_reading_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.register} {self.read_at:%Y-%m-%d %H:%M}"


class ReadImport(models.Model):
    """One file of reads brought in; the same content is never brought in twice."""

    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=255)
    format = models.CharField(max_length=16)
    status = models.CharField(max_length=8, choices=kinds.ImportStatusKind)
    rows_stored = models.BigIntegerField(default=0)  # reads that were new or changed something
    rows_unchanged = models.BigIntegerField(default=0)  # reads we had already, with the same value
    rows_corrected = models.BigIntegerField(default=0)  # of the stored, those that replaced another value
    rows_rejected = models.BigIntegerField(default=0)
    findings = models.BigIntegerField(default=0)
    # How far a running import came, so that one that was killed goes on from there.
    parts_done = models.BigIntegerField(default=0)
    # Corrections about to be written: told again after a crash, because the store no longer shows what changed.
    pending = models.JSONField(default=list)
    faults_file = models.CharField(max_length=400, blank=True)  # every fault, where the rows below hold the first ones
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150)
    problem = models.TextField(blank=True)
    # A file that a person sent, until the queue has brought it in; empty for those that came another way.
    kept_file = models.CharField(max_length=400, blank=True)
    usage_point = models.CharField(max_length=40, blank=True)  # whose reads they are when the file does not say
    size_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.file_name


class ReadImportFault(models.Model):
    """One bad row of an import: where, what, and how to mend it."""

    read_import = models.ForeignKey(ReadImport, models.CASCADE, related_name="faults")
    file = models.CharField(max_length=255, blank=True)  # the member, when the file was an archive
    line = models.BigIntegerField(null=True)
    field = models.CharField(max_length=60, blank=True)
    problem = models.CharField(max_length=300)
    remedy = models.CharField(max_length=300, blank=True)
    is_warning = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.read_import}:{self.line}"


class ValidationFinding(models.Model):
    """A stretch of reads that did not pass validation, and what was done about it."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=12, choices=kinds.ValidationRuleKind)
    status = models.CharField(max_length=10, choices=kinds.FindingStatusKind, default=kinds.FindingStatusKind.OPEN)
    period_start_at = models.DateTimeField()
    period_end_at = models.DateTimeField()
    slots = models.PositiveIntegerField()
    measured_wh = models.BigIntegerField(null=True)
    expected_wh = models.BigIntegerField(null=True)
    method = models.CharField(max_length=24, blank=True)
    note = models.CharField(max_length=300, blank=True)
    # Digest of the reads that were looked at: a resolved finding opens again only when they changed.
    fingerprint = models.BigIntegerField(default=0)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "rule", "period_start_at", "period_end_at"], name="validation_finding_once"
            ),
            models.CheckConstraint(condition=Q(period_end_at__gt=F("period_start_at")), name="finding_has_length"),
        ]
        indexes = [
            models.Index(fields=["status", "rule", "period_start_at"], name="finding_to_do"),
            models.Index(fields=["status", "period_start_at", "id"], name="finding_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.rule} {self.period_start_at:%Y-%m-%d}"


class BalancedMonth(models.Model):
    """A local month of which every feeder and transformer was balanced, over the days [month, end_day)."""

    month = models.DateField(unique=True)
    end_day = models.DateField()  # earlier than the next month's first day while the month runs
    mark = models.CharField(max_length=64)  # digest of all that went in; another one means that it has to be done again
    meters = models.PositiveIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_day__gt=F("month")), name="balanced_month_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class NetworkBalance(models.Model):
    """What went into a feeder or transformer in a month and what came out at its customers, net of what they fed in."""

    balanced_month = models.ForeignKey(BalancedMonth, models.CASCADE, related_name="balances")
    feeder = models.ForeignKey(Feeder, models.CASCADE, null=True, related_name="balances")
    transformer = models.ForeignKey(Transformer, models.CASCADE, null=True, related_name="balances")
    supplied_kwh = models.DecimalField(max_digits=19, decimal_places=3)
    delivered_kwh = models.DecimalField(max_digits=19, decimal_places=3)
    check_meters = models.PositiveIntegerField()
    customer_meters = models.PositiveIntegerField()  # one a usage point, also when it was exchanged in the month
    silent_meters = models.PositiveIntegerField()  # of both sides: those without a single read
    check_slots = models.BigIntegerField()
    check_missing_slots = models.BigIntegerField()
    customer_slots = models.BigIntegerField()
    customer_missing_slots = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(feeder=None, transformer__isnull=False) | Q(feeder__isnull=False, transformer=None),
                name="balance_is_of_one_place",
            ),
            models.UniqueConstraint(fields=["feeder", "balanced_month"], name="feeder_balanced_once_a_month"),
            models.UniqueConstraint(fields=["transformer", "balanced_month"], name="transformer_balanced_once_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.feeder or self.transformer} {self.balanced_month}"
