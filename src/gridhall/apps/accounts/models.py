"""What accounts keeps, in the words of IEC 61968: parties, places, usage points and who answers for them when."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace

from gridhall.apps.accounts import kinds


class DateRange(Func):
    """`daterange(start, end, '[)')` over two columns, for constraints on periods that must not overlap."""

    function = "DATERANGE"
    output_field = DateRangeField()


def half_open(start: str, end: str) -> DateRange:
    """Give the half-open range between two date columns."""
    return DateRange(F(start), F(end), RangeBoundary())


def new_party_code() -> str:
    """Give a party that comes from no other system a code of its own."""
    return str(uuid.uuid4())


# A day once in the books stays there: a period may be cut short, never lengthened, moved or given to someone else.
NEVER_LENGTHENED = "OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on)"


NAME_IN_PINYIN = (
    "SELECT pinyin, initials INTO NEW.name_pinyin, NEW.name_initials FROM accounts_read_name(NEW.name); RETURN NEW;"
)


def name_in_pinyin(name: str) -> pgtrigger.Trigger:
    """Keep a name's reading beside it, whoever writes the name: an action, an import, a statement by hand."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("name"),
        func=NAME_IN_PINYIN,
    )


def joined_pinyin() -> OpClass:
    """`zhang da shan` as it is typed, `zhangdashan`, found by its beginning."""
    joined = Replace("name_pinyin", Value(" "), Value(""))
    return OpClass(joined, name="text_pattern_ops")


class HanziReading(models.Model):
    """How a character, or a phrase in which it is read otherwise, is read; `^单` is 单 as a surname."""

    text = models.CharField(max_length=8, primary_key=True)
    pinyin = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.text} {self.pinyin}"


class Place(models.Model):
    """An administrative place: county, town or village, by its national code."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=8, choices=kinds.PlaceKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    area = models.CharField(max_length=6, choices=kinds.AreaKind, default=kinds.AreaKind.RURAL)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    def __str__(self) -> str:
        return self.name


class Feeder(models.Model):
    """A medium-voltage line leaving a substation."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    substation = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Transformer(models.Model):
    """A distribution transformer (台区) fed by a feeder."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    feeder = models.ForeignKey(Feeder, models.PROTECT, related_name="transformers")
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=3)

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """A person or organization that can answer for an account."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=40, unique=True, default=new_party_code)  # as other systems know the party
    kind = models.CharField(max_length=12, choices=kinds.PartyKind)
    name = models.CharField(max_length=120)
    # Written by the database (name_in_pinyin): `zhang da shan` sorts, `zds` is typed.
    name_pinyin = models.TextField(default="", db_default="", db_collation="C", editable=False)
    name_initials = models.TextField(default="", db_default="", db_collation="C", editable=False)
    real_name_level = models.CharField(max_length=8, choices=kinds.RealNameKind, default=kinds.RealNameKind.NONE)
    # Encrypted at rest; the digest (keyed) finds a party again without decrypting.
    id_number_encrypted = models.BinaryField(null=True)
    id_number_digest = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        indexes = [
            GinIndex(fields=["name"], name="party_name_trgm", opclasses=["gin_trgm_ops"]),
            # Names of two characters have no trigram inside a LIKE: they are found by their beginning.
            models.Index(fields=["name"], name="party_name_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(joined_pinyin(), name="party_pinyin_begins"),
            models.Index(fields=["name_initials"], name="party_initials_begin"),
        ]
        triggers = [name_in_pinyin("party_name_in_pinyin")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One way to reach a party."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=8, choices=kinds.ContactKind)
    value = models.CharField(max_length=200)
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "kind", "value"], name="contact_once")]
        indexes = [models.Index(fields=["value"], name="contact_value", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Consent(models.Model):
    """What a party agreed to, when, and when it was taken back."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=24, choices=kinds.ConsentKind)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind"], condition=Q(withdrawn_at=None), name="one_open_consent_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")), name="consent_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"


class ServiceLocation(models.Model):
    """Where energy is delivered."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="service_locations")
    address = models.CharField(max_length=200)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["address"], name="location_address_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["place", "address"], name="location_in_place"),
        ]

    def __str__(self) -> str:
        return self.address


class CustomerAccount(models.Model):
    """A customer number (户号). It stays with the supply; who answers for it is a matter of agreements."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=13, unique=True)
    kind = models.CharField(max_length=10, choices=kinds.CustomerKind)
    name = models.CharField(max_length=120)
    name_pinyin = models.TextField(default="", db_default="", db_collation="C", editable=False)
    name_initials = models.TextField(default="", db_default="", db_collation="C", editable=False)
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
            GinIndex(fields=["name"], name="account_name_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["name"], name="account_name_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(joined_pinyin(), name="account_pinyin_begins"),
            models.Index(fields=["name_initials"], name="account_initials_begin"),
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


class UsagePoint(models.Model):
    """A point at which an account takes or gives energy; each is measured by one meter at a time."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=32, unique=True)
    account = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="usage_points")
    service_location = models.ForeignKey(ServiceLocation, models.PROTECT, related_name="usage_points")
    transformer = models.ForeignKey(Transformer, models.PROTECT, null=True, related_name="usage_points")
    feeder = models.ForeignKey(Feeder, models.PROTECT, null=True, related_name="usage_points")  # high voltage
    voltage = models.CharField(max_length=6, choices=kinds.VoltageKind)
    has_generation = models.BooleanField(default=False)
    status = models.CharField(
        max_length=12, choices=kinds.UsagePointStatusKind, default=kinds.UsagePointStatusKind.CONNECTED
    )
    connected_on = models.DateField()

    def __str__(self) -> str:
        return self.code


class CustomerTransformer(models.Model):
    """A transformer that a customer owns behind a usage point."""

    usage_point = models.ForeignKey(UsagePoint, models.CASCADE, related_name="customer_transformers")
    name = models.CharField(max_length=80)
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=3)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["usage_point", "name", "starts_on"], name="customer_transformer_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="customer_transformer_has_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountAccess(models.Model):
    """What a user may do with an account, from one day until another; every binding and every grant is one."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="accesses")
    role = models.CharField(max_length=8, choices=kinds.AccessRoleKind)
    scopes = ArrayField(models.CharField(max_length=16, choices=kinds.AccessScopeKind))
    method = models.CharField(max_length=16, choices=kinds.BindingMethodKind)
    tag = models.CharField(max_length=40, blank=True)  # home, parents, shop 2
    is_main = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="grants")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], condition=Q(revoked_at=None), name="one_open_access"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None, is_main=True), name="one_main_account_a_user"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(revoked_at=None, role="OWNER"), name="one_owner_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.account} {self.role}"


class BindingAttempt(models.Model):
    """One try to bind a customer number; wrong tries are counted so that nobody can guess."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="binding_attempts")
    number = models.CharField(max_length=32)
    method = models.CharField(max_length=16, choices=kinds.BindingMethodKind)
    is_success = models.BooleanField()
    attempted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-attempted_at"], name="attempts_of_a_user"),
            models.Index(fields=["number", "-attempted_at"], name="attempts_at_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.number}"
