"""A small supply company to bill in tests and measurements: places, accounts, meters, tariffs and reads."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.accounts.models import (
    AgreementTerms,
    CustomerAccount,
    CustomerAgreement,
    Party,
    Place,
    ServiceLocation,
    UsagePoint,
)
from gridhall.apps.metering import queries as metering
from gridhall.apps.metering.models import Meter, MeterInstallation
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.periods import Month

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
LATE = datetime(2026, 6, 2, 4, tzinfo=UTC)  # when late reads arrive
LATER = datetime(2026, 6, 3, 4, tzinfo=UTC)  # when months are computed again
OPENED = date(2025, 1, 1)

HOME = """
tariff: home
label: {zh: 居民阶梯电价, en: Homes in tiers}
clauses:
  tiers: {document: 鄂价环资〔2012〕1号, article: 第二条, text: 一户一表居民用户按年累计阶梯电价。, url: "https://example.org/1"}
versions:
  - from: 2024-01-01
    source: {document: Test prices, verified: true}
    components:
      - kind: energy
        code: energy
        label: {zh: 电量电费, en: Energy}
        clause: tiers
        tier_basis: year
        tiers:
          - {up_to: 2160, price: 0.558}
          - {up_to: 4800, price: 0.608}
          - {price: 0.858}
"""

SHOP = """
tariff: shop
label: {zh: 工商业分时, en: Business by hours}
schedules:
  tou:
    - {period: flat}
    - {period: peak, hours: ["08:00-12:00", "17:00-21:00"]}
    - {period: valley, hours: ["23:00-24:00", "00:00-07:00"]}
versions:
  - from: 2024-01-01
    until: 2026-03-11
    source: {document: Test prices}
    components: &old
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, schedule: tou,
         prices: {flat: 0.65, peak: 1.02, valley: 0.31}}
      - {kind: energy, code: funds, label: {zh: 政府性基金, en: Government funds}, price: 0.029}
      - {kind: demand, code: demand, label: {zh: 需量电费, en: Demand}, price: 42, basis: contract, floor_percent: 40}
      - {kind: power_factor, code: power_factor, label: {zh: 力调电费, en: Power factor}, base: [energy, demand]}
  - from: 2026-03-11
    source: {document: Test prices}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, schedule: tou,
         prices: {flat: 0.66, peak: 1.05, valley: 0.30}}
      - {kind: energy, code: funds, label: {zh: 政府性基金, en: Government funds}, price: 0.029}
      - {kind: demand, code: demand, label: {zh: 需量电费, en: Demand}, price: 42, basis: contract, floor_percent: 40}
      - {kind: power_factor, code: power_factor, label: {zh: 力调电费, en: Power factor}, base: [energy, demand]}
""".replace("components: &old", "components:")


PLANT = """
tariff: plant
label: {zh: 两部制, en: Two-part}
versions:
  - from: 2024-01-01
    source: {document: Test prices}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, price: 0.6}
      - {kind: capacity, code: capacity, label: {zh: 容量电费, en: Capacity}, price: 26.3}
      - {kind: fixed, code: service, label: {zh: 服务费, en: Service}, amount: 31}
      - {kind: fixed, code: meter_rent, label: {zh: 表计费, en: Meter rent}, amount: 5, prorate: false}
"""

FAMILY = """
tariff: family
label: {zh: 多人口阶梯, en: Tiers with household allowance}
versions:
  - from: 2024-01-01
    source: {document: Test prices}
    components:
      - kind: energy
        code: energy
        label: {zh: 电量电费, en: Energy}
        tier_basis: year
        household_allowance: [{from_size: 5, extra_kwh_per_month: 100}]
        tiers:
          - {up_to: 1200, price: 0.5}
          - {price: 0.8}
