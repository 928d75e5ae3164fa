"""What issued bills would be if they were computed again now, and why they would differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.kinds import BillExceptionKind
from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.comparisons import charged_lines
from gridhall.apps.billing.queries.population import Ints
from gridhall.apps.billing.queries.pricing import Carried, MonthDraft, carry_on, draft_month
from gridhall.apps.billing.queries.selecting import select_bills
from gridhall.apps.billing.rules.differences import LABELS, ChargedLine, split_difference
from gridhall.apps.billing.rules.line_changes import LineChange, pair_lines
from gridhall.apps.billing.rules.line_groups import group_of
from gridhall.apps.billing.rules.scaling import rescale
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
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
    lines: tuple[LineChange, ...] = ()  # charge by charge, where that was asked for


@dataclass(frozen=True)
class StandingBill:
    """A bill that stands for its days of a month (0 is the first, `end` is not included); money in fen."""

    bill_id: int
    account_id: int
    agreement_id: int
    party_id: int
    number: str
    first: int
    end: int
    minor: int
    base_minor: int
    energy_wh: int
    export_wh: int
    tier_wh: int
    is_issued: bool


@dataclass(frozen=True)
class ChangedMonth:
    """
    The bills of a month that come out differently, and the issued bills that they replace (id 0: none).

    :param gone: issued bills of days on which their agreement is now known not to have held; nothing replaces them.
    """

    month: Month
    draft: MonthDraft
    replaces: Ints
    charged_minor: Ints
    changes: list[BillChange]
    gone: list[StandingBill]


_NOT_PRICED = (BillExceptionKind.NO_TERMS, BillExceptionKind.UNPRICEABLE, BillExceptionKind.NO_METER)


def list_changes(
    *,
    account_ids: Sequence[int],
    first: Month,
    last: Month,
    policy: str,
    carried_after: dict[Month, Mapping[int, Carried]] | None = None,
    with_lines: bool = False,
) -> Iterator[ChangedMonth]:
    """
    Compute the issued months of some accounts again, in order, each with what the months before now come to.

    Months without a change are left out. Only days of accounts that have an issued bill in the month are computed.
    What cannot be priced now stays as it was billed.

    :param carried_after: is filled with what each month leaves to the next.
    :param with_lines: tell of each change charge by charge, too.
    """
    carried: Mapping[int, Carried] | None = None
    for month in months_between(first, last):
        standing = _list_standing(month, account_ids)
        issued = [bill for bill in standing if bill.is_issued]
        draft = draft_month(month=month, account_ids=account_ids, policy=policy, carried=carried, again=True)
        unpriced = {finding.agreement_id for finding in draft.findings if finding.kind in _NOT_PRICED}
        draft = _standing(draft, issued)
        priced = set(draft.parts.agreement_id[draft.first_rows].tolist())
        left = [bill for bill in standing if bill.agreement_id not in priced]
        gone = [bill for bill in left if bill.is_issued and bill.agreement_id not in unpriced]
        carried = carry_on(draft)
        if month.month < 12:
            _carry_kept(carried, [bill for bill in left if bill not in gone])
        if carried_after is not None:
            carried_after[month] = carried
        found = _compare_month(month, draft, issued, gone, with_lines)
        if found is not None:
            yield found


def _carry_kept(carried: dict[int, Carried], kept: list[StandingBill]) -> None:
    """Carry what bills hold that are not computed again: drafts, and those that cannot be priced now."""
    for bill in kept:
        before = carried.get(bill.agreement_id, Carried())
        carried[bill.agreement_id] = replace(
            before, year_wh=before.year_wh + bill.tier_wh, year_minor=before.year_minor + bill.base_minor
        )


def _list_standing(month: Month, account_ids: Sequence[int]) -> list[StandingBill]:
    first = month.first_day
    rows = (
        Bill.objects.filter(
            account_id__in=list(account_ids), is_current=True,
            first_day__gte=first, first_day__lt=month.next().first_day,
        )
        .order_by("account_id", "first_day")
        .values_list(
            "id", "account_id", "agreement_id", "party_id", "number", "first_day", "end_day", "charge_total",
            "base_total", "energy_wh", "export_wh", "tier_wh", "issued_at",
        )
    )  # fmt: skip
    return [
        StandingBill(
            *keys, (start - first).days, (end - first).days, int(total * 100), int(base * 100), *energies,
            issued_at is not None,
        )
        for *keys, start, end, total, base, wh, export, tier, issued_at in rows
        for energies in [(wh, export, tier)]
    ]  # fmt: skip


def _standing(draft: MonthDraft, issued: list[StandingBill]) -> MonthDraft:
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


def _compare_month(
    month: Month, draft: MonthDraft, issued: list[StandingBill], gone: list[StandingBill], with_lines: bool
) -> ChangedMonth | None:
    first_rows, parts = draft.first_rows, draft.parts
    by_agreement: dict[int, list[StandingBill]] = defaultdict(list)
    for bill in issued:
        by_agreement[bill.agreement_id].append(bill)
    totals, energy = draft.per_bill(draft.total_minor), draft.per_bill(draft.energy_wh)
    export = draft.per_bill(draft.found.export_energy.sum(axis=1))
    marks, counts = _marks_of_draft(draft)
    stored = _marks_of_bills([bill.bill_id for bill in issued])
    keep = np.zeros(len(first_rows), bool)
    replaces, charged = np.zeros(len(first_rows), np.int64), np.zeros(len(first_rows), np.int64)
    gone = list(gone)
    for index, row in enumerate(first_rows.tolist()):
        days = int(parts.bill_first[row]), int(parts.bill_end[row])
        mine = by_agreement.get(int(parts.agreement_id[row]), [])
        if len(mine) > 1 and _are_pieces_of(mine, days, int(energy[index]), int(export[index])):
            continue
        if mine:
            bill = mine[0]
            same = days == (bill.first, bill.end) and stored.get(bill.bill_id, (0, 0)) == (
                int(marks[index]), int(counts[index]),
            )  # fmt: skip
            keep[index], replaces[index], charged[index] = not same, bill.bill_id, bill.minor
            gone += mine[1:]
        else:
            keep[index] = True
    if not keep.any() and not gone:
        return None
    before = {bill.bill_id: bill for bill in issued}
    numbers = _account_numbers([*parts.account_id[first_rows[keep]].tolist(), *(bill.account_id for bill in gone)])
    lines = _lines_by_bill(draft) if keep.any() else {}
    changes = [
        _change(
            month, draft, index, before.get(int(replaces[index])), int(totals[index]), lines[index], numbers, with_lines
        )
        for index in np.flatnonzero(keep).tolist()
    ]  # fmt: skip
    changes += [_change_of_gone(month, bill, numbers, with_lines) for bill in gone]
    return ChangedMonth(month, select_bills(draft, keep), replaces[keep], charged[keep], changes, gone)


def _are_pieces_of(bills: list[StandingBill], days: tuple[int, int], energy_wh: int, export_wh: int) -> bool:
    """Tell whether bills of one agreement in one month still cover its days with the same energy."""
    edges = [bill.first for bill in bills[1:]] == [bill.end for bill in bills[:-1]]
    return (
        edges
        and (bills[0].first, bills[-1].end) == days
        and sum(bill.energy_wh for bill in bills) == energy_wh
        and sum(bill.export_wh for bill in bills) == export_wh
    )


def _account_numbers(account_ids: list[int]) -> dict[int, str]:
    return dict(CustomerAccount.objects.filter(pk__in=account_ids).values_list("pk", "number"))


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
                            Decimal(amount).scaleb(-spec.places), decimal_of(_at(spec.price, place), spec.price_scale),
                            (spec.label.zh, spec.label.en),
                        )
                    )  # fmt: skip
    return found


def _at(price: int | NDArray[np.int64], place: int) -> int:
    return int(price[place] if isinstance(price, np.ndarray) else price)


def _change(
    month: Month,
    draft: MonthDraft,
    index: int,
    before: StandingBill | None,
    minor: int,
    lines: list[ChargedLine],
    numbers: Mapping[int, str],
    with_lines: bool,
) -> BillChange:
    row = int(draft.first_rows[index])
    old = charged_lines(Bill(pk=before.bill_id)) if before is not None else []
    charged = Decimal(before.minor if before is not None else 0).scaleb(-2)
    charge = Decimal(minor).scaleb(-2)
    return BillChange(
        account_number=numbers[int(draft.parts.account_id[row])],
        month=month,
        first_day=month.first_day + timedelta(days=int(draft.parts.bill_first[row])),
        last_number=before.number if before is not None else "",
        charged=charged,
        charge=charge,
        difference=charge - charged,
        energy_kwh_before=kwh_from_wh(before.energy_wh if before is not None else 0),
        energy_kwh_now=kwh_from_wh(int(draft.per_bill(draft.energy_wh)[index])),
        causes=_causes(old, lines),
        lines=pair_lines(old, lines) if with_lines else (),
    )


def _change_of_gone(month: Month, bill: StandingBill, numbers: Mapping[int, str], with_lines: bool) -> BillChange:
    charged, old = Decimal(bill.minor).scaleb(-2), charged_lines(Bill(pk=bill.bill_id))
    return BillChange(
        account_number=numbers[bill.account_id],
        month=month,
        first_day=month.first_day + timedelta(days=bill.first),
        last_number=bill.number,
        charged=charged,
        charge=Decimal("0.00"),
        difference=-charged,
        energy_kwh_before=kwh_from_wh(bill.energy_wh),
        energy_kwh_now=kwh_from_wh(0),
        causes=_causes(old, []),
        lines=pair_lines(old, []) if with_lines else (),
    )


def _causes(old: list[ChargedLine], new: list[ChargedLine]) -> list[tuple[str, str, str, Decimal]]:
    return [(str(cause), *LABELS[cause], amount) for cause, amount in split_difference(old, new).items()]
