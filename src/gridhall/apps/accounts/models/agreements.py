"""Customer numbers, and who answers for them when and on which terms."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models.names import NamedInPinyin, joined_pinyin, name_in_pinyin
from gridhall.apps.accounts.models.parties import Party
from gridhall.apps.accounts.models.periods import NEVER_LENGTHENED, half_open


class CustomerAccount(NamedInPinyin):
    """A customer number (户号). It stays with the supply; who answers for it is a matter of agreements."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=13, unique=True)
    kind = models.CharField(max_length=10, choices=kinds.CustomerKind)
    name = models.CharField(max_length=120)
    industry_code = models.CharField(max_length=8, blank=True)  # GB/T 4754
    group = models.ForeignKey("self", models.PROTECT, null=True, related_name="members")
    billing_cycle = models.CharField(max_length=16, default="MONTHLY")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^([0-9]{10}|[0-9]{13})$"), name="number_has_10_or_13_digits"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="closed_after_opened"
            ),
            models.CheckConstraint(condition=~Q(group=F("id")), name="group_is_another_account"),
        ]
        indexes = [
            models.Index(fields=["name"], name="account_name_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(joined_pinyin(), name="account_pinyin_begins"),
            models.Index(fields=["name_initials"], name="account_initials_begin"),
            models.Index(fields=["name_pinyin", "number"], name="account_by_name"),
        ]
        triggers = [name_in_pinyin("account_name_in_pinyin")]

    def __str__(self) -> str:
        return self.number


class AccountAlias(models.Model):
    """An old number or an id in an old channel that leads to one account."""

    kind = models.CharField(max_length=12, choices=kinds.AliasKind)
    source = models.CharField(max_length=40)
    value = models.CharField(max_length=80)
    account = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="aliases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source", "value"], name="alias_leads_to_one_account")]
        indexes = [models.Index(fields=["value"], name="alias_value")]

    def __str__(self) -> str:
        return f"{self.source} {self.value}"


class CustomerAgreement(models.Model):
    """Who answers for an account from one day until another (half-open, local days)."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="agreements")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_agreement_an_account_a_day",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (half_open("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="agreement_has_days"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="agreement_keeps_history",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("account", "party", "starts_on"),
            ),
            pgtrigger.Protect(
                name="agreement_never_lengthened",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(NEVER_LENGTHENED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.starts_on}"


class AgreementTerms(models.Model):
    """What an agreement is priced by from one day until another: tariff, capacity, demand, household."""

    agreement = models.ForeignKey(CustomerAgreement, models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    tariff_code = models.CharField(max_length=64)
    contract_capacity_kva = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    contract_demand_kw = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    basic_charge = models.CharField(max_length=8, choices=kinds.BasicChargeKind, default=kinds.BasicChargeKind.NONE)
    household_size = models.PositiveSmallIntegerField(default=0)
    social = models.CharField(
        max_length=16, choices=kinds.SocialKind, default=kinds.SocialKind.NONE, db_default=kinds.SocialKind.NONE
    )
    power_factor_standard = models.DecimalField(max_digits=3, decimal_places=2, null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_set_of_terms_an_agreement_a_day",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    (half_open("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="terms_have_days"),
            models.CheckConstraint(
                condition=Q(contract_capacity_kva__gte=0) | Q(contract_capacity_kva=None), name="capacity_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(contract_demand_kw__gte=0) | Q(contract_demand_kw=None), name="demand_not_negative"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="terms_keep_history",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "agreement",
                    "starts_on",
                    "tariff_code",
                    "contract_capacity_kva",
                    "contract_demand_kw",
                    "basic_charge",
                    "household_size",
                    "social",
                    "power_factor_standard",
                ),
            ),
            pgtrigger.Protect(
                name="terms_never_lengthened",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(NEVER_LENGTHENED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.tariff_code}"
