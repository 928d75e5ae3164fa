"""Whether every day that is to be billed was measured by a meter, at every usage point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.kinds import BillExceptionKind
from gridhall.apps.billing.queries.population import Ints, Stretches
from gridhall.core.fixed_queries import ask_rows
from gridhall.core.periods import Month


@dataclass(frozen=True)
class Finding:
    """Something a person should know about an account's bill."""

    account_id: int
    agreement_id: int
    kind: str
    holds: bool
    detail: str = ""


def keep_metered(
    month: Month, parts: Stretches, metered: Ints, findings: list[Finding], *, names_points: bool = True
) -> NDArray[np.bool_]:
    """
    Leave out agreements without a single metered day; name those with some days unmetered.

    :param names_points: whether to look for usage points that had no meter on some days.
    :param metered: days of each part on which some usage point had a meter.
    :returns: which parts can be billed.
    """
    keep = _keep(parts, metered, findings)
    if not names_points:
        return keep
    told = {finding.agreement_id for finding in findings}
    agreement_of = dict(zip(parts.account_id[keep].tolist(), parts.agreement_id[keep].tolist(), strict=True))
    for account, detail in _list_unmetered_points(month, np.unique(parts.account_id)):
        agreement = agreement_of.get(account)
        if agreement is not None and agreement not in told:
            findings.append(Finding(account, agreement, BillExceptionKind.NO_METER, False, detail))
    return keep


def _keep(parts: Stretches, metered: Ints, findings: list[Finding]) -> NDArray[np.bool_]:
    days = parts.end_day - parts.first_day
    if bool((metered >= days).all()):
        return np.ones(len(parts), bool)
    agreements, which = np.unique(parts.agreement_id, return_inverse=True)
    have, want = np.bincount(which, metered), np.bincount(which, days)
    first = np.searchsorted(which, np.arange(len(agreements))) if np.all(np.diff(which) >= 0) else None
    for index in np.flatnonzero(have < want):
        row = int(first[index]) if first is not None else int(np.flatnonzero(which == index)[0])
        detail = f"{int(want[index] - have[index])} of {int(want[index])} days without a meter"
        kind, nothing = BillExceptionKind.NO_METER, not have[index]
        findings.append(Finding(int(parts.account_id[row]), int(agreements[index]), kind, bool(nothing), detail))
    return (have > 0)[which]


_UNMETERED = """
SELECT u.account_id, u.code, %(end)s::date - greatest(u.connected_on, %(first)s::date) AS days,
       coalesce(sum(least(coalesce(i.ends_on, %(end)s::date), %(end)s::date)
                    - greatest(i.starts_on, %(first)s::date)), 0)
  FROM accounts_usagepoint u
  LEFT JOIN metering_meterinstallation i ON i.usage_point_id = u.id AND i.starts_on < %(end)s::date
       AND (i.ends_on IS NULL OR i.ends_on > %(first)s::date)
 WHERE u.status = 'CONNECTED' AND u.connected_on < %(end)s::date AND u.account_id IN (
       SELECT account_id FROM accounts_usagepoint WHERE account_id {narrowed}
        GROUP BY account_id HAVING count(*) > 1)
 GROUP BY u.id ORDER BY u.account_id, u.code
"""


def _list_unmetered_points(month: Month, account_ids: Ints) -> list[tuple[int, str]]:
    """List usage points without a meter on some days, of accounts that have several; with words about each."""
    if not len(account_ids):
        return []
    is_one = len(account_ids) == 1
    params = {"first": month.first_day, "end": month.next().first_day}
    params |= {"one": int(account_ids[0])} if is_one else {"ids": account_ids.tolist()}
    narrowed = "= %(one)s::int8" if is_one else "= ANY(%(ids)s::int8[])"
    rows = ask_rows(_UNMETERED.format(narrowed=narrowed), params, is_prepared=is_one)
    return [
        (account, f"{code}: {days - metered} of {days} days without a meter")
        for account, code, days, metered in rows
        if metered < days
    ]