"""


def load_tariff(text: str, code: str) -> TariffDocument:
    """Keep a tariff in force."""
    return TariffDocument.objects.create(
        code=code, sha256=hashlib.sha256(text.encode()).hexdigest(), name=code, text=text, status="APPROVED",
        loaded_at=AT, approved_at=AT, approved_by="tests",
    )  # fmt: skip


def make_place() -> Place:
    """Keep one village."""
    return Place.objects.get_or_create(code="422826100001", defaults={"name": "测试村", "kind": "VILLAGE"})[0]


def make_customers(count: int, *, tariff: Any = "home", first: int = 0, **terms: Any) -> list[CustomerAccount]:
    """
    Keep customers with one usage point and one meter each, series numbered from `first`.

    :param tariff: a code, or a function of the customer's index.
    """
    place = make_place()
    numbers = range(first, first + count)
    code_of = tariff if callable(tariff) else lambda index: tariff
    parties = Party.objects.bulk_create([Party(kind="PERSON", name=f"客户{i}") for i in numbers], batch_size=5_000)
    accounts = CustomerAccount.objects.bulk_create(
        [
            CustomerAccount(number=f"{4228260000000 + i}", kind="RESIDENT", name=f"客户{i}", opened_on=OPENED)
            for i in numbers
        ],
        batch_size=5_000,
    )
    agreements = CustomerAgreement.objects.bulk_create(
        [CustomerAgreement(account=a, party=p, starts_on=OPENED) for a, p in zip(accounts, parties, strict=True)],
        batch_size=5_000,
    )
    AgreementTerms.objects.bulk_create(
        [
            AgreementTerms(agreement=g, starts_on=OPENED, tariff_code=code_of(i), **(terms | _two_part(code_of(i))))
            for i, g in zip(numbers, agreements, strict=True)
        ],
        batch_size=5_000,
    )
    locations = ServiceLocation.objects.bulk_create(
        [ServiceLocation(place=place, address=f"测试村{i}号") for i in numbers], batch_size=5_000
    )
    points = UsagePoint.objects.bulk_create(
        [
            UsagePoint(code=f"P{i:09d}", account=a, service_location=s, voltage="V220", connected_on=OPENED)
            for i, a, s in zip(numbers, accounts, locations, strict=True)
        ],
        batch_size=5_000,
    )
    meters = Meter.objects.bulk_create(
        [Meter(serial_number=f"M{i:09d}", series_id=i) for i in numbers], batch_size=5_000
    )
    MeterInstallation.objects.bulk_create(
        [MeterInstallation(usage_point=u, meter=m, starts_on=OPENED) for u, m in zip(points, meters, strict=True)],
        batch_size=5_000,
    )
    return accounts


def _two_part(code: str) -> dict[str, Any]:
    if code != "shop":
        return {}
    return {
        "contract_capacity_kva": Decimal(100), "contract_demand_kw": Decimal(60), "basic_charge": "DEMAND",
        "power_factor_standard": Decimal("0.90"),
    }  # fmt: skip


def change_terms(account: CustomerAccount, on: date, **changes: Any) -> AgreementTerms:
    """Let other terms hold from a day on."""
    old = AgreementTerms.objects.get(agreement__account=account, ends_on=None)
    AgreementTerms.objects.filter(pk=old.pk).update(ends_on=on)
    names = (
        "agreement_id", "tariff_code", "contract_capacity_kva", "contract_demand_kw", "basic_charge", "household_size",
        "social", "power_factor_standard",
    )  # fmt: skip
    return AgreementTerms.objects.create(starts_on=on, **({name: getattr(old, name) for name in names} | changes))


def change_owner(account: CustomerAccount, on: date, *, vacant_until: date | None = None) -> CustomerAgreement:
    """Pass an account to somebody else."""
    old = CustomerAgreement.objects.get(account=account, ends_on=None)
    terms = AgreementTerms.objects.get(agreement=old, ends_on=None)
    CustomerAgreement.objects.filter(pk=old.pk).update(ends_on=on)
    AgreementTerms.objects.filter(pk=terms.pk).update(ends_on=on)
    starts_on = vacant_until or on
    new = CustomerAgreement.objects.create(
        account=account, party=Party.objects.create(kind="PERSON", name="新户主"), starts_on=starts_on
    )
    AgreementTerms.objects.create(
        agreement=new, starts_on=starts_on, tariff_code=terms.tariff_code,
        contract_capacity_kva=terms.contract_capacity_kva, contract_demand_kw=terms.contract_demand_kw,
        basic_charge=terms.basic_charge, power_factor_standard=terms.power_factor_standard,
    )  # fmt: skip
    return new


def add_usage_point(account: CustomerAccount, code: str, series: int) -> UsagePoint:
    """Give an account one more usage point with a meter."""
    location = ServiceLocation.objects.create(place=make_place(), address="测试村")
    point = UsagePoint.objects.create(
        code=code, account=account, service_location=location, voltage="V220", connected_on=OPENED
    )
    meter = Meter.objects.create(serial_number=f"M{series:09d}", series_id=series)
    MeterInstallation.objects.create(usage_point=point, meter=meter, starts_on=OPENED)
    return point


def exchange_meter(account: CustomerAccount, on: date, series: int, **ratios: int) -> MeterInstallation:
    """Hang another meter from a day on."""
    old = MeterInstallation.objects.get(usage_point__account=account, ends_on=None)
    MeterInstallation.objects.filter(pk=old.pk).update(ends_on=on)
    meter = Meter.objects.create(serial_number=f"M{series:09d}", series_id=series)
    return MeterInstallation.objects.create(usage_point=old.usage_point, meter=meter, starts_on=on, **ratios)


def change_ratio(account: CustomerAccount, on: date, ct_ratio: int) -> MeterInstallation:
    """Change the ratio of the current transformers from a day on; the meter stays."""
    old = MeterInstallation.objects.get(usage_point__account=account, ends_on=None)
    MeterInstallation.objects.filter(pk=old.pk).update(ends_on=on)
    return MeterInstallation.objects.create(
        usage_point=old.usage_point, meter=old.meter, starts_on=on, ct_ratio=ct_ratio
    )


def make_reads(month: Month, count: int, *, seed: int = 1, mean_wh: int = 90) -> NDArray[np.int32]:
    """Make plausible reads, int32[n, D, 96]."""
    rng = np.random.default_rng([seed, month.year, month.month])
    shape = 0.4 + np.sin(np.linspace(0, 2 * np.pi, 96) - 1.5) ** 2
    level = rng.integers(mean_wh // 3, mean_wh * 2, size=(count, 1, 1))
    noise = rng.integers(0, 40, size=(count, month.days, 96))
    return (level * shape[None, None, :] + noise).astype(np.int32)


def store_month(month: Month, reads: NDArray[np.int32], *, first: int = 0, **channels: Any) -> None:
    """Put reads of series from `first` into the store."""
    metering.get_store().write_month(month, first, reads, known_at=AT, **channels)
