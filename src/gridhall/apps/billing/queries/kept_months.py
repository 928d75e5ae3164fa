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

_KEPT = """
SELECT facts::text, company, own, (SELECT count(*) FROM core_event WHERE scope = kept.account_id)
  FROM billing_monthsofar kept WHERE account_id = %s AND today = %s
"""


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
def read_kept(account_id: int, today: date) -> MonthFacts | None:
    """Give what was kept of an account if it still holds."""
    kept = ask_rows(_KEPT, [account_id, today])
    if not kept:
        return None
    facts, company, own, own_now = kept[0]
    return read_facts(facts) if own == own_now and company == company_changes.count() else None


def find_kept(account_id: int, days: tuple[date, date | None], today: date) -> MonthFacts | None:
    """Give what was kept of an account for someone who may look at its days [first, end)."""
    if days[1] is not None:
        return None
    kept = read_kept(account_id, today)
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
