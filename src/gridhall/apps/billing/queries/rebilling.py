"""What issued bills would be if they were computed again now, and why they would differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.comparisons import charged_lines
from gridhall.apps.billing.queries.population import Ints
from gridhall.apps.billing.queries.pricing import Carried, MonthDraft, carry_on, draft_month
from gridhall.apps.billing.queries.selecting import select_bills
from gridhall.apps.billing.rules.differences import LABELS, ChargedLine, split_difference
from gridhall.apps.billing.rules.line_groups import group_of
from gridhall.apps.billing.rules.scaling import rescale
from gridhall.core.periods import Month, months_between
from gridhall.engines.rating.explain import decimal_of


@dataclass(frozen=True, slots=True)
class BillChange:
    """What re-billing changes about one bill. `causes` add up to `difference`."""

    account_number: str
    month: Month
    first_day: date
    last_number: str
    charged: Decimal
    charge: Decimal
    difference: Decimal
    energy_kwh_before: Decimal
    energy_kwh_now: Decimal
    causes: list[tuple[str, str, str, Decimal]]  # cause, in Chinese, in English, amount


@dataclass(frozen=True)
class ChangedMonth:
    """The bills of a month that come out differently, and the issued bills that they replace (id 0: none)."""

    draft: MonthDraft
    replaces: Ints
    charged_minor: Ints
    changes: list[BillChange]


@dataclass(frozen=True, slots=True)
class _Issued:
    bill_id: int
    account_id: int
    agreement_id: int
    number: str
    first: int
    end: int
    minor: int
    energy_wh: int


def list_changes(*, account_ids: Sequence[int], first: Month, last: Month, policy: str) -> Iterator[ChangedMonth]:
    """
    Compute the issued months of some accounts again, in order, each with what the months before now come to.

    Months without a change are left out. Only days of accounts that have an issued bill in the month are computed.
    """
    carried: Mapping[int, Carried] | None = None
    for month in months_between(first, last):
        issued = _list_issued(month, account_ids)
        draft = draft_month(month=month, account_ids=account_ids, policy=policy, carried=carried, again=True)
        draft = _standing(draft, issued)
        carried = carry_on(draft)
        found = _compare_month(month, draft, issued)
        if found is not None:
            yield found


def _list_issued(month: Month, account_ids: Sequence[int]) -> list[_Issued]:
    first = month.first_day
    rows = (
        Bill.objects.filter(
            account_id__in=list(account_ids), is_current=True, issued_at__isnull=False,
            first_day__gte=first, first_day__lt=month.next().first_day,
        )
        .order_by("account_id", "first_day")
        .values_list(
            "id", "account_id", "agreement_id", "number", "first_day", "end_day", "charge_total", "energy_wh"
        )
    )  # fmt: skip
    return [
        _Issued(pk, account, agreement, number, (start - first).days, (end - first).days, int(total * 100), energy)
        for pk, account, agreement, number, start, end, total, energy in rows
    ]


def _standing(draft: MonthDraft, issued: list[_Issued]) -> MonthDraft:
    """Keep what stands on issued bills: of the same agreement, or of somebody who is now known not to have held it."""
    days: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for bill in issued:
        days[bill.account_id].append((bill.first, bill.end))
    parts = draft.parts
    keep = np.array(
        [
            any(
                first < int(parts.bill_end[row]) and int(parts.bill_first[row]) < end
                for first, end in days.get(int(parts.account_id[row]), ())
            )
            for row in draft.first_rows.tolist()
        ],
        bool,
    )
    return draft if keep.all() else select_bills(draft, keep)


def _compare_month(month: Month, draft: MonthDraft, issued: list[_Issued]) -> ChangedMonth | None:
    first_rows, parts = draft.first_rows, draft.parts
    by_agreement: dict[int, list[_Issued]] = defaultdict(list)
    for bill in issued:
        by_agreement[bill.agreement_id].append(bill)
    totals = draft.per_bill(draft.total_minor)
    marks, counts = _marks_of_draft(draft)
    stored = _marks_of_bills([bill.bill_id for bill in issued])
    keep = np.zeros(len(first_rows), bool)
    replaces, charged = np.zeros(len(first_rows), np.int64), np.zeros(len(first_rows), np.int64)
    for index, row in enumerate(first_rows.tolist()):
        low, high = int(parts.bill_first[row]), int(parts.bill_end[row])
        mine = by_agreement.get(int(parts.agreement_id[row]), [])
        if len(mine) > 1:
            continue  # billed in pieces: each piece stands until it is canceled
        if mine:
            bill = mine[0]
            same_days = (bill.first, bill.end) == (low, high)
            same = same_days and stored.get(bill.bill_id, (0, 0)) == (int(marks[index]), int(counts[index]))
            keep[index], replaces[index], charged[index] = not same, bill.bill_id, bill.minor
        else:
            keep[index] = True
    if not keep.any():
        return None
    numbers = {bill.bill_id: bill for bill in issued}
    lines = _lines_by_bill(draft)
    changes = [
        _change(month, draft, index, numbers.get(int(replaces[index])), int(totals[index]), lines[index])
        for index in np.flatnonzero(keep).tolist()
    ]
    return ChangedMonth(select_bills(draft, keep), replaces[keep], charged[keep], changes)


_MARKS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)


def _mark(place: Ints, quantity: Ints, price: Ints, amount: Ints) -> np.ndarray:
    """Mix a line into one number, so that bills are compared without laying their lines side by side."""
    columns = [np.asarray(column).astype(np.int64).view(np.uint64) for column in (place, quantity, price, amount)]
    mixed = columns[0] * _MARKS[0]
    for column, factor in zip(columns[1:], _MARKS[1:], strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * factor + column * _MARKS[0]
    return mixed ^ (mixed >> np.uint64(32))


def _marks_of_draft(draft: MonthDraft) -> tuple[np.ndarray, np.ndarray]:
    marks, counts = np.zeros(len(draft.first_rows), np.uint64), np.zeros(len(draft.first_rows), np.int64)
    for block in draft.blocks:
        table = block.table
        bill = draft.bill[block.rows]
        part = block.rows - draft.first_rows[bill]
        for index, spec in enumerate(table.specs):
            quantity = np.asarray(table.quantity[index])
            some = (quantity != 0) | (np.asarray(table.amount_minor[index]) != 0)
            price = spec.price if isinstance(spec.price, np.ndarray) else np.full(len(table), spec.price)
            amount = np.asarray(table.amount_minor[index]) * 10 ** (2 - spec.places)
            mark = _mark(
                part * 1_000 + index,
                rescale(quantity, spec.quantity_scale, 6),
                rescale(price, spec.price_scale, 8),
                amount,
            )
            np.add.at(marks, bill[some], mark[some])
            np.add.at(counts, bill[some], 1)
    return marks, counts


def _marks_of_bills(bill_ids: list[int]) -> dict[int, tuple[int, int]]:
    rows = list(
        BillLine.objects.filter(bill_id__in=bill_ids, part__gte=0).values_list(
            "bill_id", "part", "part_line", "quantity", "price", "amount"
        )
    )
    if not rows:
        return {}
    bill, part, line, quantity, price, amount = zip(*rows, strict=True)
    marks = _mark(
        np.array(part, np.int64) * 1_000 + np.array(line, np.int64),
        np.array([int(value.scaleb(6)) for value in quantity], np.int64),
        np.array([int(value.scaleb(8)) for value in price], np.int64),
        np.array([int(value.scaleb(2)) for value in amount], np.int64),
    )
    ids, which = np.unique(np.array(bill, np.int64), return_inverse=True)
    sums, counts = np.zeros(len(ids), np.uint64), np.bincount(which)
    np.add.at(sums, which, marks)
    return {int(pk): (int(total), int(count)) for pk, total, count in zip(ids, sums, counts, strict=True)}


def _lines_by_bill(draft: MonthDraft) -> dict[int, list[ChargedLine]]:
    found: dict[int, list[ChargedLine]] = defaultdict(list)
    for block in draft.blocks:
        table = block.table
        for place, bill in enumerate(draft.bill[block.rows].tolist()):
            for index, spec in enumerate(table.specs):
                quantity, amount = int(table.quantity[index][place]), int(table.amount_minor[index][place])
                if spec.counts and (quantity or amount):
                    found[bill].append(
                        ChargedLine(
                            spec.code, str(group_of(spec)), spec.unit, decimal_of(quantity, spec.quantity_scale),
                            Decimal(amount).scaleb(-spec.places),
                        )
                    )  # fmt: skip
    return found


def _change(
    month: Month, draft: MonthDraft, index: int, before: _Issued | None, minor: int, lines: list[ChargedLine]
) -> BillChange:
    row = int(draft.first_rows[index])
    old = charged_lines(Bill(pk=before.bill_id)) if before is not None else []
    causes = split_difference(old, lines)
    charged = Decimal(before.minor if before is not None else 0).scaleb(-2)
    charge = Decimal(minor).scaleb(-2)
    energy = int(draft.per_bill(draft.energy_wh)[index])
    return BillChange(
        account_number=f"{int(draft.parts.account_number[row]):013d}",
        month=month,
        first_day=date.fromordinal(month.first_day.toordinal() + int(draft.parts.bill_first[row])),
        last_number=before.number if before is not None else "",
        charged=charged,
        charge=charge,
        difference=charge - charged,
        energy_kwh_before=Decimal(before.energy_wh if before is not None else 0).scaleb(-3),
        energy_kwh_now=Decimal(energy).scaleb(-3),
        causes=[(str(cause), *LABELS[cause], amount) for cause, amount in causes.items()],
    )
