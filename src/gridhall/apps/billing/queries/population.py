"""Who is to be billed for which days of a month under which terms, as columns; and what was billed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.accounts.models import AgreementTerms
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.rules.social import number_sql
from gridhall.apps.metering.queries.columns import read_columns
from gridhall.apps.tariffs.kinds import TariffStatusKind
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.periods import Month

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """Equally long arrays."""

    @classmethod
    def read(cls, sql: str, params: Sequence[Any] | Mapping[str, Any]) -> Self:
        """Fill the columns from a query that gives them in order."""
        names = [field.name for field in fields(cls)]
        is_one = isinstance(params, Mapping) and "one_account" in params
        return cls(**read_columns(sql, params, [(name, "int8") for name in names], is_prepared=is_one))

    def take(self, rows: Any) -> Self:
        """Give some of the rows."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


@dataclass(frozen=True)
class Stretches(Columns):
    """
    Stretches of days of a month under one agreement and one set of terms; n rows in order of account and day.

    Days are indexes, 0 is the first day of the month, ends are not included.

    :param bill_first, bill_end: the days of the agreement in this month: one bill.
    :param first_day, end_day: the days of the terms inside those; equal where no terms are agreed.
    :param closes: 1 where the agreement ends in this month.
    :param document_id: the tariff document in force, 0 where there is none.
    :param year_months: months of the year that the agreement touches.
    :param is_mixed: 1 where tariff or household of the agreement change in the year (see `list_year_terms`).
    """

    account_id: Ints
    account_number: Ints
    agreement_id: Ints
    party_id: Ints
    bill_first: Ints
    bill_end: Ints
    closes: Ints
    first_day: Ints
    end_day: Ints
    document_id: Ints
    capacity_va: Ints
    demand_w: Ints
    demand_basis: Ints
    household_size: Ints
    social: Ints
    power_factor: Ints
    year_months: Ints
    is_mixed: Ints


_STRETCHES = """
WITH documents AS (
    SELECT DISTINCT ON (code) code, id FROM tariffs_tariffdocument WHERE status = 'APPROVED'
     ORDER BY code, approved_at DESC, id DESC
), mixed AS MATERIALIZED (
    SELECT t.agreement_id FROM accounts_agreementterms t JOIN accounts_customeragreement g ON g.id = t.agreement_id
      JOIN accounts_customeraccount a ON a.id = g.account_id
     WHERE t.starts_on < %(end)s::date AND (t.ends_on IS NULL OR t.ends_on > %(year)s::date) {narrowed}
     GROUP BY t.agreement_id HAVING count(*) > 1 AND count(DISTINCT (t.tariff_code, t.household_size)) > 1
), agreed AS (
    SELECT a.id AS account_id, a.number, g.id, g.party_id, g.starts_on AS since, g.ends_on AS until,
           greatest(g.starts_on, %(first)s::date) AS starts_on,
           least(coalesce(g.ends_on, %(end)s::date), %(end)s::date) AS ends_on
      FROM accounts_customeraccount a JOIN accounts_customeragreement g ON g.account_id = a.id
     WHERE g.starts_on < %(end)s::date AND (g.ends_on IS NULL OR g.ends_on > %(first)s::date)
       AND EXISTS (SELECT 1 FROM accounts_usagepoint u WHERE u.account_id = a.id) {narrowed}
)
SELECT g.account_id, g.number::int8, g.id, g.party_id,
       (g.starts_on - %(first)s::date)::int8, (g.ends_on - %(first)s::date)::int8,
       (coalesce(g.until <= %(end)s::date, false))::int::int8,
       coalesce(greatest(t.starts_on, g.starts_on) - %(first)s::date, 0)::int8,
       coalesce(least(coalesce(t.ends_on, g.ends_on), g.ends_on) - %(first)s::date, 0)::int8,
       coalesce(d.id, 0)::int8,
       coalesce(t.contract_capacity_kva * 1000, 0)::int8, coalesce(t.contract_demand_kw * 1000, 0)::int8,
       (CASE WHEN t.basic_charge = 'DEMAND' AND t.contract_demand_kw IS NULL THEN 2
             WHEN t.basic_charge = 'DEMAND' THEN 1 ELSE 0 END)::int8,
       coalesce(t.household_size, 0)::int8, {social}::int8, coalesce(t.power_factor_standard * 100, 0)::int8,
       (CASE WHEN g.until IS NULL OR g.until > %(year_end)s::date THEN 12
             ELSE extract(month FROM g.until - 1)::int END
        - CASE WHEN g.since < %(year)s::date THEN 1 ELSE extract(month FROM g.since)::int END + 1)::int8,
       (g.id IN (SELECT agreement_id FROM mixed))::int::int8
  FROM agreed g
  LEFT JOIN accounts_agreementterms t ON t.agreement_id = g.id AND t.starts_on < g.ends_on
        AND (t.ends_on IS NULL OR t.ends_on > g.starts_on)
  LEFT JOIN documents d ON d.code = t.tariff_code
 ORDER BY g.account_id, g.starts_on, t.starts_on
"""


