"""
A small supply company with real bills, for tests of whole pages: six accounts of all kinds, fourteen months of reads.

Everything is made by the actions that people use; only the reads are drawn, from a fixed seed. Names are made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.utils import timezone
from numpy.typing import NDArray

from gridhall.core.periods import Month, local_midnight, months_between

PASSWORD = "a quiet valley at night"
OWNER_PHONE, FAMILY_PHONE, STRANGER_PHONE, STAFF_PHONE = "13800001234", "13800005678", "13900001111", "13700009999"
STAFF_PHONES = {
    "CLERK": STAFF_PHONE,
    "BILLING": "13700009901",
    "BILLING_APPROVER": "13700009902",
    "METERING": "13700009903",
    "TARIFF": "13700009904",
    "TARIFF_APPROVER": "13700009905",
    "MANAGER": "13700009906",
    "AUDITOR": "13700009907",
    "ADMINISTRATOR": "13700009908",
}
BILLED_MONTHS = 13
SLOTS = 96


@dataclass(frozen=True, slots=True)
class Customer:
    """One account to make."""

    number: str
    kind: str
    name: str
    tag: str
    tariff: str
    mean_wh: int
    voltage: str = "V220"
    multiplier: int = 1
    terms: dict[str, Any] = field(default_factory=dict)


CUSTOMERS = (
    Customer("4228260000017", "RESIDENT", "田大山", "我的家", "hubei-residential-tou-template", 85),
    Customer("4228260000025", "RESIDENT", "田小溪", "爸妈家", "hubei-residential", 60),
    Customer("4228260000033", "SHOP", "唐崖油茶汤小吃店", "油茶汤店", "hubei-commercial-single-lt1kv", 420),
    Customer(
        "4228260000041", "ENTERPRISE", "坪坝营茶叶加工有限公司", "", "hubei-commercial-two-part-10kv", 130, "KV10", 60,
        {"contract_capacity_kva": Decimal(400), "contract_demand_kw": Decimal(120), "basic_charge": "DEMAND",
         "power_factor_standard": Decimal("0.90")},
    ),
    Customer("4228260000059", "EV", "田大山", "车位充电桩", "hubei-residential-ev", 160),
    Customer("4228260000067", "PV", "田大山", "屋顶光伏", "hubei-residential-pv", 70),
)  # fmt: skip
NEIGHBOR = Customer("4228260000075", "RESIDENT", "覃伯伯", "", "hubei-residential", 55)


@dataclass(frozen=True, slots=True)
class Company:
    """What was made: numbers of accounts, the days with reads [first_day, end_day), the months with bills."""

    numbers: tuple[str, ...]
    neighbor_number: str
    first_day: date
    end_day: date
    billed: tuple[Month, ...]


def build_company(*, at: datetime | None = None) -> Company:
    """Make the company in the database and the interval store of the settings."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    month = Month.of(today)
    for _unused in range(BILLED_MONTHS):
        month = month.previous()
    company = Company(
        numbers=tuple(customer.number for customer in CUSTOMERS),
        neighbor_number=NEIGHBOR.number,
        first_day=month.first_day,
        end_day=today,
        billed=tuple(months_between(month, Month.of(today).previous())),
    )
    _approve_tariffs(at)
    users = _make_users(at)
    place = _make_place()
    meters = [_open(customer, place, users, company.first_day, at) for customer in (*CUSTOMERS, NEIGHBOR)]
    _let_family_in(users, at)
    _write_reads(meters, company, at)
    for billed in company.billed:
        issue_bills(billed, at)
    return company


def _approve_tariffs(at: datetime) -> None:
    from gridhall.apps.tariffs import actions as tariffs
    from gridhall.apps.tariffs.models import TariffDocument

    tariffs.load_tariffs(folder=settings.GRIDHALL_CATALOGUE / "tariffs", at=at, actor="tests")
    for document in TariffDocument.objects.filter(status="DRAFT"):
        tariffs.approve_tariff(document=document, at=at, actor="tests, second pair of eyes")


def _make_users(at: datetime) -> dict[str, Any]:
    from gridhall.apps.identity import actions as identity

    people = {OWNER_PHONE: "田大山", FAMILY_PHONE: "田小溪", STRANGER_PHONE: "覃伯伯"}
    users = {
        phone: identity.create_user(phone=phone, name=name, password=PASSWORD, at=at, actor="tests")
        for phone, name in people.items()
    }
    made: dict[str, Any] = {"at": at, "actor": "tests"}
    for role, phone in STAFF_PHONES.items():
        users[phone] = identity.create_staff(phone=phone, name="赵工", password=PASSWORD, **made)
        identity.grant_role(user=users[phone], role=role, granted_by=None, **made)
    return users


def _make_place() -> Any:
    from gridhall.apps.accounts.models import Place

    places = (
        ("422826", "咸丰县", "Xianfeng County", "COUNTY"),
        ("422826100", "高乐山镇", "Gaoleshan Town", "TOWN"),
        ("422826100201", "龙潭村", "Longtan Village", "VILLAGE"),
    )
    parent = None
    for code, name, name_en, kind in places:
        parent = Place.objects.create(code=code, name=name, name_en=name_en, kind=kind, parent=parent)
    return parent


