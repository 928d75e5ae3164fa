"""What a version of a tariff does to real bills, laid out: sums, winners and losers, the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.core.units import kwh_from_wh
from gridhall.interfaces.console import words, words_tariffs
from gridhall.interfaces.console.tariff_figures import say_percent
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.distribution import Bin, draw_distribution
from gridhall.interfaces.shared.components import Progress
from gridhall.interfaces.shared.word_tables import get_word


def yuan_of(fen: int) -> Decimal:
    """Give fen as yuan."""
    return Decimal(fen).scaleb(-2)


def percent_of(change: int, before: int) -> str:
    """Give a change in percent of what was; empty where that is nothing."""
    return say_percent(Decimal(change) / abs(Decimal(before)) * 100) if before else ""


@dataclass(frozen=True, slots=True)
class SumRow:
    """One line of a table of sums; money in yuan."""

    name: Any
    before: Decimal
    after: Decimal
    change: Decimal
    percent: str
    bills: int = 0
    energy_kwh: Decimal = Decimal(0)
    fewer: int = 0
    more: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """An account whose bill changes much."""

    account: billing.ChangedAccount
    kind_word: Any
    energy_kwh: Decimal
    before: Decimal
    after: Decimal
    change: Decimal
    percent: str


@dataclass(frozen=True, slots=True)
class BinRow:
    """A stretch of the distribution, in words."""

    name: str
    bills: int


@dataclass
class EffectSheet:
    """A trial as its viewer sees it."""

    trial: billing.TrialView

    @property
    def status_word(self) -> Any:
        """How far it is."""
        return words_tariffs.TRIAL_STATUSES[self.trial.status]

    @property
    def is_under_way(self) -> bool:
        """Whether the queue still has it."""
        return self.trial.status in ("WAITING", "RUNNING")

    @property
    def progress(self) -> Progress:
        """How many accounts are done; unknown until the queue has taken it up."""
        trial = self.trial
        is_known = trial.status == "RUNNING" and trial.accounts > 0
        return Progress(
            _("正在按新版重算实际账单") if is_known else _("等队列开始"), trial.accounts_done if is_known else None,
            max(trial.accounts, 1), _("可以先去做别的，算好了结果会留着。"),
        )  # fmt: skip

    @property
    def result(self) -> Any:
        """What was found, None before."""
        return self.trial.result

    @property
    def is_empty(self) -> bool:
        """Whether no bill could be compared."""
        return bool(self.result is not None and not self.result["bills"])

    @cached_property
    def total(self) -> SumRow:
        """All bills."""
        return _as_sum(_("合计"), self.result)

    @property
    def groups(self) -> list[SumRow]:
        """By heading of the bill."""
        return [_as_sum(words_tariffs.GROUPS[row["name"]], row) for row in self.result["groups"]]

    @property
    def kinds(self) -> list[SumRow]:
        """By kind of customer."""
        return [_as_sum(words.CUSTOMERS[row["name"]], row) for row in self.result["kinds"]]

    @property
    def deciles(self) -> list[SumRow]:
        """By use, the smallest tenth first."""
        rows = []
        for row in self.result["deciles"]:
            low, high = (formats.energy(kwh_from_wh(row[name])) for name in ("low_wh", "high_wh"))
            rows.append(_as_sum(str(row["decile"]), row, note=f"{low}–{high} kWh"))
        return rows

    @property
    def set_aside(self) -> list[tuple[Any, int, Decimal]]:
        """Bills that are not counted, and why."""
        return [
            (words_tariffs.SET_ASIDE[row["why"]], row["bills"], yuan_of(row["before"]))
            for row in self.result["set_aside"]
        ]

    @property
    def sides(self) -> list[tuple[Any, str, str, int, Decimal, Decimal, list[ChangedRow]]]:
        """Who pays less and who pays more: title, sign, anchor, bills, sum, median, those that change most."""
        trial = self.trial
        both = (
            (_("付得少的"), "minus", "winners", trial.winners),
            (_("付得多的"), "plus", "losers", trial.losers),
        )
        return [
            (
                title, sign, name, self.result[name]["bills"], yuan_of(self.result[name]["sum"]),
                yuan_of(self.result[name]["median"]), [_as_changed(one) for one in accounts],
            )
            for title, sign, name, accounts in both
        ]  # fmt: skip

    @cached_property
    def bins(self) -> list[BinRow]:
        """The distribution in words."""
        return [BinRow(_say_stretch(row["low"], row["high"]), row["bills"]) for row in self.result["distribution"]]

    @property
    def drawing(self) -> SafeString:
        """The distribution, drawn: stretches of equal width, falling bills left, rising ones right."""
        bins = []
        for index, (row, said) in enumerate(zip(self.result["distribution"], self.bins, strict=True)):
            low, high = row["low"], row["high"]
            label = "" if low is None else "0" if low == high else f"{low:+}" if low else ""
            tone = "total" if low == high else "down" if high is not None and high <= 0 else "up"
            title = _("%(change)s：%(bills)s 张") % {"change": said.name, "bills": f"{said.bills:,}"}
            bins.append(Bin(index, index + 1, said.bills, label.replace("-", formats.MINUS), title, tone))
        return draw_distribution(bins)


def _as_sum(name: Any, row: dict[str, Any], note: str = "") -> SumRow:
    change = row["after"] - row["before"]
    return SumRow(
        name, yuan_of(row["before"]), yuan_of(row["after"]), yuan_of(change), percent_of(change, row["before"]),
        row.get("bills", 0), kwh_from_wh(row.get("energy_wh", 0)), row.get("fewer", 0), row.get("more", 0), note,
    )  # fmt: skip


def _as_changed(one: billing.ChangedAccount) -> ChangedRow:
    change = one.after - one.before
    return ChangedRow(
        one, get_word(words.CUSTOMERS, one.kind), kwh_from_wh(one.energy_wh), yuan_of(one.before),
        yuan_of(one.after), yuan_of(change), percent_of(change, one.before),
    )  # fmt: skip


def _say_stretch(low: int | None, high: int | None) -> str:
    if low is not None and low == high:
        return _("不变")
    if low is None:
        return _("降 %(percent)s%% 以上") % {"percent": -(high or 0)}
    if high is None:
        return _("升 %(percent)s%% 以上") % {"percent": low}
    if high <= 0:
        return _("降 %(low)s%%–%(high)s%%") % {"low": -high, "high": -low}
    return _("升 %(low)s%%–%(high)s%%") % {"low": low, "high": high}


def find_effect(document_id: int, version_from: date, month: date | None, *, viewer: Any) -> EffectSheet | None:
    """Find what is known of the effect of a version; None where nobody asked yet."""
    trial = billing.find_trial(document_id=document_id, version_from=version_from, month=month, viewer=viewer)
    return EffectSheet(trial) if trial else None
