"""
A customer as staff see him: who holds the account, what is connected, what happened.

Personal data is masked but for the fields that this viewer unmasked a moment ago; each question is one statement about
the whole account, so that 400 meters ask no more than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import IntegerField, Prefetch
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gridhall.apps.accounts.kinds import ContactKind, UnmaskFieldKind
from gridhall.apps.accounts.models import CustomerAccount, CustomerAgreement, CustomerTransformer, UsagePoint
from gridhall.apps.accounts.queries import AccessDenied, reads_customers, unmasks_customers
from gridhall.apps.accounts.queries.parties import read_id_number
from gridhall.apps.accounts.rules import masking
from gridhall.apps.identity.models import User
from gridhall.apps.metering.models import MeterInstallation
from gridhall.apps.workforce.models import Unmasking
from gridhall.core.history import Happening, list_happenings

LISTED_EVENTS = 60
MOST_ROWS = 10_000
"""A list goes so far; beyond that one says more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """
    Who answers for an account today.

    :param shown: which fields are in full, until when.
    """

    name: str
    kind: str
    real_name_level: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    id_number: str
    consents: tuple[tuple[str, datetime], ...]
    party_id: int
    since: date
    shown: frozenset[str]
    shown_until: datetime | None

    @property
    def has_special_care(self) -> bool:
        """Whether he asked to be on the special care register."""
        return any(kind == "SPECIAL_CARE" for kind, _given in self.consents)


@dataclass(frozen=True, slots=True)
class InstallationView:
    """A meter at a usage point on some days, with its instrument transformers' ratios."""

    serial_number: str
    meter_id: int
    model: str
    starts_on: date
    ends_on: date | None
    ct_ratio: int
    pt_ratio: int

    @property
    def multiplier(self) -> int:
        """By how much what the meter counts is multiplied."""
        return self.ct_ratio * self.pt_ratio


@dataclass(frozen=True, slots=True)
class PointView:
    """A usage point with what feeds it and what measures it, the meter of today first."""

    code: str
    status: str
    voltage: str
    has_generation: bool
    connected_on: date
    address: str
    places: tuple[str, ...]  # from the county down
    places_en: tuple[str, ...]
    substation: str
    feeder: str
    feeder_code: str
    transformer: str
    transformer_code: str
    capacity_kva: Any
    own_transformers: tuple[tuple[str, Any], ...]
    installations: tuple[InstallationView, ...]

    @property
    def meter(self) -> InstallationView | None:
        """The meter that hangs there now."""
        return next((one for one in self.installations if one.ends_on is None), None)


@dataclass(frozen=True, slots=True)
class Supply:
    """Everything that is connected for an account."""

    points: tuple[PointView, ...]

    @property
    def meter_ids(self) -> list[int]:
        """The meters that hang there now."""
        return [point.meter.meter_id for point in self.points if point.meter]

    @property
    def meter_serials(self) -> list[str]:
        """Every meter there ever was."""
        return [one.serial_number for point in self.points for one in point.installations]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event of an account; `who` is the name of the member of staff or program that did it."""

    id: int
    kind: str
    payload: dict[str, Any]
    happened_at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in a list of staff; personal data masked."""

    number: str
    name_masked: str
    kind: str
    opened_on: date
    closed_on: date | None
    cycle: str
    points: int
    address_masked: str


@dataclass(frozen=True, slots=True)
class AccountSlice:
    """A page of accounts; `total` counts up to MOST_ROWS."""

    rows: list[AccountRow]
    total: int


def _check(viewer: Any) -> None:
    if not reads_customers(viewer):
        raise AccessDenied


def _list_shown(account: CustomerAccount, party_id: int, viewer: Any, at: datetime) -> tuple[frozenset[str], Any]:
    if not unmasks_customers(viewer):  # a role that was taken away ends what it opened
        return frozenset(), None
    rows = Unmasking.objects.filter(user=viewer, account=account, party_id=party_id, until__gt=at, shown_at__lte=at)
    found = list(rows.values_list("fields", "until"))
    fields = frozenset(field for fields, _until in found for field in fields)
    return fields, min((until for _fields, until in found), default=None)


