"""Kept balances page by page, their course over months, and the totals of a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, When

from gridhall.apps.accounts.models import Feeder, Transformer
from gridhall.apps.metering.kinds import BalanceStateKind
from gridhall.apps.metering.models import BalancedMonth, NetworkBalance
from gridhall.apps.metering.queries.balance import Balance
from gridhall.apps.metering.rules.balances import MISSING_PER_MILLE, judge_balance
from gridhall.core.periods import Month, months_between

TREND_MONTHS = 13
SORTS = ("percent", "loss", "supplied", "delivered", "meters", "name")


@dataclass(frozen=True)
class KeptBalance(Balance):
    """
    The kept balance of a feeder or transformer in a month.

    :param where: the substation of a feeder; the feeder of a transformer.
    :param silent_meters: those of both sides without a single read.
    :param computed_at: when the month was balanced.
    """

    code: str = ""
    name: str = ""
    where: str = ""
    silent_meters: int = 0
    state: BalanceStateKind = BalanceStateKind.SOUND
    computed_at: datetime | None = None

    @property
    def has_loss(self) -> bool:
        """Whether both sides are measured, so that the difference says anything."""
        return self.state not in (BalanceStateKind.NO_CHECK, BalanceStateKind.NO_CUSTOMER)

    @property
    def told_loss_kwh(self) -> Decimal | None:
        """The loss, None where one side is not measured."""
        return self.loss_kwh if self.has_loss else None

    @property
    def told_loss_percent(self) -> Decimal | None:
        """The loss in percent, None where one side is not measured."""
        return self.loss_percent if self.has_loss else None


@dataclass(frozen=True, slots=True)
class BalanceChoice:
    """
    Which balances are looked at; what is empty does not narrow.

    :param text: a part of the name or code, or of the substation (of a transformer: of the feeder).
    """

    state: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class BalancePage:
    """One page of balances, and how many there are in all."""

    rows: Sequence[KeptBalance]
    total: int


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """
    All feeders (or transformers) of a month that are measured on both sides, added up.

    :param sound_loss_percent: the losses of those whose reads are complete.
    :param states: how many are in each state.
    """

    supplied_kwh: Decimal
    delivered_kwh: Decimal
    sound_supplied_kwh: Decimal
    sound_delivered_kwh: Decimal
    states: dict[str, int]

    @property
    def loss_kwh(self) -> Decimal:
        """What was lost on the way."""
        return self.supplied_kwh - self.delivered_kwh

    @property
    def loss_percent(self) -> Decimal | None:
        """Losses in percent of what went in."""
        return _percent(self.supplied_kwh, self.delivered_kwh)

    @property
    def sound_loss_percent(self) -> Decimal | None:
        """Losses in percent, of those whose reads are complete."""
        return _percent(self.sound_supplied_kwh, self.sound_delivered_kwh)

    @property
    def measured(self) -> int:
        """How many are measured on both sides."""
        one_sided = (BalanceStateKind.NO_CHECK, BalanceStateKind.NO_CUSTOMER)
        return sum(count for state, count in self.states.items() if state not in one_sided)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One month of a course; no percentage where nothing is kept, or one side not measured."""

    month: Month
    loss_kwh: Decimal | None = None
    loss_percent: Decimal | None = None
    is_incomplete: bool = False


def _percent(supplied: Decimal, delivered: Decimal) -> Decimal | None:
    return (100 * (supplied - delivered) / supplied).quantize(Decimal("0.01")) if supplied > 0 else None


def _lacks(slots: str, missing: str) -> Q:
    return Q(**{f"{missing}__gt": F(slots) * MISSING_PER_MILLE / 1_000.0})


_ONE_SIDED = Q(check_meters=0) | Q(customer_meters=0)
_INCOMPLETE = (
    Q(silent_meters__gt=0)
    | _lacks("check_slots", "check_missing_slots")
    | _lacks("customer_slots", "customer_missing_slots")
)
_IN_STATE = {
    BalanceStateKind.NO_CHECK: Q(check_meters=0),
    BalanceStateKind.NO_CUSTOMER: Q(customer_meters=0, check_meters__gt=0),
    BalanceStateKind.INCOMPLETE: ~_ONE_SIDED & _INCOMPLETE,
    BalanceStateKind.NEGATIVE: ~_ONE_SIDED & ~_INCOMPLETE & Q(delivered_kwh__gt=F("supplied_kwh")),
    BalanceStateKind.SOUND: ~_ONE_SIDED & ~_INCOMPLETE & Q(delivered_kwh__lte=F("supplied_kwh")),
}
"""The same as `rules.balances.judge_balance`, for the database; a test holds the two together."""

