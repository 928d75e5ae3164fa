"""What the trial of a tariff comes to: sums by heading, kind and use, who wins and who loses. Integers in fen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
SHOWN = 20
EDGES = (-50, -20, -10, -5, -2, 0, 2, 5, 10, 20, 50)
"""Percent of change at which the stretches of the distribution begin; no change at all is a stretch of its own."""


@dataclass(frozen=True)
class TriedBills:
    """
    Bills as they are and as they would be; n columns, one an agreement and month.

    :param kind: index into the kinds of customers.
    :param groups_before, groups_after: int64[headings, n], what the bills are made of.
    """

    account_id: Ints
    kind: Ints
    energy_wh: Ints
    before: Ints
    after: Ints
    groups_before: Ints
    groups_after: Ints

    def __len__(self) -> int:
        return len(self.account_id)


def join_bills(parts: Sequence[TriedBills]) -> TriedBills:
    """Put several together."""
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in TriedBills.__annotations__
    }
    return TriedBills(**columns)


def sum_up(bills: TriedBills, *, groups: Sequence[str], kinds: Sequence[str]) -> dict[str, Any]:
    """
    Add everything up, as it is kept: every division of the bills adds up to the same total.

    :returns: `bills`, `energy_wh`, `before`, `after`; `groups` and `kinds` by name; `deciles` by use; `distribution` by
        percent of change; `winners` and `losers` with count, sum, the lower median and those that change most.
    """
    change = bills.after - bills.before
    every = np.ones(len(bills), bool)
    return {
        **_sum(bills, every),
        "unchanged": int((change == 0).sum()),
        "groups": [
            {"name": name, "before": int(bills.groups_before[i].sum()), "after": int(bills.groups_after[i].sum())}
            for i, name in enumerate(groups)
            if bills.groups_before[i].any() or bills.groups_after[i].any()
        ],
        "kinds": [
            {"name": name, **_sum(bills, bills.kind == i)} for i, name in enumerate(kinds) if (bills.kind == i).any()
        ],
        "deciles": _sum_deciles(bills),
        "distribution": _count_changes(bills.before, change),
        "winners": _tell_side(bills, -change, change < 0),
        "losers": _tell_side(bills, change, change > 0),
    }


def _sum(bills: TriedBills, rows: NDArray[np.bool_]) -> dict[str, int]:
    change = bills.after[rows] - bills.before[rows]
    return {
        "bills": int(rows.sum()),
        "energy_wh": int(bills.energy_wh[rows].sum()),
        "before": int(bills.before[rows].sum()),
        "after": int(bills.after[rows].sum()),
        "fewer": int((change < 0).sum()),
        "more": int((change > 0).sum()),
    }


def _sum_deciles(bills: TriedBills) -> list[dict[str, int]]:
    """Divide the bills by use into ten parts as equal as may be, the smallest first; fewer than ten give fewer."""
    order = np.lexsort((np.arange(len(bills)), bills.account_id, bills.energy_wh))
    found = []
    for index, rows in enumerate(np.array_split(order, 10), start=1):
        if len(rows):
            chosen = np.zeros(len(bills), bool)
            chosen[rows] = True
            low, high = int(bills.energy_wh[rows[0]]), int(bills.energy_wh[rows[-1]])
            found.append({"decile": index, "low_wh": low, "high_wh": high, **_sum(bills, chosen)})
    return found


def _count_changes(before: Ints, change: Ints) -> list[dict[str, int | None]]:
    """
    Count the bills by percent of change: below the first edge, between edges, none at all, above the last.

    A stretch holds its edge that is farther from nothing; a bill that was nothing changes beyond all percents.
    """
    size = np.abs(before)
    beyond = size == 0
    falls = [change * 100 < edge * size for edge in EDGES if edge < 0] + [change < 0]
    rises = [change > 0] + [change * 100 > edge * size for edge in EDGES if edge > 0]
    down, up = np.sum(falls, axis=0), np.sum(rises, axis=0)
    down, up = np.where(beyond & (change < 0), len(falls), down), np.where(beyond & (change > 0), len(rises), up)
    lows: list[int | None] = [None, *(edge for edge in EDGES if edge <= 0)]
    falling = [edge for edge in EDGES if edge <= 0]
    rising: list[int | None] = [*(edge for edge in EDGES if edge >= 0), None]
    found: list[dict[str, int | None]] = []
    for index, high in enumerate(falling):
        found.append({"low": lows[index], "high": high, "bills": int((down == len(falls) - index).sum())})
    found.append({"low": 0, "high": 0, "bills": int((change == 0).sum())})
    for index in range(len(rising) - 1):
        found.append({"low": rising[index], "high": rising[index + 1], "bills": int((up == index + 1).sum())})
    return found


def _tell_side(bills: TriedBills, gain: Ints, rows: NDArray[np.bool_]) -> dict[str, Any]:
    """Tell of those on one side; `gain` is how far they are on it."""
    chosen = np.flatnonzero(rows)
    gains = np.sort(gain[chosen])
    order = chosen[np.lexsort((bills.account_id[chosen], -gain[chosen]))][:SHOWN]
    return {
        "bills": len(chosen),
        "sum": int(gains.sum()),
        "median": int(gains[(len(gains) - 1) // 2]) if len(gains) else 0,
        "most": [
            [int(column[row]) for column in (bills.account_id, bills.energy_wh, bills.before, bills.after)]
            for row in order
        ],
    }
