"""
What was measured ahead of time of the month under way, and whether it still holds.

What is kept of an account is what measuring would give now: it is taken only on the day for which it was measured, and
while nothing was told since that could change it. It knows no viewer, so it serves those who may see all its days.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.billing.queries.views import CurrentMonth
from gridhall.core.changes import company_changes
from gridhall.core.fixed_queries import ask_rows
from gridhall.core.periods import Month

_BILLED = """
SELECT agreement_id, coalesce(sum(tier_wh), 0)::int8, max(end_day) FROM billing_bill
 WHERE account_id = %(id)s AND is_current AND first_day >= %(year)s GROUP BY agreement_id
"""
_KEPT = """
WITH kept AS (
    SELECT facts::text FROM billing_monthsofar WHERE account_id = %(id)s AND today = %(today)s
       AND company = %(company)s AND own = (SELECT count(*) FROM core_event WHERE scope = %(id)s)
)
SELECT facts, NULL, NULL, NULL FROM kept UNION ALL
SELECT NULL, agreement_id, coalesce(sum(tier_wh), 0)::int8, max(end_day) FROM billing_bill
 WHERE NOT EXISTS (SELECT FROM kept) AND account_id = %(id)s AND is_current AND first_day >= %(year)s
 GROUP BY agreement_id
"""
"""What is kept; where nothing is, what was billed this year, which measuring asks for next."""


@dataclass(frozen=True, slots=True)
class UsedSoFar:
    """What filled the annual tiers of an agreement this year, through the last complete day."""

    agreement_id: int
    used_wh: int
    as_of: date


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """
    What was measured of one account.

    :param used: energy in annual tiers this year, of the agreement that holds today; None where it was not measured.
    :param first_day: the first of the days that were looked at.
    """

    current: CurrentMonth
    used: UsedSoFar | None
    first_day: date


@asked_once
def read_kept(account_id: int, today: date) -> tuple[MonthFacts | None, dict[int, tuple[int, date]]]:
    """
    Give what was kept of an account if it still holds.

    :returns: the facts; where there are none, by agreement, what the bills of the year say was used, and until when.
    """
    company = company_changes.count()
    year = date(today.year, 1, 1)
    rows = ask_rows(_KEPT, {"id": account_id, "today": today, "company": company, "year": year})
    facts = next((read_facts(row[0]) for row in rows if row[0] is not None), None)
    return facts, {row[1]: (row[2], row[3]) for row in rows if row[0] is None}


def read_billed(account_id: int, today: date) -> dict[int, tuple[int, date]]:
    """Give by agreement what the bills of the year say was used, and until when; for who cannot take what was kept."""
    facts, billed = read_kept(account_id, today)
    if facts is None:
        return billed
    rows = ask_rows(_BILLED, {"id": account_id, "year": date(today.year, 1, 1)})
    return {row[0]: (row[1], row[2]) for row in rows}


def find_kept(account_id: int, days: tuple[date, date | None], today: date) -> MonthFacts | None:
    """Give what was kept of an account for someone who may look at its days [first, end)."""
    if days[1] is not None:
        return None
    kept, _ = read_kept(account_id, today)
    return kept if kept is not None and days[0] <= kept.first_day else None


def write_facts(facts: MonthFacts) -> str:
    """Write facts as JSON."""
    return json.dumps(asdict(facts), default=str, separators=(",", ":"))


def read_facts(text: str) -> MonthFacts:
    """Read what `write_facts` wrote."""
    found = json.loads(text)
    current, used = found["current"], found["used"]
    number = {
        name: None if current[name] is None else Decimal(current[name])
        for name in ("energy_kwh", "amount_so_far", "change_percent", "yesterday_kwh", "valley_share")
    }
    return MonthFacts(
        CurrentMonth(
            month=Month(current["month"]["year"], current["month"]["month"]),
            as_of=date.fromisoformat(current["as_of"]),
            by_period={kind: Decimal(energy) for kind, energy in current["by_period"].items()},
            **number,  # type: ignore[arg-type]
        ),
        UsedSoFar(used["agreement_id"], used["used_wh"], date.fromisoformat(used["as_of"])) if used else None,
        date.fromisoformat(found["first_day"]),
    )
