"""What is unusual about the bills of a draft."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.kinds import BillExceptionKind
from gridhall.apps.billing.queries.metered import Finding
from gridhall.apps.billing.queries.pricing import MonthDraft
from gridhall.apps.billing.rules.review import is_huge_change


def review_bills(draft: MonthDraft, total_minor: NDArray[np.int64], cycle: Any) -> list[Finding]:
    """
    Name what is unusual about each bill of a draft; what `holds` keeps it from being issued.

    :param cycle: its `missing_reads`, `huge_change_factor` and `huge_change_amount`.
    """
    first, parts = draft.first_rows, draft.parts
    days = parts.bill_end[first] - parts.bill_first[first]
    energy, export = draft.per_bill(draft.energy_wh), draft.per_bill(draft.found.export_energy.sum(axis=1))
    missing = draft.per_bill(draft.found.missing_slots)
    estimated, measured = draft.per_bill(draft.found.estimated_slots), draft.per_bill(draft.found.measured_slots)
    agreement = parts.agreement_id[first]
    last_days, last_minor, held, gap, year_days = _history_of(draft, agreement)
    huge = is_huge_change(
        total_minor, days, last_minor, last_days,
        factor=cycle.huge_change_factor, least_minor=int(cycle.huge_change_amount * 100),
    )  # fmt: skip
    kinds = BillExceptionKind
    later = np.isin(agreement, draft.billed_later)
    tiered = draft.per_bill(draft.tier_wh) > 0
    settle = (parts.closes[first] == 1) & (parts.year_months[first] < 12) & tiered & (year_days > 0)
    checks = [
        (
            kinds.MISSING_READS,
            missing > 0,  # where the cycle estimates, what could not even be estimated
            True,
            lambda i: f"{missing[i]:,} of {missing[i] + estimated[i] + measured[i]:,} quarter hours",
        ),
        (
            kinds.MOSTLY_ESTIMATED,
            estimated > measured,
            False,
            lambda i: f"{estimated[i]:,} of {estimated[i] + measured[i]:,} quarter hours",
        ),
        (kinds.ZERO_USAGE, (energy == 0) & (export == 0) & (missing == 0), False, lambda i: f"{days[i]} days"),
        (kinds.HUGE_CHANGE, huge, False, lambda i: f"{last_minor[i] / 100:.2f} → {total_minor[i] / 100:.2f}"),
        (kinds.CREDIT_BILL, total_minor < 0, False, lambda i: f"{total_minor[i] / 100:.2f}"),
        (kinds.EARLIER_MONTH_OPEN, held > 0, True, lambda i: f"{held[i]} held this year"),
        (kinds.EARLIER_MONTH_OPEN, (gap > 0) & (held == 0), False, lambda i: f"{gap[i]} days of the year unbilled"),
        (
            kinds.LATER_MONTH_BILLED,
            later,
            False,
            lambda i: f"then: gridhall bills rebill … --from {draft.month.next()}",
        ),
        (kinds.TIERS_TO_SETTLE, settle, False, lambda i: f"gridhall bills rebill … --from {draft.month.year}-01"),
    ]
    return [
        Finding(int(parts.account_id[first[i]]), int(agreement[i]), kind, holds, detail(i))
        for kind, found, holds, detail in checks
        for i in np.flatnonzero(found)
    ]


def _history_of(draft: MonthDraft, agreement: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Give days and money of the month before, held bills, unbilled days and billed days of the year, by bill."""
    history = draft.history
    if history is None or not len(history):
        return tuple(np.zeros(len(agreement), np.int64) for _ in range(5))
    before = (draft.month.first_day - draft.month.first_day.replace(month=1)).days
    gap = np.where(history.first_billed >= 0, before - history.first_billed - history.year_days, 0)
    at = np.minimum(np.searchsorted(history.agreement_id, agreement), len(history) - 1)
    known = history.agreement_id[at] == agreement
    columns = (history.last_days, history.last_minor, history.held, gap, history.year_days)
    return tuple(np.where(known, column[at], 0) for column in columns)