def get_holder(*, account: CustomerAccount, viewer: Any, at: datetime) -> Holder | None:
    """
    Give who answers for an account today; None if nobody does.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    _check(viewer)
    day = timezone.localdate(at)
    held = CustomerAgreement.objects.filter(account_id=account.pk, starts_on__lte=day).exclude(ends_on__lte=day)
    agreement = held.select_related("party").prefetch_related("party__contacts", "party__consents").first()
    if agreement is None:
        return None
    party = agreement.party
    shown, until = _list_shown(account, party.pk, viewer, at)
    contacts = sorted(party.contacts.all(), key=lambda row: (not row.is_primary, row.pk))
    id_number = read_id_number(party) or ""

    def give(kind: str, value: str, mask: Any) -> str:
        return value if kind in shown else mask(value)

    return Holder(
        name=give(UnmaskFieldKind.NAME, party.name, masking.mask_name),
        kind=party.kind,
        real_name_level=party.real_name_level,
        phones=tuple(
            give(UnmaskFieldKind.PHONE, row.value, masking.mask_phone)
            for row in contacts
            if row.kind == ContactKind.PHONE
        ),
        emails=tuple(
            give(UnmaskFieldKind.EMAIL, row.value, masking.mask_email)
            for row in contacts
            if row.kind == ContactKind.EMAIL
        ),
        id_number=give(UnmaskFieldKind.ID_NUMBER, id_number, masking.mask_id_number) if id_number else "",
        consents=tuple((row.kind, row.given_at) for row in party.consents.all() if row.withdrawn_at is None),
        party_id=party.pk,
        since=agreement.starts_on,
        shown=shown,
        shown_until=until,
    )


def get_supply(*, account: CustomerAccount, viewer: Any, shown: frozenset[str] = frozenset()) -> Supply:
    """
    Give what is connected for an account, with the whole network path.

    :param shown: what `get_holder` gave in full; the address is shown in full only with it.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    _check(viewer)
    points = UsagePoint.objects.filter(account_id=account.pk).order_by("code")
    points = points.select_related("service_location__place__parent__parent", "transformer__feeder", "feeder")
    meters: dict[int, list[InstallationView]] = {}
    rows = MeterInstallation.objects.filter(usage_point__account_id=account.pk).select_related("meter")
    for row in rows.order_by("-starts_on"):
        meters.setdefault(row.usage_point_id, []).append(
            InstallationView(
                row.meter.serial_number, row.meter_id, row.meter.model, row.starts_on, row.ends_on, row.ct_ratio,
                row.pt_ratio,
            )
        )  # fmt: skip
    own: dict[int, list[tuple[str, Any]]] = {}
    for item in CustomerTransformer.objects.filter(usage_point__account_id=account.pk, ends_on=None).order_by("name"):
        own.setdefault(item.usage_point_id, []).append((item.name, item.capacity_kva))
    in_full = UnmaskFieldKind.ADDRESS in shown and unmasks_customers(viewer)
    return Supply(tuple(_as_point(point, meters, own, in_full) for point in points))


def _as_point(point: UsagePoint, meters: Any, own: Any, in_full: bool) -> PointView:
    transformer = point.transformer
    feeder = transformer.feeder if transformer else point.feeder
    location = point.service_location
    places, place = [], location.place
    while place is not None:
        places.insert(0, place)
        place = place.parent
    return PointView(
        code=point.code,
        status=point.status,
        voltage=point.voltage,
        has_generation=point.has_generation,
        connected_on=point.connected_on,
        address=location.address if in_full else masking.mask_address(location.address),
        places=tuple(one.name for one in places),
        places_en=tuple(one.name_en or one.name for one in places),
        substation=feeder.substation if feeder else "",
        feeder=feeder.name if feeder else "",
        feeder_code=feeder.code if feeder else "",
        transformer=transformer.name if transformer else "",
        transformer_code=transformer.code if transformer else "",
        capacity_kva=transformer.capacity_kva if transformer else None,
        own_transformers=tuple(own.get(point.pk, ())),
        installations=tuple(meters.get(point.pk, ())),
    )