def _open(customer: Customer, place: Any, users: dict[str, Any], opened_on: date, at: datetime) -> Any:
    """Open an account with everything that hangs on it; gives its meter."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.kinds import BindingMethodKind
    from gridhall.apps.accounts.models import Feeder
    from gridhall.apps.accounts.rules.terms import Terms
    from gridhall.apps.metering import actions as metering

    made: dict[str, Any] = {"at": at, "actor": "tests"}
    kind = "ORGANIZATION" if customer.kind == "ENTERPRISE" else "PERSON"
    party = accounts.register_party(kind=kind, name=customer.name, **made)
    account = accounts.open_account(
        number=customer.number, kind=customer.kind, name=customer.name, opened_on=opened_on, **made
    )
    terms = Terms(tariff_code=customer.tariff, **customer.terms)
    accounts.start_agreement(account=account, party=party, starts_on=opened_on, terms=terms, **made)
    feeder = Feeder.objects.get_or_create(code="F1", defaults={"name": "龙潭线", "substation": "咸丰变"})[0]
    point = accounts.connect_usage_point(
        account=account, code=f"UP{customer.number}", place=place, address=f"龙潭路{customer.number[-2:]}号",
        voltage=customer.voltage, connected_on=opened_on, has_generation=customer.kind == "PV",
        feeder=feeder if customer.voltage == "KV10" else None, **made,
    )  # fmt: skip
    meter = metering.register_meter(new=metering.NewMeter(serial_number=f"22110{customer.number[-8:]}"), **made)
    metering.install_meter(
        usage_point=point, meter=meter, on=opened_on, ct_ratio=customer.multiplier, opening_wh=1_234_500, **made
    )
    user = users[STRANGER_PHONE if customer is NEIGHBOR else OWNER_PHONE]
    claim = accounts.Claim(method=BindingMethodKind.COUNTER, number=customer.number, is_holder=True)
    accounts.bind_account(user=user, claim=claim, by=users[STAFF_PHONE], tag=customer.tag, **made)
    return customer, meter


def _let_family_in(users: dict[str, Any], at: datetime) -> None:
    """The family sees usage of the first account, not its bills."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import CustomerAccount

    accounts.grant_access(
        account=CustomerAccount.objects.get(number=CUSTOMERS[0].number), granter=users[OWNER_PHONE],
        grantee=users[FAMILY_PHONE], role="FAMILY", scopes=["VIEW_USAGE"], at=at, actor="tests",
    )  # fmt: skip


def open_new_account() -> str:
    """Open one more account for the owner today: no reads yet, no bills; gives its number."""
    from gridhall.apps.accounts.models import Place
    from gridhall.apps.identity.models import User

    at = timezone.now()
    customer = Customer("4228260000083", "RESIDENT", "田大山", "新房", "hubei-residential", 0)
    users = {user.phone: user for user in User.objects.all()}
    _open(customer, Place.objects.get(kind="VILLAGE"), users, timezone.localdate(at), at)
    return customer.number


def draw_reads(customer: Customer, month: Month) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw import and export of a month, int32[D, 96] watt hours."""
    rng = np.random.default_rng([int(customer.number[-5:]), month.year, month.month])
    hours = np.arange(SLOTS) / 4
    evening = np.exp(-((hours - 19.5) ** 2) / 6)
    noon = np.exp(-((hours - 12) ** 2) / 8)
    shape = {
        "RESIDENT": 0.45 + 0.5 * noon + 1.2 * evening,
        "EV": 0.05 + 2.4 * ((hours >= 23) | (hours < 5)),
        "PV": 0.5 + 0.9 * evening,
    }.get(customer.kind, 0.25 + 1.4 * ((hours >= 8) & (hours < 20)))
    season = 1 + 0.35 * np.cos((month.month - 1) / 12 * 4 * np.pi)
    noise = rng.uniform(0.8, 1.2, (month.days, SLOTS)) * rng.uniform(0.85, 1.15, (month.days, 1))
    drawn = (customer.mean_wh * season * shape * noise).astype(np.int32)
    sun = np.clip(np.sin((hours - 6) / 12 * np.pi), 0, None) if customer.kind == "PV" else np.zeros(SLOTS)
    return drawn, (900 * sun * noise * rng.uniform(0.3, 1, (month.days, 1))).astype(np.int32)


def _write_reads(meters: list[Any], company: Company, at: datetime) -> None:
    """Store the reads, and what the registers showed at the ends of months."""
    from gridhall.apps.metering import actions as metering
    from gridhall.apps.metering import queries
    from gridhall.engines.intervals.quality import ReadingQuality

    store = queries.get_store()
    zone = ZoneInfo(settings.TIME_ZONE)
    shown = {meter.pk: 1_234_500 for _customer, meter in meters}
    for month in months_between(Month.of(company.first_day), Month.of(company.end_day)):
        days = min(month.days, (company.end_day - month.first_day).days)
        for customer, meter in meters:
            imports, exports = draw_reads(customer, month)
            reactive = (imports * 0.35).astype(np.int32)
            quality = np.zeros(imports.shape, np.uint8)
            # One stretch of the eighth billed month is estimated, to be told as such.
            if month == company.billed[7] and customer is CUSTOMERS[0]:
                quality[4, 20:44] = ReadingQuality.ESTIMATED_LINEAR
            for index in range(days):
                store.write_days(
                    month.first_day + timedelta(days=index), np.array([meter.series_id]), imports[index][None],
                    exports[index][None], reactive[index][None], quality[index][None], known_at=at,
                )  # fmt: skip
            shown[meter.pk] += int(imports[:days].sum())
            if days == month.days:
                metering.record_register_reading(
                    meter=meter, register="IMPORT", read_at=local_midnight(month.next().first_day, zone),
                    value_wh=shown[meter.pk], source="tests", at=at, actor="tests",
                )  # fmt: skip


def issue_bills(month: Month, at: datetime) -> None:
    """Bill what is not billed yet of a month."""
    from gridhall.apps.billing.actions import issuing, runs

    run = runs.open_run(month=month, at=at, actor="tests")
    run = runs.draft_run(run=run, at=at, actor="tests", workers=1)
    run = runs.approve_run(run=run, at=at, actor="tests, second pair of eyes")
    issuing.issue_run(run=run, at=at, actor="tests", workers=1)