def _narrow(account_ids: Sequence[int] | range | None, cycle: str | None, params: dict[str, Any]) -> str:
    sql = ""
    if isinstance(account_ids, range):
        sql += " AND a.id BETWEEN %(low)s AND %(high)s"
        params |= {"low": account_ids.start, "high": account_ids.stop - 1}
    elif account_ids is not None and len(account_ids) == 1:
        sql += " AND a.id = %(one_account)s::int8"
        params["one_account"] = int(account_ids[0])
    elif account_ids is not None:
        sql += " AND a.id = ANY(%(ids)s::int8[])"
        params["ids"] = [int(item) for item in account_ids]
    if cycle is not None:
        sql += " AND a.billing_cycle = %(cycle)s"
        params["cycle"] = cycle
    return sql


def list_stretches(*, month: Month, account_ids: Sequence[int] | range, cycle: str | None = None) -> Stretches:
    """List what is to be billed in a month: of some accounts, or of a range of account ids."""
    params: dict[str, Any] = {
        "first": month.first_day,
        "end": month.next().first_day,
        "year": date(month.year, 1, 1),
        "year_end": date(month.year, 12, 31),
    }
    sql = _STRETCHES.format(narrowed=_narrow(account_ids, cycle, params), social=number_sql("t.social"))
    return Stretches.read(sql, params)  # type: ignore[arg-type]


def list_unapproved_codes(agreement_ids: Ints) -> dict[int, list[str]]:
    """List the tariffs that terms of some agreements name and that nobody has approved: often they are misspelt."""
    terms = AgreementTerms.objects.filter(agreement_id__in=agreement_ids.tolist())
    approved = TariffDocument.objects.filter(status=TariffStatusKind.APPROVED).values("code")
    found: dict[int, list[str]] = {}
    for agreement, code in (
        terms.exclude(tariff_code__in=approved).order_by("starts_on").values_list("agreement_id", "tariff_code")
    ):
        if code not in found.setdefault(agreement, []):
            found[agreement].append(code)
    return found


def list_account_ids(*, month: Month, cycle: str) -> Ints:
    """List the accounts of a cycle that have days in a month which stand on no bill yet, in order."""
    sql = """
        SELECT DISTINCT a.id FROM accounts_customeraccount a JOIN accounts_customeragreement g ON g.account_id = a.id
         WHERE a.billing_cycle = %(cycle)s AND g.starts_on < %(end)s::date
           AND (g.ends_on IS NULL OR g.ends_on > %(first)s::date)
           AND least(coalesce(g.ends_on, %(end)s::date), %(end)s::date) - greatest(g.starts_on, %(first)s::date)
               > coalesce((SELECT sum(b.end_day - b.first_day) FROM billing_bill b WHERE b.account_id = a.id
                              AND b.agreement_id = g.id AND b.is_current
                              AND b.first_day >= %(first)s::date AND b.first_day < %(end)s::date), 0)
         ORDER BY a.id
    """
    params = {"cycle": cycle, "first": month.first_day, "end": month.next().first_day}
    return read_columns(sql, params, [("id", "int8")])["id"]  # type: ignore[arg-type]


def is_billed_month(*, month: Month, cycle: str) -> bool:
    """Tell whether any account of a cycle has a bill that stands for days of a month."""
    return Bill.objects.filter(
        account__billing_cycle=cycle, is_current=True,
        first_day__gte=month.first_day, first_day__lt=month.next().first_day,
    ).exists()  # fmt: skip


