"""The desk of a member of staff: what waits for him and what happened last, by the roles that he holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.apps.tariffs import queries as tariffs
from gridhall.apps.workforce import queries as workforce
from gridhall.interfaces.console import words
from gridhall.interfaces.console.staff_sheets import SessionLine
from gridhall.interfaces.console.waiting import (
    BILLING_DESK,
    METERING_DESK,
    TARIFF_DESK,
    Waiting,
    administers_only,
    count_findings,
    list_waiting,
)
from gridhall.interfaces.shared.charts.shares import draw_share
from gridhall.interfaces.shared.word_tables import get_word

SHOWN_RUNS, SHOWN_NOTES, SHOWN_TARIFFS, SHOWN_SESSIONS = 7, 7, 7, 12


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many failures of one rule wait; `bar` draws its share of the most frequent one."""

    name: Any
    count: int
    bar: SafeString


@dataclass(frozen=True, slots=True)
class RunLine:
    """A bill run and how far it is."""

    run: billing.RecentRun
    bar: SafeString


@dataclass
class DeskSheet:
    """What the desk shows; what the viewer has no role for is not even asked for and stays None."""

    viewer: Any
    at: datetime

    @cached_property
    def rules(self) -> dict[str, int] | None:
        """Open failures by rule."""
        return count_findings(self.at) if identity.has_role(self.viewer, *METERING_DESK) else None

    @cached_property
    def waiting(self) -> list[Waiting]:
        """What waits, as figures."""
        return list_waiting(viewer=self.viewer, at=self.at, drafts=len(self.drafts), by_rule=self.rules)

    @cached_property
    def findings(self) -> list[RuleCount] | None:
        """Open failures, the most frequent rule first."""
        if self.rules is None:
            return None
        most = max(self.rules.values(), default=1)
        ordered = sorted(self.rules.items(), key=lambda item: -item[1])
        return [
            RuleCount(get_word(words.FINDING_RULES, rule), count, draw_share(count / most)) for rule, count in ordered
        ]

    @cached_property
    def runs(self) -> list[RunLine] | None:
        """The last bill runs."""
        if not identity.has_role(self.viewer, *BILLING_DESK):
            return None
        return [
            RunLine(run, draw_share(run.done / run.chunks if run.chunks else 1.0))
            for run in billing.list_recent_runs(viewer=self.viewer, limit=SHOWN_RUNS)
        ]

    @cached_property
    def all_tariffs(self) -> list[tariffs.TariffSummary]:
        """Every loaded state of a tariff, those that wait first."""
        if not identity.has_role(self.viewer, *TARIFF_DESK):
            return []
        return sorted(tariffs.list_tariffs(), key=lambda one: (one.status != "DRAFT", -one.loaded_at.timestamp()))

    @property
    def drafts(self) -> list[tariffs.TariffSummary]:
        """Those that wait for somebody to approve them."""
        return [one for one in self.all_tariffs if one.status == "DRAFT"]

    @property
    def latest_tariffs(self) -> list[tariffs.TariffSummary]:
        """The first of them."""
        return self.all_tariffs[:SHOWN_TARIFFS]

    @cached_property
    def notes(self) -> list[workforce.NoteView] | None:
        """The notes that anybody wrote last."""
        if not accounts.reads_customers(self.viewer):
            return None
        return workforce.list_newest_notes(viewer=self.viewer, limit=SHOWN_NOTES)

    @cached_property
    def sessions(self) -> list[SessionLine] | None:
        """Who of the staff is signed in now."""
        if not administers_only(self.viewer):
            return None
        found = identity.list_staff_sessions(viewer=self.viewer, at=self.at, here=None)
        return [SessionLine(one) for one in found[:SHOWN_SESSIONS]]

    @cached_property
    def looks(self) -> list[workforce.UnmaskingView] | None:
        """What the viewer himself saw in full."""
        if not accounts.unmasks_customers(self.viewer):
            return None
        return workforce.list_own_unmaskings(viewer=self.viewer)
