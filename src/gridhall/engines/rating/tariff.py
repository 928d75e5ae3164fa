"""The tariff as rating knows it: who it is for, how days and hours are told apart, and what is charged, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from gridhall.core.errors import Fault

Direction = Literal["import", "export"]
Metering = Literal["separate", "net_interval", "net_month", "net_month_money", "net_interval_money"]
TierBasis = Literal["month", "year"]
TierUnit = Literal["kWh", "kWh/day", "kWh/kW", "kWh/kW/day"]
Allocation = Literal["proportional", "chronological"]
DemandBasis = Literal["capacity", "contract_demand", "actual_demand"]


@dataclass(frozen=True)
class Label:
    """A name in both languages. Words on screen are Chinese first."""

    zh: str
    en: str


@dataclass(frozen=True)
class Clause:
    """
    The passage of a document that a charge rests on, so that a bill can quote it.

    :param id: unique in the tariff, such as `tiers`.
    :param document: name and number of the document.
    :param article: the place in it.
    :param text: the words, quoted or summed up.
    :param text_en: what they say in English, for readers; the original holds.
    """

    id: str
    document: str
    article: str = ""
    text: str = ""
    url: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Source:
    """Where the figures come from, and whether somebody compared them with the original."""

    document: str
    url: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True)
class ScheduleRule:
    """
    When a period applies. Later rules win over earlier ones.

    :param minutes: half-open stretches of the day in minutes, cut at midnight.
    :param months: 1 to 12; empty means all.
    :param days: day selectors (see `calendar.matches`); empty means all.
    """

    period: str
    minutes: tuple[tuple[int, int], ...] = ((0, 1440),)
    months: frozenset[int] = frozenset()
    days: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """A way to cut days into named periods, such as sharp, peak, flat, valley."""

    code: str
    periods: tuple[str, ...]
    rules: tuple[ScheduleRule, ...]


@dataclass(frozen=True)
class PricePart:
    """
    One part of an energy price: purchase, line loss, transmission and distribution, system operation, funds.

    :param prices: by period; the key "" holds for every period.
    """

    code: str
    label: Label
    prices: dict[str, Decimal]
    clause: str = ""


@dataclass(frozen=True)
class Rounding:
    """Places kept of a line's amount, half up."""

    places: int = 2


@dataclass(frozen=True)
class Condition:
    """A component is charged only where the account's terms say so: term name -> allowed values."""

    term: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Component:
    """What all components share."""

    code: str
    label: Label
    clause: str = ""
    rounding: Rounding = Rounding()
    when: tuple[Condition, ...] = ()
    months: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Tier:
    """
    One step of a ladder.

    :param up_to: upper limit in the ladder's unit, None for the last.
    :param prices: by period; the key "" holds for every period.
    """

    up_to: Decimal | None
    prices: dict[str, Decimal]


@dataclass(frozen=True)
class HouseholdAllowance:
    """Extra energy in every limited tier for households of `from_size` people or more."""

    from_size: int
    extra_kwh_per_month: Decimal


@dataclass(frozen=True)
class EnergyCharge(Component):
    """
    Price x energy, by period and by tier.

    :param schedule: code of the schedule whose periods the prices name; empty if there is one price all day.
    :param ladders: by period, the tiers; the key "" holds for every period. One tier without limit means no tiers.
    :param sign: 1 charges, -1 credits (feed-in, subsidies).
    :param parts: what the price is made of (explanation, and bases that leave a part out).
    :param cap: no unit price above this.
    """

    direction: Direction = "import"
    schedule: str = ""
    ladders: dict[str, tuple[Tier, ...]] = field(default_factory=dict)
    tier_basis: TierBasis = "month"
    tier_unit: TierUnit = "kWh"
    allocation: Allocation = "proportional"
    allowances: tuple[HouseholdAllowance, ...] = ()
    prorate_limits: bool = True
    sign: int = 1
    parts: tuple[PricePart, ...] = ()
    cap: Decimal | None = None


@dataclass(frozen=True)
class FixedCharge(Component):
    """
    An amount per month, day or year, shared out over the days of a part of a month where `prorate` says so.

    :param even_days: an amount per day counts 365/12 days in every month, as NREL's tools do; else the month's days.
    """

    amount: Decimal = Decimal(0)
    per: Literal["month", "day", "year"] = "month"
    prorate: bool = True
    even_days: bool = False


