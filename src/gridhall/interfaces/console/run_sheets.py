"""A bill run laid out for the desk: its steps and what can be done now; its comparison as a chart and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.apps.tariffs import queries as tariffs
from gridhall.interfaces.console import words, words_audit
from gridhall.interfaces.console.run_lists import DECIDES, PREPARES, WORKS_AT_DESK
from gridhall.interfaces.console.words_billdesk import EXCEPTIONS, REMEDIES, word_code
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.distribution import Bin, draw_distribution
from gridhall.interfaces.shared.charts.shares import draw_share
from gridhall.interfaces.shared.word_tables import get_word

LOOK = gettext_lazy("看一看，有错就挂起")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: `state` is done, now or later."""

    name: str
    state: str
    note: str
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KindLine:
    """How many exceptions of a kind wait, as a bar beside the most frequent kind."""

    kind: str
    name: str
    remedy: str
    found: billing.ExceptionCount
    bar: SafeString


@dataclass
class RunSheet:
    """A run for one viewer: where it stands, and what he may do now."""

    detail: billing.RunDetail
    counts: list[billing.ExceptionCount]
    viewer: Any

    @property
    def run(self) -> Any:
        """The run."""
        return self.detail.run

    @property
    def status(self) -> str:
        """Where it stands."""
        return str(self.run.status)

    @property
    def holding(self) -> int:
        """How many open exceptions hold a bill."""
        return sum(one.holding for one in self.counts)

    @property
    def to_look_at(self) -> int:
        """How many exceptions are open."""
        return sum(one.open for one in self.counts)

    @property
    def is_working(self) -> bool:
        """Whether the queue works on it, or is about to."""
        return bool(self.detail.progress.work)

    @property
    def bar(self) -> SafeString:
        """How far it is."""
        return draw_share(self.detail.progress.share)

    @property
    def refusal(self) -> str:
        """What stopped the last work, in words."""
        code = self.detail.progress.refusal
        return (word_code(code) or word_code("failed")) if code else ""

    def _may(self, roles: tuple[str, ...]) -> bool:
        return identity.has_role(self.viewer, *roles)

    @property
    def may_draft(self) -> bool:
        """Whether computing can go on now."""
        return self.status == "OPEN" and not self.is_working and self._may(PREPARES)

    @property
    def may_approve(self) -> bool:
        """Whether he is to approve it."""
        return self.status == "DRAFTED" and self._may(DECIDES)

    @property
    def may_issue(self) -> bool:
        """Whether he is to issue it, or what was released since."""
        left = self.status == "APPROVED" or (self.status == "ISSUED" and self.detail.totals.drafts > 0)
        return left and not self.is_working and self._may(DECIDES)

    @property
    def may_cancel(self) -> bool:
        """Whether it can be dropped."""
        return self.status in ("OPEN", "DRAFTED", "APPROVED") and self._may(WORKS_AT_DESK)

    @property
    def may_draw(self) -> bool:
        """Whether drafts may be drawn."""
        return self.status == "DRAFTED" and self._may(WORKS_AT_DESK)

    @cached_property
    def approval_stop(self) -> str:
        """Why he cannot approve it yet; empty where nothing stands in the way."""
        sample = self.detail.sample
        for code, holds in (
            ("same-person", self.detail.is_preparer),
            ("no-sample", not sample.drawn),
            ("sample-open", sample.left > 0),
            ("sample-wrong", sample.loose > 0),
        ):
            if holds:
                return word_code(code)
        return ""

    @property
    def issue_stop(self) -> str:
        """Why he cannot issue it; empty where nothing stands in the way."""
        return word_code("same-person") if self.detail.is_preparer else ""

    @property
    def steps(self) -> list[Step]:
        """The five steps, with who did them and when."""
        run, detail = self.run, self.detail
        place = {"OPEN": 0, "DRAFTED": 1, "APPROVED": 4, "ISSUED": 5, "CANCELED": -1}[self.status]
        is_checked = detail.sample.drawn and not detail.sample.left
        if place == 1:  # what is held does not keep the others from going out
            place = 3 if is_checked else 1 if self.holding else 2

        def state(index: int) -> str:
            return "later" if place < 0 else "done" if index < place else "now" if index == place else "later"

        bills = _("%(count)s 张") % {"count": f"{detail.totals.bills:,}"}
        sample = detail.sample
        looked = f"{sample.right + sample.wrong}/{sample.drawn}" if sample.drawn else _("未抽")
        held = _("挂起 %(count)s 张") % {"count": f"{detail.totals.held:,}"}
        return [
            Step(_("计算"), state(0), bills, words_audit.name_actor(detail.opened_by), run.drafted_at or run.opened_at),
            Step(_("处理异常"), state(1), held),
            Step(_("抽查"), state(2), looked),
            Step(_("复核"), state(3), "", words_audit.name_actor(detail.approved_by), run.approved_at),
            Step(_("发行"), state(4), "", detail.issued_by, run.issued_at),
        ]

    @cached_property
    def kinds(self) -> list[KindLine]:
        """What to look at by kind, what holds bills first."""
        most = max((one.open for one in self.counts), default=0)
        return [
            KindLine(
                one.kind, str(get_word(EXCEPTIONS, one.kind)), str(REMEDIES.get(one.kind, LOOK)),
                one, draw_share(one.open / most if most else 0, "up" if one.holding else "total"),
            )
            for one in self.counts
        ]  # fmt: skip


@dataclass
class ComparisonSheet:
    """A run beside the month before, laid out."""

    found: billing.RunComparison
    is_large: bool

    @cached_property
    def names(self) -> dict[str, str]:
        """What tariffs are called, by code."""
        is_chinese = formats.is_chinese()
        return {
            one.code: one.name if is_chinese else one.name_en or one.name for one in reversed(tariffs.list_tariffs())
        }

    @property
    def rows(self) -> list[tuple[str, str, billing.RunSums]]:
        """The sums with the names of tariff and kind."""
        return [
            (
                self.names.get(one.tariff, one.tariff) or _("没有电价"),
                str(get_word(words.CUSTOMERS, one.kind)),
                one,
            )
            for one in self.found.sums
        ]

    @cached_property
    def total(self) -> dict[str, Any]:
        """All sums together."""
        sums = self.found.sums
        names = ("bills", "bills_before", "energy_kwh", "energy_kwh_before", "amount", "amount_before", "change")
        return {name: sum(getattr(one, name) for one in sums) for name in names}

    @cached_property
    def bins(self) -> list[Bin]:
        """How many bills changed by how much."""
        edges = billing.EDGES_PERCENT
        lows = [-100, *edges]
        highs = [*edges, 2 * edges[-1]]
        return [
            Bin(low, high, count, self._label(low), self._say(index, low, high, count), "total")
            for index, (low, high, count) in enumerate(zip(lows, highs, self.found.counts, strict=True))
        ]

    @staticmethod
    def _label(percent: int) -> str:
        sign = "+" if percent > 0 else formats.MINUS if percent < 0 else ""
        return f"{sign}{abs(percent)}%"

    def _say(self, index: int, low: int, high: int, count: int) -> str:
        if index == len(billing.EDGES_PERCENT):
            return _("%(low)s 以上：%(count)s 张") % {"low": self._label(low), "count": f"{count:,}"}
        said = {"low": self._label(low), "high": self._label(high), "count": f"{count:,}"}
        return _("%(low)s 到 %(high)s：%(count)s 张") % said

    @property
    def drawing(self) -> SafeString:
        """The distribution."""
        return draw_distribution(self.bins, marked=0, is_large=self.is_large)
