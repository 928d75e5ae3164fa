"""
Bills, what they were computed from, and their lines.

A bill run writes these tables by binary COPY. Foreign keys that would be checked row by row tens of thousands of times
a second are checked once a statement by triggers over the transition table instead (`triggers.must_exist`).
"""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts.models import CustomerAccount, CustomerAgreement, Party, half_open
from gridhall.apps.billing import kinds
from gridhall.apps.billing.models import triggers
from gridhall.apps.billing.models.runs import BillRun, BillRunChunk
from gridhall.apps.tariffs.models import TariffDocument


class Bill(models.Model):
    """
    What one party owes for one account and a stretch of days of one month.

    `is_current` marks the bill whose lines stand for its days; the database allows one such bill a day. A REBILL is
    computed in full and charges only `amount`, the difference to the bill it replaces; it becomes current when issued.
    """

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=24)
    run = models.ForeignKey(BillRun, models.PROTECT, related_name="bills", db_index=False, db_constraint=False)
    chunk = models.ForeignKey(BillRunChunk, models.PROTECT, related_name="+", db_constraint=False)
    account = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="bills", db_index=False, db_constraint=False
    )
    agreement = models.ForeignKey(
        CustomerAgreement, models.PROTECT, related_name="bills", db_index=False, db_constraint=False
    )
    party = models.ForeignKey(Party, models.PROTECT, related_name="bills", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=8, choices=kinds.BillKind)
    status = models.CharField(max_length=8, choices=kinds.BillStatusKind)
    is_current = models.BooleanField()
    first_day = models.DateField()
    end_day = models.DateField()  # not included
    energy_wh = models.BigIntegerField()  # delivered
    export_wh = models.BigIntegerField()
    tier_wh = models.BigIntegerField()  # of the energy what fills annual tiers: parts under a tariff that has them
    charge_total = models.DecimalField(max_digits=18, decimal_places=2)  # what its days cost
    base_total = models.DecimalField(max_digits=18, decimal_places=2)  # the same without minimum charges
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # what this bill asks for
    is_estimated = models.BooleanField()
    measured_slots = models.IntegerField()
    estimated_slots = models.IntegerField()
    missing_slots = models.IntegerField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by", db_index=False)
    due_on = models.DateField(null=True)
    drafted_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="a_day_is_billed_once",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (half_open("first_day", "end_day"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_current=True),
            ),
            models.UniqueConstraint(fields=["number"], name="bill_number_once"),
            models.CheckConstraint(condition=Q(end_day__gt=F("first_day")), name="bill_has_days"),
        ]
        indexes = [
            models.Index(fields=["account", "first_day"], name="bills_of_account"),
            models.Index(fields=["replaces"], condition=~Q(replaces=None), name="bill_replaced"),
        ]
        triggers = [
            *triggers.must_exist("run", "chunk", "account", "agreement", "party", name="bill"),
            triggers.issued_bill_is_immutable(),
            pgtrigger.Protect(name="bill_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number


class BillPart(models.Model):
    """
    One stretch of a bill's days under one tariff and one set of terms: everything its lines are computed from.

    Arrays are by slot class of the compiled tariff month. Together with the tariff document (immutable, by sha) a part
    prices to exactly the same lines again.
    """

    pk = models.CompositePrimaryKey("bill_id", "position")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="parts", db_index=False, db_constraint=False)
    position = models.SmallIntegerField()
    first_day = models.DateField()
    end_day = models.DateField()
    tariff_document = models.ForeignKey(
        TariffDocument, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    import_wh = ArrayField(models.BigIntegerField())
    export_wh = ArrayField(models.BigIntegerField())
    peak_wh = ArrayField(models.BigIntegerField())
    reactive_varh = models.BigIntegerField()
    # The terms it was priced under, in the units of engines.rating.Terms.
    contract_capacity_va = models.BigIntegerField()
    contract_demand_w = models.BigIntegerField()
    demand_basis = models.SmallIntegerField()  # 0 capacity, 1 contract demand, 2 actual demand
    household_size = models.SmallIntegerField()
    # People by month of the year, 0 where the agreement did not hold; empty where their number did not change.
    household_by_month = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    social = models.SmallIntegerField(default=0, db_default=0)  # as rules.social.WORDS
    power_factor_standard_percent = models.SmallIntegerField()  # 0: not adjusted
    year_months = models.SmallIntegerField()  # months of the year for which the agreement stands
    year_to_date_wh = models.BigIntegerField()  # of the year's energy what filled annual tiers before
    month_to_date_wh = models.BigIntegerField()  # delivered in the month before this part
    credit_wh = ArrayField(models.BigIntegerField())  # energy credit brought forward, by period (net billing)
    credit_minor = models.BigIntegerField()  # money credit brought forward, in fen
    carried_wh = ArrayField(models.BigIntegerField())  # energy credit taken to the next part
    carried_minor = models.BigIntegerField()  # money credit taken to the next part, in fen
    year_amount_minor = models.BigIntegerField()  # charged in the year before this part, in fen
    measured_slots = models.IntegerField()
    estimated_slots = models.IntegerField()
    missing_slots = models.IntegerField()

    class Meta:
        triggers = [
            *triggers.must_exist("bill", "tariff_document", name="part"),
            pgtrigger.Protect(name="part_is_kept", operation=pgtrigger.Delete | pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.position}"


class Charge(models.Model):
    """The words of a bill line, kept once: code, labels, unit, heading."""

    code = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    label_en = models.CharField(max_length=160, blank=True)
    unit = models.CharField(max_length=24)
    group = models.CharField(max_length=12, choices=kinds.LineGroupKind)
    counts = models.BooleanField(default=True)  # False: the line only tells (tax inside the price)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "label", "label_en", "unit", "group", "counts"], name="charge_words_once"
            )
        ]

    def __str__(self) -> str:
        return self.code


class BillLine(models.Model):
    """One line: quantity x price, rounded once. `part` tells from which part it was computed."""

    pk = models.CompositePrimaryKey("bill_id", "position")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    position = models.SmallIntegerField()
    part = models.SmallIntegerField()
    part_line = models.SmallIntegerField()  # its place among the lines that the tariff has in this month
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    price = models.DecimalField(max_digits=18, decimal_places=8)
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        triggers = [
            *triggers.must_exist("bill", "charge", name="line"),
            pgtrigger.Protect(name="line_is_kept", operation=pgtrigger.Delete | pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.position}"


class BillException(models.Model):
    """Something a person should look at before a bill is issued, or why an account got no bill."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="exceptions")
    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="+")
    bill = models.ForeignKey(Bill, models.CASCADE, null=True, related_name="exceptions")
    kind = models.CharField(max_length=20, choices=kinds.BillExceptionKind)
    holds = models.BooleanField()  # the bill may not be issued before someone releases it
    detail = models.CharField(max_length=300, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id}"