@dataclass(frozen=True)
class CapacityCharge(Component):
    """Price per kVA (kW) of contract capacity and month."""

    price: Decimal = Decimal(0)
    prorate: bool = True


@dataclass(frozen=True)
class DemandCharge(Component):
    """
    Price per kW of demand and month, by demand window and by tier.

    :param schedule: windows; empty means the whole month is one window.
    :param basis: measured: the largest interval; contract: rules of the contracted maximum demand.
    :param over_percent: what is above this share of the contract is charged `over_multiple` times.
    :param floor_percent: at least this share of the capacity.
    :param discount_percent, discount_kwh_per_kva: price reduction from this use on.
    """

    schedule: str = ""
    ladders: dict[str, tuple[Tier, ...]] = field(default_factory=dict)
    basis: Literal["measured", "contract", "actual"] = "measured"
    over_percent: int = 105
    over_multiple: int = 2
    floor_percent: int = 0
    discount_percent: int = 0
    discount_kwh_per_kva: Decimal | None = None
    prorate: bool = True


@dataclass(frozen=True)
class PowerFactorAdjustment(Component):
    """
    A percentage of the charges in `base` by the month's power factor, by table.

    :param base: component codes that take part.
    :param excludes: codes of price parts that are taken out of the base (government funds).
    :param tables: standard ("0.90") -> percent in 1/100 by power factor in 1/100, index 0 to 100.
    """

    base: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    tables: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class MinimumCharge(Component):
    """What `base` falls short of the minimum is charged on top; `even_days` as in `FixedCharge`."""

    amount: Decimal = Decimal(0)
    per: Literal["month", "day", "year", "kVA"] = "month"
    base: tuple[str, ...] = ()
    prorate: bool = True
    even_days: bool = False


@dataclass(frozen=True)
class FreeAllowance(Component):
    """Energy given free each month: credited at `price`, at most what was used."""

    kwh_per_month: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    prorate: bool = True


@dataclass(frozen=True)
class AverageCap(Component):
    """`base` may not come to more than `price` a kWh: the excess is credited."""

    price: Decimal = Decimal(0)
    base: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tax(Component):
    """A percentage of `base`: on top (a line), or inside (told, not added)."""

    percent: Decimal = Decimal(0)
    inside: bool = False
    base: tuple[str, ...] = ()


@dataclass(frozen=True)
class TariffVersion:
    """
    What is charged from a day on, until the next version or `end_day`.

    :param first_day, end_day: half-open, local days.
    """

    first_day: date
    end_day: date | None
    components: tuple[Component, ...]
    source: Source


@dataclass(frozen=True)
class Tariff:
    """
    A tariff: its names, schedules, clauses, and its versions by date.

    :param region: where it holds, such as 湖北; empty means anywhere.
    :param customer_kinds: who may have it, as CustomerKind codes; empty means anybody.
    :param holidays: code of the holiday calendar ("cn"), or empty for none.
    :param special_days: named lists of days (hot days, …) that schedule rules may name as `special:NAME`.
    :param metering: how import and export are set against each other.
    :param credit_settled_in: month of the year in which credits left over are paid out; 0 carries them on.
    :param credit_by_hours: energy credits go to the next month's period of the same hours (0, 5, 11 and 17 h on working
        days), and those of a period that holds at none of them lapse, as in NREL's tool; else they stay where they are.
    :param carry_rounding: what rounding lines to the cent adds or takes is evened out by a line of its own, month by
        month and over the year (`evening`), for sources that state no rounding rule (URDB).
    :param warnings: features that were left out, or are not certain; they are shown, never silent.
    """

    code: str
    label: Label
    currency: str
    versions: tuple[TariffVersion, ...]
    schedules: dict[str, Schedule] = field(default_factory=dict)
    period_labels: dict[str, Label] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    category: str = ""
    region: str = ""
    voltage: str = ""
    customer_kinds: tuple[str, ...] = ()
    holidays: str = ""
    special_days: dict[str, frozenset[date]] = field(default_factory=dict)
    metering: Metering = "separate"
    credit_settled_in: int = 0
    credit_by_hours: bool = False
    carry_rounding: bool = False
    zone: str = ""
    warnings: tuple[Fault, ...] = ()

    def version_on(self, day: date) -> TariffVersion | None:
        """Give the version in force on a day, None if there is none."""
        for version in reversed(self.versions):
            if version.first_day <= day and (version.end_day is None or day < version.end_day):
                return version
        return None
