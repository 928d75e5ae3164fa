"""What is unusual about the bills of a draft."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.kinds import BillExceptionKind, MissingReadsPolicyKind
from gridhall.apps.billing.queries.pricing import Finding, MonthDraft
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
    last_days, last_minor, held = _history_of(draft, agreement)
    huge = is_huge_change(
        total_minor, days, last_minor, last_days,
        factor=cycle.huge_change_factor, least_minor=int(cycle.huge_change_amount * 100),
    )  # fmt: skip
    kinds = BillExceptionKind
    holds_missing = cycle.missing_reads == MissingReadsPolicyKind.HOLD
    checks = [
        (
            kinds.MISSING_READS,
            missing > 0,
            True,
            lambda i: f"{missing[i]} of {missing[i] + estimated[i] + measured[i]}",
        ),
        (kinds.MOSTLY_ESTIMATED, estimated > measured, False, lambda i: f"{estimated[i]} slots"),
        (kinds.ZERO_USAGE, (energy == 0) & (export == 0) & (missing == 0), False, lambda i: f"{days[i]} days"),
        (kinds.HUGE_CHANGE, huge, False, lambda i: f"{last_minor[i] / 100:.2f} → {total_minor[i] / 100:.2f}"),
        (kinds.CREDIT_BILL, total_minor < 0, False, lambda i: f"{total_minor[i] / 100:.2f}"),
        (kinds.EARLIER_MONTH_OPEN, held > 0, True, lambda i: f"{held[i]} held"),
    ]
    if not holds_missing:  # what is still missing could not even be estimated
        checks[0] = (checks[0][0], (missing > 0) & (measured + estimated == 0), True, checks[0][3])
    return [
        Finding(int(parts.account_id[first[i]]), int(agreement[i]), kind, holds, detail(i))
        for kind, found, holds, detail in checks
        for i in np.flatnonzero(found)
    ]


def _history_of(draft: MonthDraft, agreement: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Give days and money of the month before, and held bills of the year, by bill."""
    history = draft.history
    if history is None or not len(history):
        return tuple(np.zeros(len(agreement), np.int64) for _ in range(3))
    at = np.minimum(np.searchsorted(history.agreement_id, agreement), len(history) - 1)
    known = history.agreement_id[at] == agreement
    return tuple(np.where(known, column[at], 0) for column in (history.last_days, history.last_minor, history.held))
