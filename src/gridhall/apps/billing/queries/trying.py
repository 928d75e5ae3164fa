"""
What the issued bills of a month would have been under another version of their tariff: the kernel of bill runs twice.

Each bill is computed as things are first. Only one that comes to what was really issued, to the fen, is set beside what
it would be under the tried version: so the difference is the version's alone. The others are named and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gridhall.apps.accounts.kinds import CustomerKind
from gridhall.apps.billing.kinds import LineGroupKind, MissingReadsPolicyKind, SetAsideKind
from gridhall.apps.billing.queries.plans import MonthPlans
from gridhall.apps.billing.queries.population import Columns, Ints
from gridhall.apps.billing.queries.pricing import MonthDraft, draft_month
from gridhall.apps.billing.rules.line_groups import group_of
from gridhall.apps.billing.rules.trial_sums import TriedBills
from gridhall.apps.metering.queries.columns import read_columns
from gridhall.core.periods import Month

GROUPS: tuple[str, ...] = tuple(LineGroupKind.values)
KINDS: tuple[str, ...] = tuple(CustomerKind.values)
_PLACES = {group: index for index, group in enumerate(GROUPS)}
_KIND = " ".join(f"WHEN '{kind}' THEN {number}" for number, kind in enumerate(KINDS))

_ACCOUNTS = """
SELECT DISTINCT b.account_id FROM billing_bill b
  JOIN billing_billpart p ON p.bill_id = b.id JOIN tariffs_tariffdocument d ON d.id = p.tariff_document_id
 WHERE b.is_current AND b.status = 'ISSUED' AND b.first_day >= %(first)s AND b.first_day < %(end)s AND d.code = %(code)s
 ORDER BY 1
"""
_REAL = f"""
SELECT b.account_id, b.agreement_id, (CASE a.kind {_KIND} ELSE 0 END)::int8,
       (coalesce(c.missing_reads, 'HOLD') = 'ESTIMATE')::int::int8,
       sum(b.energy_wh)::int8, sum(b.charge_total * 100)::int8
  FROM billing_bill b JOIN accounts_customeraccount a ON a.id = b.account_id
  LEFT JOIN billing_billcycle c ON c.code = a.billing_cycle
 WHERE b.account_id = ANY(%(ids)s::int8[]) AND b.is_current AND b.status = 'ISSUED'
   AND b.first_day >= %(first)s AND b.first_day < %(end)s
 GROUP BY b.account_id, b.agreement_id, a.kind, c.missing_reads
HAVING bool_or(EXISTS (SELECT 1 FROM billing_billpart p JOIN tariffs_tariffdocument d ON d.id = p.tariff_document_id
                        WHERE p.bill_id = b.id AND d.code = %(code)s))
 ORDER BY b.account_id, b.agreement_id
"""


@dataclass(frozen=True)
class RealBills(Columns):
    """Issued bills with a part under a tariff, by agreement; n rows. Money in fen."""

    account_id: Ints
    agreement_id: Ints
    kind: Ints
    estimates: Ints
    energy_wh: Ints
    minor: Ints


@dataclass(frozen=True)
class Tried:
    """What was tried; `set_aside`: why -> how many bills, and their money in fen."""

    bills: TriedBills
    set_aside: dict[str, tuple[int, int]]


def list_trial_accounts(*, code: str, month: Month) -> Ints:
    """List the accounts with an issued bill of a month of which a part was priced by a tariff, in order."""
    params = {"first": month.first_day, "end": month.next().first_day, "code": code}
    return read_columns(_ACCOUNTS, params, [("id", "int8")])["id"]  # type: ignore[arg-type]


def try_bills(*, code: str, month: Month, account_ids: Sequence[int], instead: Mapping[int, MonthPlans]) -> Tried:
    """
    Compute the bills of some accounts as they are and as they would be.

    :param instead: by document in force, the plans that are tried in its place.
    """
    params = {
        "first": month.first_day,
        "end": month.next().first_day,
        "code": code,
        "ids": [int(i) for i in account_ids],
    }
    real = RealBills.read(_REAL, params)  # type: ignore[arg-type]
    empty = np.zeros((len(GROUPS), len(real)), np.int64)
    now, then = _Amounts(empty.copy(), np.zeros(len(real), bool)), _Amounts(empty.copy(), np.zeros(len(real), bool))
    for estimates, policy in ((0, MissingReadsPolicyKind.HOLD), (1, MissingReadsPolicyKind.ESTIMATE)):
        accounts = np.unique(real.account_id[real.estimates == estimates])
        if len(accounts):
            for amounts, plans in ((now, None), (then, instead)):
                draft = draft_month(
                    month=month,
                    account_ids=accounts.tolist(),
                    policy=policy,
                    again=True,
                    only_prices=True,
                    instead=plans,
                )
                amounts.add(draft, real.agreement_id)
    before, after = now.by_group.sum(axis=0), then.by_group.sum(axis=0)
    unpriced = ~(now.is_priced & then.is_priced)
    changed = ~unpriced & (before != real.minor)
    kept = ~(unpriced | changed)
    chosen = real.take(kept)
    bills = TriedBills(
        account_id=chosen.account_id, kind=chosen.kind, energy_wh=chosen.energy_wh, before=before[kept],
        after=after[kept], groups_before=now.by_group[:, kept], groups_after=then.by_group[:, kept],
    )  # fmt: skip
    aside = {SetAsideKind.NOT_PRICED: unpriced, SetAsideKind.CHANGED_SINCE: changed}
    counted = {str(why): (int(rows.sum()), int(real.minor[rows].sum())) for why, rows in aside.items() if rows.any()}
    return Tried(bills, counted)


@dataclass
class _Amounts:
    """What bills come to by heading, in fen: int64[headings, n]."""

    by_group: Ints
    is_priced: np.ndarray

    def add(self, draft: MonthDraft, agreement_ids: Ints) -> None:
        """Take what a draft comes to; `agreement_ids` are unique and say which column an agreement has."""
        if not len(draft.first_rows):
            return
        order = np.argsort(agreement_ids)
        drafted = draft.parts.agreement_id[draft.first_rows]
        place = np.searchsorted(agreement_ids, drafted, sorter=order)
        place = order[np.minimum(place, len(order) - 1)]
        is_real = agreement_ids[place] == drafted
        self.is_priced[place[is_real]] = True
        for block in draft.blocks:
            bill = draft.bill[block.rows]
            rows = np.flatnonzero(is_real[bill])
            columns = place[bill[rows]]
            for index, spec in enumerate(block.table.specs):
                if spec.counts:
                    scale = 10 ** (2 - spec.places)
                    amounts = block.table.amount_minor[index][rows] * scale
                    np.add.at(self.by_group[_PLACES[group_of(spec)]], columns, amounts)