@dataclass(frozen=True)
class BilledDays(Columns):
    """Bills that touch a month, canceled ones too: they count for the serial number of the next."""

    bill_id: Ints
    account_id: Ints
    agreement_id: Ints
    first_day: Ints
    end_day: Ints
    is_current: Ints


def list_billed_days(*, month: Month, account_ids: Sequence[int] | range) -> BilledDays:
    """List the bills of a month of some accounts."""
    params: dict[str, Any] = {"first": month.first_day, "end": month.next().first_day}
    narrowed = _narrow(account_ids, None, params).replace("a.id", "b.account_id")
    return BilledDays.read(
        "SELECT b.id, b.account_id, b.agreement_id, (b.first_day - %(first)s::date)::int8,"
        " (b.end_day - %(first)s::date)::int8, b.is_current::int::int8 FROM billing_bill b"
        f" WHERE b.first_day >= %(first)s AND b.first_day < %(end)s {narrowed} ORDER BY b.account_id, b.id",
        params,  # type: ignore[arg-type]
    )


@dataclass(frozen=True)
class History(Columns):
    """
    What was billed before a month, by agreement; n rows in order of agreement.

    :param year_wh, year_minor: energy that filled annual tiers and money (fen) billed since 1 January.
    :param year_days: days billed since 1 January.
    :param first_billed: days from 1 January to the first bill of the year, -1 where there is none.
    :param held: bills of this year that are held.
    :param last_days, last_minor: days and money of the month before.
    """

    agreement_id: Ints
    year_wh: Ints
    year_minor: Ints
    year_days: Ints
    first_billed: Ints
    held: Ints
    last_days: Ints
    last_minor: Ints


def list_history(*, month: Month, account_ids: Sequence[int] | range) -> History:
    """Sum up what stands on bills before a month."""
    params: dict[str, Any] = {
        "first": month.first_day,
        "year": date(month.year, 1, 1),
        "last": month.previous().first_day,
        "since": min(date(month.year, 1, 1), month.previous().first_day),
    }
    narrowed = _narrow(account_ids, None, params).replace("a.id", "b.account_id")
    return History.read(
        "SELECT b.agreement_id,"
        " coalesce(sum(b.tier_wh) FILTER (WHERE b.first_day >= %(year)s), 0)::int8,"
        " (coalesce(sum(b.charge_total) FILTER (WHERE b.first_day >= %(year)s), 0) * 100)::int8,"
        " coalesce(sum(b.end_day - b.first_day) FILTER (WHERE b.first_day >= %(year)s), 0)::int8,"
        " coalesce(min(b.first_day) FILTER (WHERE b.first_day >= %(year)s) - %(year)s::date, -1)::int8,"
        " count(*) FILTER (WHERE b.status = 'HELD' AND b.first_day >= %(year)s),"
        " coalesce(sum(b.end_day - b.first_day) FILTER (WHERE b.first_day >= %(last)s), 0)::int8,"
        " (coalesce(sum(b.charge_total) FILTER (WHERE b.first_day >= %(last)s), 0) * 100)::int8"
        " FROM billing_bill b"
        f" WHERE b.is_current AND b.first_day >= %(since)s AND b.first_day < %(first)s {narrowed}"
        " GROUP BY b.agreement_id ORDER BY b.agreement_id",
        params,  # type: ignore[arg-type]
    )


def list_agreements_billed_later(*, month: Month, account_ids: Sequence[int] | range) -> Ints:
    """List the agreements that have a bill for a later month of the same year."""
    params: dict[str, Any] = {"end": month.next().first_day, "next": date(month.year + 1, 1, 1)}
    narrowed = _narrow(account_ids, None, params).replace("a.id", "b.account_id")
    sql = (
        "SELECT DISTINCT b.agreement_id FROM billing_bill b WHERE b.is_current AND b.first_day >= %(end)s"
        f" AND b.first_day < %(next)s {narrowed} ORDER BY 1"
    )
    return read_columns(sql, params, [("id", "int8")])["id"]  # type: ignore[arg-type]