_NUMBER = DecimalField(max_digits=30, decimal_places=9)
_LOSS = Case(When(~_ONE_SIDED, then=F("supplied_kwh") - F("delivered_kwh")), output_field=_NUMBER)
_SHARE = Case(
    When(
        ~_ONE_SIDED & Q(supplied_kwh__gt=0), then=(F("supplied_kwh") - F("delivered_kwh")) * 100 / F("supplied_kwh")
    ),
    output_field=_NUMBER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BalancedSpan:
    """A month that is balanced: until which day, not included, and when that was computed."""

    month: Month
    end_day: date
    computed_at: datetime


def list_balanced_months() -> list[BalancedSpan]:
    """List the months that are balanced, the newest first."""
    rows = BalancedMonth.objects.order_by("-month").values_list("month", "end_day", "computed_at")
    return [BalancedSpan(Month.of(month), end_day, computed_at) for month, end_day, computed_at in rows]


@dataclass(frozen=True)
class PlaceCourse:
    """A feeder or transformer with every month in which it is balanced, the newest first."""

    place: Feeder | Transformer
    kept: Sequence[KeptBalance]

    @property
    def spans(self) -> list[BalancedSpan]:
        """The months."""
        return [
            BalancedSpan(Month.of(one.first_day), one.end_day, one.computed_at) for one in self.kept if one.computed_at
        ]

    def find(self, month: Month) -> KeptBalance | None:
        """Give a month."""
        return next((one for one in self.kept if one.first_day == month.first_day), None)

    def list_trend(self, until: Month) -> list[TrendPoint]:
        """List the losses of thirteen months, the last one `until`."""
        points = []
        for month in _trend_months(until):
            one = self.find(month)
            if one is None or not one.has_loss:
                points.append(TrendPoint(month))
            else:
                lacks = one.state == BalanceStateKind.INCOMPLETE
                points.append(TrendPoint(month, one.loss_kwh, one.loss_percent, lacks))
        return points


def get_feeder_course(*, code: str) -> PlaceCourse | None:
    """Give a feeder by its code, in one statement where it is balanced; None if there is none."""
    found = NetworkBalance.objects.filter(feeder__code=code).select_related("feeder", "balanced_month")
    rows = list(found.order_by("-balanced_month__month"))
    feeder = rows[0].feeder if rows else Feeder.objects.filter(code=code).first()
    return None if feeder is None else _follow(feeder, rows)


def get_transformer_course(*, code: str) -> PlaceCourse | None:
    """Give a transformer, with its feeder, by its code; None if there is none."""
    found = NetworkBalance.objects.filter(transformer__code=code).select_related(
        "transformer__feeder", "balanced_month"
    )
    rows = list(found.order_by("-balanced_month__month"))
    known = rows[0].transformer if rows else None
    transformer = known or Transformer.objects.select_related("feeder").filter(code=code).first()
    return None if transformer is None else _follow(transformer, rows)


def _follow(place: Feeder | Transformer, rows: list[NetworkBalance]) -> PlaceCourse:
    return PlaceCourse(place, [_view(row, Month.of(row.balanced_month.month)) for row in rows])


def _trend_months(until: Month) -> list[Month]:
    first = until
    for _unused in range(TREND_MONTHS - 1):
        first = first.previous()
    return list(months_between(first, until))


def choose_month(months: Sequence[Month], *, today: date, asked: str = "") -> Month | None:
    """Give the month that is asked for; else the newest that is over, else the newest; None if there is none."""
    named = next((month for month in months if str(month) == asked), None)
    over = next((month for month in months if month.next().first_day <= today), None)
    return named or over or (months[0] if months else None)


def list_feeder_balances(
    *, month: Month, choice: BalanceChoice, sort: str = "percent", descending: bool = True, offset: int = 0,
    limit: int,
) -> BalancePage:  # fmt: skip
    """List the feeders of a month."""
    found = _of_month(month, transformer=None).select_related("feeder")
    return _list(found, "feeder", "substation", month, choice, sort, descending, offset, limit)


def list_transformer_balances(
    *, month: Month, choice: BalanceChoice, feeder: Feeder | None = None, sort: str = "percent",
    descending: bool = True, offset: int = 0, limit: int,
) -> BalancePage:  # fmt: skip
    """List the transformers of a month: all, or those of one feeder."""
    found = _of_month(month, feeder=None).select_related("transformer__feeder")
    if feeder is not None:
        found = found.filter(transformer__feeder=feeder)
    return _list(found, "transformer", "feeder__name", month, choice, sort, descending, offset, limit)


def _of_month(month: Month, **narrowed: None) -> QuerySet[NetworkBalance]:
    return NetworkBalance.objects.filter(balanced_month__month=month.first_day, **narrowed)


def _list(
    found: QuerySet[NetworkBalance], place: str, where: str, month: Month, choice: BalanceChoice, sort: str,
    descending: bool, offset: int, limit: int,
) -> BalancePage:  # fmt: skip
    if choice.state in _IN_STATE:
        found = found.filter(_IN_STATE[BalanceStateKind(choice.state)])
    if choice.text:
        names = [Q(**{f"{place}__{field}__icontains": choice.text}) for field in ("name", "code", where)]
        found = found.filter(names[0] | names[1] | names[2])
    total = found.count()
    ordered = _order(found, sort, descending, place)
    return BalancePage([_view(row, month) for row in ordered[offset : offset + limit]], total)


def list_outermost_transformers(
    *, feeder: Feeder, month: Month, limit: int, gains: bool = False
) -> list[KeptBalance]:  # fmt: skip
    """List the transformers of a feeder that lose the largest share; or those that gave more than they got."""
    found = _of_month(month, feeder=None).select_related("transformer__feeder").filter(transformer__feeder=feeder)
    if gains:
        found = found.filter(_IN_STATE[BalanceStateKind.NEGATIVE])
    return [_view(row, month) for row in _order(found, "percent", not gains, "transformer")[:limit]]


def _order(
    found: QuerySet[NetworkBalance], sort: str, descending: bool, place: str
) -> QuerySet[NetworkBalance]:  # fmt: skip
    by = {
        "percent": _SHARE, "loss": _LOSS, "supplied": F("supplied_kwh"), "delivered": F("delivered_kwh"),
        "meters": F("customer_meters"), "name": F(f"{place}__name"),
    }.get(sort, _SHARE)  # fmt: skip
    found = found.select_related("balanced_month").annotate(by=by)
    ordered = F("by").desc(nulls_last=True) if descending else F("by").asc(nulls_last=True)
    return found.order_by(ordered, f"{place}__code")


def _view(row: NetworkBalance, month: Month) -> KeptBalance:
    place = row.feeder or row.transformer
    assert place is not None
    return KeptBalance(
        first_day=month.first_day, end_day=row.balanced_month.end_day, supplied_kwh=row.supplied_kwh,
        delivered_kwh=row.delivered_kwh, check_meters=row.check_meters, customer_meters=row.customer_meters,
        check_completeness=_share(row.check_slots, row.check_missing_slots),
        customer_completeness=_share(row.customer_slots, row.customer_missing_slots),
        code=place.code, name=place.name,
        where=place.substation if isinstance(place, Feeder) else place.feeder.name,
        silent_meters=row.silent_meters, state=_judge(row),
        computed_at=row.balanced_month.computed_at,
    )  # fmt: skip


def _judge(row: NetworkBalance) -> BalanceStateKind:
    return judge_balance(
        loss_wh=int(1_000 * (row.supplied_kwh - row.delivered_kwh)), check_meters=row.check_meters,
        customer_meters=row.customer_meters, check_slots=(row.check_slots, row.check_missing_slots),
        customer_slots=(row.customer_slots, row.customer_missing_slots), silent_meters=row.silent_meters,
    )  # fmt: skip


def _share(slots: int, missing: int) -> Decimal:
    """Never 1 while anything is missing: the share is cut, not rounded."""
    return Decimal(10_000 * (slots - missing) // slots) / 10_000 if slots else Decimal(0)


def total_month(*, month: Month, of_transformers: bool = False) -> MonthTotals:
    """Add up the feeders of a month, or its transformers: those that are measured on both sides."""
    found = _of_month(month, **({"feeder": None} if of_transformers else {"transformer": None}))
    good = _IN_STATE[BalanceStateKind.SOUND] | _IN_STATE[BalanceStateKind.NEGATIVE]
    sums = found.aggregate(
        supplied=Sum("supplied_kwh", filter=~_ONE_SIDED), delivered=Sum("delivered_kwh", filter=~_ONE_SIDED),
        sound_supplied=Sum("supplied_kwh", filter=good), sound_delivered=Sum("delivered_kwh", filter=good),
        **{state.value: Count("id", filter=rule) for state, rule in _IN_STATE.items()},
    )  # fmt: skip
    energies = (sums[name] or Decimal(0) for name in ("supplied", "delivered", "sound_supplied", "sound_delivered"))
    return MonthTotals(*energies, {state.value: sums[state.value] for state in _IN_STATE})


def list_balance_trend(*, until: Month, of_transformers: bool = False) -> list[TrendPoint]:
    """List the losses of thirteen months, the last one `until`: of all feeders, or all transformers."""
    months = _trend_months(until)
    found = NetworkBalance.objects.filter(
        ~_ONE_SIDED,
        balanced_month__month__range=(months[0].first_day, until.first_day),
        **({"feeder": None} if of_transformers else {"transformer": None}),
    )
    sums = (
        found.values("balanced_month__month")
        .annotate(supplied=Sum("supplied_kwh"), delivered=Sum("delivered_kwh"), lacking=Count("id", filter=_INCOMPLETE))
        .values_list("balanced_month__month", "supplied", "delivered", "lacking")
    )
    kept = {
        Month.of(day): TrendPoint(Month.of(day), supplied - delivered, _percent(supplied, delivered), lacking > 0)
        for day, supplied, delivered, lacking in sums
    }
    return [kept.get(month, TrendPoint(month)) for month in months]