def list_timeline(
    *,
    account: CustomerAccount,
    supply: Supply,
    holder: Holder | None,
    viewer: Any,
    limit: int = LISTED_EVENTS,
    before_id: int | None = None,
) -> list[TimelineEntry]:
    """
    List what happened to an account, its meters and who holds it, newest first.

    :param before_id: go on from here.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    _check(viewer)
    subjects = {
        "usage_point_code": [point.code for point in supply.points],
        "meter_serial": supply.meter_serials,
        "party_id": [holder.party_id] if holder else [],
    }
    found = list_happenings(scope=account.pk, subjects=subjects, limit=limit, before_id=before_id)
    names = _name_actors(found)
    return [TimelineEntry(one.id, one.kind, one.payload, one.happened_at, names[one.actor]) for one in found]


def _name_actors(found: list[Happening]) -> dict[str, str]:
    """Say who acted: a member of staff by name, a customer masked, a program as it calls itself."""
    actors = {one.actor for one in found}
    mrids = [actor for actor in actors if len(actor) == 36 and actor.count("-") == 4]
    people = User.objects.filter(mrid__in=mrids).values_list("mrid", "name", "is_staff") if mrids else []
    known = {str(mrid): name if is_staff else masking.mask_name(name) for mrid, name, is_staff in people}
    return {actor: known.get(actor, actor) for actor in actors}


ORDERS = {"number": "number", "name": "name_pinyin"}


def list_account_rows(
    *, viewer: Any, kind: str = "", state: str = "", sort: str = "number", descending: bool = False, offset: int = 0,
    limit: int = 50,
) -> AccountSlice:  # fmt: skip
    """
    List accounts as a page of a list.

    :param kind: a CustomerKind; empty for all.
    :param state: `open` or `closed`; empty for all.
    :param sort: number, or name in the order of pinyin.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    _check(viewer)
    rows = CustomerAccount.objects.all()
    counted, params = "SELECT 1 FROM accounts_customeraccount WHERE true", []
    if kind:
        rows, counted = rows.filter(kind=kind), f"{counted} AND kind = %s"
        params.append(kind)
    if state:
        rows = rows.filter(closed_on__isnull=state == "open")
        counted = f"{counted} AND closed_on IS {'' if state == 'open' else 'NOT '}NULL"
    # Counted with the rows, as far as a list goes: one question less on every page.
    counted = f"SELECT count(*) FROM ({counted} LIMIT {MOST_ROWS + 1}) counted"
    rows = rows.annotate(total=RawSQL(counted, params, output_field=IntegerField()))
    order = [ORDERS[sort], *(["number"] if sort != "number" else [])]
    rows = rows.order_by(*(f"-{name}" if descending else name for name in order))
    points = Prefetch("usage_points", UsagePoint.objects.select_related("service_location"))
    end = min(offset + limit, MOST_ROWS)
    page: list[Any] = list(rows.prefetch_related(points)[offset:end]) if offset < end else []
    total = page[0].total if page else 0
    return AccountSlice([_as_row(account) for account in page], total)


def _as_row(account: CustomerAccount) -> AccountRow:
    points = sorted(account.usage_points.all(), key=lambda point: point.pk)
    return AccountRow(
        number=account.number,
        name_masked=masking.mask_name(account.name),
        kind=account.kind,
        opened_on=account.opened_on,
        closed_on=account.closed_on,
        cycle=account.billing_cycle,
        points=len(points),
        address_masked=masking.mask_address(points[0].service_location.address) if points else "",
    )
