"""
A customer as staff see him: who holds the account, what is connected, what happened.

Personal data is masked but for the fields that this viewer unmasked a moment ago; each question is one statement about
the whole account, so that 400 meters ask no more than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, IntegerField, OuterRef, Prefetch, Subquery, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from gridhall.apps.accounts.kinds import UnmaskFieldKind
from gridhall.apps.accounts.models import CustomerAccount, CustomerTransformer, UsagePoint
from gridhall.apps.accounts.queries import check_reader, unmasks_customers
from gridhall.apps.accounts.rules import masking
from gridhall.apps.metering import queries as metering
from gridhall.apps.metering.models import MeterInstallation
from gridhall.apps.workforce.queries.holders import Holder
from gridhall.core.history import Happening, read_happening, select_happenings

LISTED_EVENTS = 60
FINDINGS_BACK = timedelta(days=400)
MOST_ROWS = 10_000
"""A list goes so far; beyond that one says more."""


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
    usage_point_id: int
    series_id: int
    open_findings: int  # failures of its reads that nobody dealt with yet

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

    account_id: int
    points: tuple[PointView, ...]

    @property
    def open_findings(self) -> int:
        """How many failures of the reads of the meters that hang there now nobody dealt with yet."""
        return sum(point.meter.open_findings for point in self.points if point.meter)

    @property
    def installed(self) -> metering.AccountInstallations:
        """What measured the account, ever."""
        return metering.AccountInstallations(
            tuple(
                (
                    self.account_id, one.usage_point_id, one.meter_id, one.series_id, one.starts_on, one.ends_on,
                    one.multiplier,
                )
                for point in self.points for one in point.installations
            )
        )  # fmt: skip

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


def get_supply(*, account: CustomerAccount, viewer: Any, at: datetime, shown: frozenset[str] = frozenset()) -> Supply:
    """
    Give what is connected for an account, with the whole network path, in two statements.

    :param shown: what `get_holding` gave in full; the address is shown in full only with it.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    check_reader(viewer)
    own = CustomerTransformer.objects.filter(usage_point=OuterRef("pk"), ends_on=None).order_by("name")
    named = JSONObject(name="name", kva=Cast("capacity_kva", TextField()))
    points = (
        UsagePoint.objects.filter(account_id=account.pk)
        .order_by("code")
        .annotate(own=ArraySubquery(own.values(json=named)))
    )
    points = points.select_related("service_location__place__parent__parent", "transformer__feeder", "feeder")
    today = timezone.localdate(at)
    failures = metering.select_findings(
        status="OPEN", first_day=today - FINDINGS_BACK, end_day=today + timedelta(days=1)
    )
    counted = failures.filter(meter=OuterRef("meter")).order_by().values("meter").annotate(n=Count("pk")).values("n")
    rows = MeterInstallation.objects.filter(usage_point__account_id=account.pk).select_related("meter")
    meters: dict[int, list[InstallationView]] = {}
    for row in rows.annotate(failures=Subquery(counted)).order_by("-starts_on"):
        meters.setdefault(row.usage_point_id, []).append(
            InstallationView(
                row.meter.serial_number, row.meter_id, row.meter.model, row.starts_on, row.ends_on, row.ct_ratio,
                row.pt_ratio, row.usage_point_id, row.meter.series_id, row.failures or 0,
            )
        )  # fmt: skip
    in_full = UnmaskFieldKind.ADDRESS in shown and unmasks_customers(viewer)
    return Supply(account.pk, tuple(_as_point(point, meters, in_full) for point in points))


def _as_point(point: Any, meters: Any, in_full: bool) -> PointView:
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
        own_transformers=tuple((one["name"], Decimal(one["kva"])) for one in point.own),
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
    check_reader(viewer)
    subjects = {
        "usage_point_code": [point.code for point in supply.points],
        "meter_serial": supply.meter_serials,
        "party_id": [holder.party_id] if holder else [],
    }
    told, params = select_happenings(scope=account.pk, subjects=subjects, limit=limit, before_id=before_id)
    with connection.cursor() as cursor:
        cursor.execute(_NAMED.format(told=told), params)
        return [_as_entry(read_happening(row[:5]), *row[5:]) for row in cursor.fetchall()]


_NAMED = """
SELECT told.*, person.name, person.is_staff FROM ({told}) told
  LEFT JOIN identity_user person ON person.mrid = CASE
       WHEN told.actor ~ '^[0-9a-f]{{8}}-([0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}$' THEN told.actor::uuid END
 ORDER BY told.id DESC
"""


def _as_entry(one: Happening, name: str | None, is_staff: bool | None) -> TimelineEntry:
    """Say who acted: a member of staff by name, a customer masked, a program as it calls itself."""
    who = one.actor if name is None else name if is_staff else masking.mask_name(name)
    return TimelineEntry(one.id, one.kind, one.payload, one.happened_at, who)


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
    check_reader(viewer)
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
