"""What billing's queries answer with: frozen, yuan, kWh, local days; `last_day` is included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from gridhall.core.periods import Month


@dataclass(frozen=True, slots=True)
class BillView:
    """
    One bill in a list. `month` is written as 2026-01.

    :param amount: what this bill asks for; of an adjustment the difference.
    :param charge_total: what the days of the bill cost in all; other than `amount` for adjustments only.
    :param is_current: false once an adjustment stands in its place, or it was canceled.
    """

    mrid: UUID
    number: str
    month: str
    first_day: date
    last_day: date
    kind: str
    status: str
    energy_kwh: Decimal
    amount: Decimal
    due_on: date | None
    issued_at: datetime | None
    account_number: str
    is_estimated: bool
    charge_total: Decimal = Decimal(0)
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a bill; `group` is a LineGroupKind."""

    position: int
    code: str
    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    group: str
    label_en: str = ""
    counts: bool = True  # False: only tells, is not in the total (tax inside the price)


@dataclass(frozen=True, slots=True)
class BillDetail:
    """One bill with its lines; `replaces` is the bill it stands for, `replaced_by` the one that stands for it now."""

    bill: BillView
    lines: list[LineView]
    tariff_name: str
    tariff_verified: bool
    payer_masked: str
    tariff_name_en: str = ""
    replaces: BillView | None = None
    replaced_by: BillView | None = None


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """
    Where an account stands.

    :param balance: positive is credit, negative is owed.
    :param amount_due: what is owed, zero or more.
    """

    balance: Decimal
    amount_due: Decimal
    due_on: date | None
    latest_bill: BillView | None
    next_bill_on: date


@dataclass(frozen=True, slots=True)
class Clause:
    """The words of the tariff a line comes from; `gloss` tells in English what they say, on English pages."""

    document: str
    article: str
    text: str
    source_url: str
    verified: bool
    gloss: str = ""


@dataclass(frozen=True, slots=True)
class MeterSpan:
    """
    What one register of one meter measured on some days of a bill. Slots are quarter hours.

    :param register: IMPORT, EXPORT or REACTIVE; of the last one the figures are kvarh.
    :param peak_kw, peak_at: highest demand of a quarter hour, ratio applied, and the local moment at which it began.
    """

    meter_serial: str
    first_day: date
    last_day: date
    register_first_kwh: Decimal | None
    register_last_kwh: Decimal | None
    multiplier: int
    energy_kwh: Decimal
    measured_slots: int
    estimated_slots: int
    missing_slots: int
    methods: list[str] = field(default_factory=list)
    register: str = "IMPORT"
    peak_kw: Decimal | None = None
    peak_at: datetime | None = None

    @property
    def is_register_difference(self) -> bool:
        """Whether the energy is just what the register advanced, times the multiplier."""
        first, last = self.register_first_kwh, self.register_last_kwh
        return first is not None and last is not None and (last - first) * self.multiplier == self.energy_kwh


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation: in words, as a formula (empty where there is none), and what it comes to."""

    text: str
    formula: str
    value: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """How a line came to be; the steps lead to `unrounded` exactly, rounding gives `amount`."""

    line: LineView
    clause: Clause
    readings: list[MeterSpan]
    steps: list[Step]
    unrounded: Decimal
    amount: Decimal
    rounding_text: str
    is_about_demand: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One cause of a difference; `cause` is a DifferenceCauseKind, `detail` tells from what to what."""

    cause: str
    label: str
    amount: Decimal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Why a bill differs from an earlier one; the parts add up exactly. `kind` is a ComparisonKind."""

    other: BillView
    kind: str
    difference: Decimal
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class UsageMonth:
    """Usage of one month; `by_period` has the keys SHARP PEAK FLAT VALLEY DEEP_VALLEY that occur."""

    month: Month
    energy_kwh: Decimal
    export_kwh: Decimal
    by_period: dict[str, Decimal]
    estimated_share: Decimal
    complete_until: date | None
    amount: Decimal | None
    bill_mrid: UUID | None


@dataclass(frozen=True, slots=True)
class UsageDay:
    """Usage of one local day."""

    day: date
    energy_kwh: Decimal
    by_period: dict[str, Decimal]
    is_estimated: bool
    export_kwh: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class TimeBands:
    """
    By which hours a month's usage is split.

    :param is_own: whether they are those of the account's own tariff; else they only show how it would be split.
    :param hours: period -> such as 16:00–18:00, 20:00–24:00; without those that differ from day to day.
    """

    is_own: bool
    hours: dict[str, str]


@dataclass(frozen=True, slots=True)
class CurrentMonth:
    """The month under way, as of the last day with reads."""

    month: Month
    energy_kwh: Decimal
    amount_so_far: Decimal | None
    as_of: date
    change_percent: Decimal | None
    yesterday_kwh: Decimal | None
    valley_share: Decimal | None
    by_period: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Tier:
    """One annual step of a tariff; `price` in yuan a kWh."""

    index: int
    from_kwh: Decimal
    to_kwh: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class TierProgress:
    """How far through its annual tiers an account is."""

    year: int
    used_kwh: Decimal
    tiers: list[Tier]
    current_index: int
    left_to_next_kwh: Decimal | None
    as_of: date
