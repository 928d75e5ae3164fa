"""A run beside the month before (a re-bill beside the bills that it replaces): sums, biggest changes, distribution."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import BillRunKind
from gridhall.apps.billing.models import BillRun
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh

EDGES_PERCENT = (-80, -60, -40, -20, -10, 0, 10, 20, 40, 60, 80, 100, 200)
"""Between these the changes of bills are counted; below the first and from the last on, too."""


@dataclass(frozen=True, slots=True)
class RunSums:
    """Bills of one tariff (its code, empty where none priced them) and kind of customer, in this run and before."""

    tariff: str
    kind: str
    bills: int
    bills_before: int
    energy_kwh: Decimal
    energy_kwh_before: Decimal
    amount: Decimal
    amount_before: Decimal

    @property
    def change(self) -> Decimal:
        """What the amounts differ by."""
        return self.amount - self.amount_before


@dataclass(frozen=True, slots=True)
class MovedBill:
    """A bill and what the one before came to."""

    mrid: UUID
    account_number: str
    name_masked: str
    kind: str
    amount: Decimal
    amount_before: Decimal
    energy_kwh: Decimal
    energy_kwh_before: Decimal

    @property
    def change(self) -> Decimal:
        """What they differ by."""
        return self.amount - self.amount_before


@dataclass(frozen=True)
class RunComparison:
    """
    A run beside what came before.

    :param before: the month that it is set beside; None for adjustments, which stand beside what they replace.
    :param counts: how many bills changed by less than the first edge, between the first and the second …
    :param unmatched: bills with nothing before them to compare with.
    """

    before: Month | None
    sums: list[RunSums]
    changes: list[MovedBill]
    counts: list[int]
    unmatched: int


_NOW = "billing_billrunchunk c JOIN billing_bill b ON b.chunk_id = c.id AND b.status <> 'CANCELED'"
# The tariff of a bill is that of its last part. Joined, not looked up bill by bill, so that processes share the work.
_SUMMED = """
SELECT p.tariff_document_id AS document, a.kind, count(*) AS bills, sum(b.energy_wh) AS energy,
       sum(b.charge_total) AS amount
  FROM {bills}
  JOIN accounts_customeraccount a ON a.id = b.account_id
  LEFT JOIN billing_billpart p ON p.bill_id = b.id AND NOT EXISTS (
       SELECT 1 FROM billing_billpart q WHERE q.bill_id = p.bill_id AND q.position > p.position)
 WHERE {which} GROUP BY 1, 2
"""
_LAST_MONTH = {
    "bills": _NOW,  # by the chunks of its runs: months before are not even looked at
    "which": "c.run_id IN (SELECT id FROM billing_billrun WHERE cycle_id = %(cycle)s AND month = %(last)s"
    " AND kind = 'REGULAR') AND b.issued_at IS NOT NULL",
}
_REPLACED = {
    "bills": "billing_bill b",
    "which": f"b.id IN (SELECT b.replaces_id FROM {_NOW} WHERE c.run_id = %(run)s AND b.replaces_id IS NOT NULL)",
}
_SUMS = f"""
WITH summed AS (
    SELECT 1 AS now, n.* FROM ({_SUMMED.format(bills=_NOW, which="c.run_id = %(run)s")}) n
    UNION ALL SELECT 0, o.* FROM (%(before)s) o
)
SELECT coalesce(d.code, '') AS code, s.kind,
       coalesce(sum(bills) FILTER (WHERE now = 1), 0)::int8, coalesce(sum(bills) FILTER (WHERE now = 0), 0)::int8,
       coalesce(sum(energy) FILTER (WHERE now = 1), 0)::int8, coalesce(sum(energy) FILTER (WHERE now = 0), 0)::int8,
       coalesce(sum(amount) FILTER (WHERE now = 1), 0), coalesce(sum(amount) FILTER (WHERE now = 0), 0)
  FROM summed s LEFT JOIN tariffs_tariffdocument d ON d.id = s.document
 GROUP BY 1, 2 ORDER BY 8 DESC, 1, 2
"""
_PAIRS = f"""
WITH pair AS MATERIALIZED (
    SELECT b.id, b.account_id, b.mrid, b.charge_total AS amount, b.energy_wh,
           coalesce(r.charge_total, l.charge_total) AS before,
           coalesce(r.energy_wh, l.energy_wh) AS energy_before
      FROM {_NOW}
      LEFT JOIN billing_bill r ON r.id = b.replaces_id
      LEFT JOIN LATERAL (
           SELECT o.charge_total, o.energy_wh FROM billing_bill o
            WHERE b.replaces_id IS NULL AND o.account_id = b.account_id AND o.agreement_id = b.agreement_id
              AND o.is_current AND o.first_day >= (date_trunc('month', b.first_day) - interval '1 month')::date
              AND o.first_day < date_trunc('month', b.first_day)::date
            ORDER BY o.first_day DESC LIMIT 1) l ON true
     WHERE c.run_id = %(run)s
), bin AS (
    SELECT CASE WHEN before IS NULL OR before <= 0 THEN -1
                ELSE width_bucket((amount - before) * 100 / before, %(edges)s::numeric[]) END AS place,
           count(*) AS bills
      FROM pair GROUP BY 1
), most AS (
    SELECT * FROM pair WHERE before IS NOT NULL AND amount <> before
     ORDER BY abs(amount - before) DESC, id LIMIT %(limit)s
)
SELECT NULL::uuid, NULL, NULL, NULL, NULL::numeric, NULL::numeric, place::int8, bills FROM bin
UNION ALL
SELECT m.mrid, a.number, a.name, a.kind, m.amount, m.before, m.energy_wh, m.energy_before
  FROM most m JOIN accounts_customeraccount a ON a.id = m.account_id
"""


def compare_run(*, run: BillRun, viewer: Any, limit: int = 12) -> RunComparison:
    """
    Set a run beside the month before (adjustments beside what they replace), in two statements.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    replaces = run.kind != BillRunKind.REGULAR
    before = None if replaces else Month.of(run.month).previous()
    params = {
        "run": run.pk, "cycle": run.cycle_id, "last": before.first_day if before else None, "limit": limit,
        "edges": list(EDGES_PERCENT),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.replace("%(before)s", _SUMMED.format(**(_REPLACED if replaces else _LAST_MONTH))), params)
        sums = [
            RunSums(code, kind, now, then, kwh_from_wh(wh), kwh_from_wh(wh_then), amount, amount_then)
            for code, kind, now, then, wh, wh_then, amount, amount_then in cursor.fetchall()
        ]
        cursor.execute(_PAIRS, params)
        rows = cursor.fetchall()
    counts, unmatched, changes = [0] * (len(EDGES_PERCENT) + 1), 0, []
    for mrid, number, name, kind, amount, then, wh, wh_then in rows:
        if mrid is not None:
            energies = kwh_from_wh(wh), kwh_from_wh(wh_then)
            changes.append(MovedBill(mrid, number, masking.mask_name(name), kind, amount, then, *energies))
        elif wh < 0:
            unmatched = wh_then
        else:
            counts[wh] = wh_then
    changes.sort(key=lambda one: (-abs(one.change), one.account_number))
    return RunComparison(before, sums, changes, counts, unmatched)
