"""The month under way, measured and priced for many accounts at once: what pages find kept (see `kept_months`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.queries.kept_months import MonthFacts, UsedSoFar
from gridhall.apps.billing.queries.looking import one_look
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.apps.billing.queries.tiers import add_up_used
from gridhall.apps.billing.queries.usage import (
    SLOTS,
    DayTable,
    describe_month,
    find_plan,
    find_running_month,
    periods_of,
)
from gridhall.apps.metering import queries as metering
from gridhall.core.fixed_queries import ask_rows
from gridhall.core.periods import Month
from gridhall.engines.rating.determinants import Segments

_LAST_CODES = """
SELECT DISTINCT ON (g.account_id) g.account_id, t.tariff_code
  FROM accounts_agreementterms t JOIN accounts_customeragreement g ON g.id = t.agreement_id
 WHERE g.account_id = ANY(%s::int8[]) AND t.starts_on < %s
 ORDER BY g.account_id, t.starts_on DESC
"""
_BILLED = """
SELECT g.account_id, g.id, g.starts_on, b.energy, b.end_day
  FROM accounts_customeragreement g LEFT JOIN LATERAL (
       SELECT sum(tier_wh)::int8 AS energy, max(end_day) AS end_day FROM billing_bill
        WHERE account_id = g.account_id AND agreement_id = g.id AND is_current AND first_day >= %(year)s) b ON true
 WHERE g.account_id = ANY(%(ids)s::int8[]) AND g.starts_on <= %(day)s AND (g.ends_on IS NULL OR g.ends_on > %(day)s)
"""


def measure(account_ids: Sequence[int], today: date) -> dict[int, MonthFacts]:
    """Measure and price the month of a day for some hundred accounts, whoever looks."""
    ids = sorted(account_ids)
    month = Month.of(today)
    months = [month, month.previous()]
    if today.day <= 3:  # the month before may still be the one that is shown
        months.append(months[-1].previous())
    with one_look():
        tables = {asked: _read_tables(ids, asked) for asked in months}
        running = {key: find_running_month(lambda asked, key=key: tables[asked][key], today) for key in ids}
        amounts = _price(running)
        billed = {row[0]: row[1:] for row in ask_rows(_BILLED, {
            "ids": ids, "day": today, "year": date(today.year, 1, 1)}, is_prepared=False)}  # fmt: skip
    found = {}
    for key in ids:
        shown, done = running[key]
        current = describe_month(tables[shown][key], tables[shown.previous()][key], done, amounts.get(key), today)
        used = _add_up(billed.get(key), today, {asked: tables[asked][key] for asked in months})
        found[key] = MonthFacts(current, used, months[-1].first_day)
    return found


def _add_up(billed: Any, today: date, tables: dict[Month, DayTable]) -> UsedSoFar | None:
    if billed is None:
        return None
    agreement_id, since, energy, end_day = billed
    start = max(end_day or date(today.year, 1, 1), since)
    if Month.of(start) not in tables:  # not billed for long, or ahead: the page measures for itself
        return None
    return add_up_used(agreement_id, int(energy or 0), start, today, tables.__getitem__)


def _price(running: dict[int, tuple[Month, int]]) -> dict[int, Decimal]:
    """Price what is complete, together for those that are complete through the same day."""
    groups = defaultdict(list)
    for key, (month, done) in running.items():
        if done:
            groups[month, done].append(key)
    amounts = {}
    for (month, done), ids in groups.items():
        draft = draft_month(month=month, account_ids=ids, again=True, through_day=done)
        totals = draft.per_bill(draft.total_minor).tolist()
        for key, total in zip(draft.parts.account_id[draft.first_rows].tolist(), totals, strict=True):
            amounts[key] = Decimal(total).scaleb(-2)  # of two agreements the later one stands
    return amounts


def _read_tables(ids: list[int], month: Month) -> dict[int, DayTable]:
    """Fold a month of accounts by day: one look at the store for all."""
    codes = dict(ask_rows(_LAST_CODES, [ids, month.next().first_day], is_prepared=False))
    plans = {code: find_plan(code, month) for code in {codes.get(key) for key in ids}}
    names = list(plans)
    calendars = np.stack(
        [plan.slot_class if plan is not None else np.zeros((month.days, SLOTS), np.uint8) for plan in plans.values()]
    )
    segments = metering.list_segments(month=month, account_ids=ids)
    calendar = np.array([names.index(codes.get(key)) for key in ids], np.int16)
    owner = np.searchsorted(np.array(ids), segments.account_id)
    length = (segments.end_day - segments.first_day).astype(np.int64)
    which = np.repeat(np.arange(len(segments)), length)
    day = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length) + segments.first_day[which]
    order = np.lexsort((day, segments.series_id[which]))
    which, day = which[order], day[order]
    rows = Segments(
        segments.series_id[which], day.astype(np.int16), (day + 1).astype(np.int16), calendar[owner[which]],
        segments.multiplier[which],
    )  # fmt: skip
    found = metering.get_store().fold_segments(month, rows, calendars)
    at = owner[which], day

    def add(values: NDArray) -> NDArray[np.int64]:
        out = np.zeros((len(ids), month.days, *values.shape[1:]), np.int64)
        np.add.at(out, at, values)
        return out

    columns = (
        add(found.import_energy), add(found.export_energy.sum(axis=1)), add(np.full(len(which), SLOTS)),
        add(found.estimated_slots), add(found.missing_slots),
    )  # fmt: skip
    periods = {name: periods_of(plan) for name, plan in plans.items()}
    return {
        key: DayTable(
            month, columns[0][row][:, : len(periods[codes.get(key)])], *(column[row] for column in columns[1:]),
            periods[codes.get(key)],
        )
        for row, key in enumerate(ids)
    }  # fmt: skip
