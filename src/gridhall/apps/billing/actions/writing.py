"""Priced months into tables by binary COPY: bills, what they were computed from, lines, and what to look at."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import IntegrityError, connection
from numpy.typing import NDArray

from gridhall.apps.billing.kinds import BillExceptionKind, BillKind, BillRunKind, BillStatusKind
from gridhall.apps.billing.models import BillCycle, BillException, BillRunChunk, Charge
from gridhall.apps.billing.queries.metered import Finding
from gridhall.apps.billing.queries.population import Ints
from gridhall.apps.billing.queries.pricing import MonthDraft, PlanBlock
from gridhall.apps.billing.queries.reviewing import review_bills
from gridhall.apps.billing.rules.copy_format import HEADER, TRAILER, Column, encode_body
from gridhall.apps.billing.rules.line_groups import group_of
from gridhall.apps.billing.rules.scaling import rescale
from gridhall.core.errors import BusinessError
from gridhall.engines.rating.plan import LineSpec
from gridhall.engines.rating.terms import Terms

_SETTLED_BY_OTHERS = (BillExceptionKind.TIERS_TO_SETTLE, BillExceptionKind.LATER_MONTH_BILLED)
_MADE_BY_ANOTHER = ("a_day_is_billed_once", "bill_number_once")
QUANTITY_PLACES, PRICE_PLACES = 6, 8


class UnableToWriteBills(BusinessError):
    """The bills were not written; what they stand on has changed."""


class ChargeBook:
    """The ids of the words on bill lines, read once a run; new words are kept as they come."""

    def __init__(self) -> None:
        names = ("code", "label", "label_en", "unit", "group", "counts")
        self._ids = {row[:-1]: row[-1] for row in Charge.objects.values_list(*names, "id")}

    def id_of(self, spec: LineSpec) -> int:
        """Give the id of the words of a line."""
        return self.id_of_words(spec.code, spec.label.zh, spec.label.en, spec.unit, str(group_of(spec)), spec.counts)

    def id_of_already_billed(self) -> int:
        """Give the id of the words of the line that takes off what was billed before."""
        return self.id_of_words("already_billed", "已出账电费", "Already billed", "", "CREDIT", True)

    def id_of_words(self, code: str, label: str, label_en: str, unit: str, group: str, counts: bool) -> int:
        """Give the id of words, keeping them if they are new."""
        key = (code, label, label_en, unit, group, counts)
        if key not in self._ids:
            row, _ = Charge.objects.get_or_create(
                code=code, label=label, label_en=label_en, unit=unit, group=group, counts=counts
            )
            return row.pk  # not remembered: the transaction that kept it may still be taken back
        return self._ids[key]


@dataclass(frozen=True)
class Adjustments:
    """
    For re-bills, by bill of the draft: which bill is replaced, and what was charged for its days before.

    :param replaces: ids, 0 for none. :param charged_minor: fen.
    """

    replaces: Ints
    charged_minor: Ints


@dataclass(frozen=True)
class Lines:
    """Bill lines as columns: m rows in order of bill, part and line."""

    bill: Ints
    part: Ints
    part_line: Ints
    charge: Ints
    quantity: Ints
    price: Ints
    amount: Ints
    position: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def lines_of_draft(draft: MonthDraft, charges: ChargeBook) -> Lines:
    """Lay out the lines of a draft that are not nothing."""
    pieces = [_lines_of_block(draft, block, charges) for block in draft.blocks]
    columns = [np.concatenate(column) for column in zip(*pieces, strict=True)] or [np.zeros(0, np.int64)] * 7
    order = np.lexsort((columns[2], columns[1], columns[0]))
    bill = columns[0][order]
    starts = np.searchsorted(bill, bill, "left")
    return Lines(*(column[order] for column in columns), position=np.arange(len(bill)) - starts + 1)


def _lines_of_block(draft: MonthDraft, block: PlanBlock, charges: ChargeBook) -> tuple[Ints, ...]:
    table = block.table
    some = (table.quantity != 0) | (table.amount_minor != 0)
    which, row = np.nonzero(some)
    quantity, price, amount = (np.zeros(len(row), np.int64) for _ in range(3))
    charge = np.zeros(len(row), np.int64)
    for index, spec in enumerate(table.specs):
        mine = which == index
        if not mine.any():
            continue
        charge[mine] = charges.id_of(spec)
        quantity[mine] = rescale(table.quantity[index][row[mine]], spec.quantity_scale, QUANTITY_PLACES)
        price_column = spec.price if isinstance(spec.price, np.ndarray) else np.full(len(table), spec.price)
        price[mine] = rescale(price_column[row[mine]], spec.price_scale, PRICE_PLACES)
        amount[mine] = table.amount_minor[index][row[mine]] * 10 ** (2 - spec.places)
    part = block.rows[row]
    bill = draft.bill[part]
    return bill, part - draft.first_rows[bill], which.astype(np.int64), charge, quantity, price, amount


def write_draft(
    *,
    draft: MonthDraft,
    chunk: BillRunChunk,
    cycle: BillCycle,
    charges: ChargeBook,
    at: datetime,
    adjustments: Adjustments | None = None,
) -> int:
    """Write the bills of a draft; give how many."""
    count = len(draft.first_rows)
    first = draft.first_rows
    ids = _new_ids("billing_bill", count)
    total = draft.per_bill(draft.total_minor)
    findings = [*draft.findings, *review_bills(draft, total, cycle)]
    if chunk.run.kind != BillRunKind.REGULAR:  # re-bills and closings settle these themselves
        findings = [finding for finding in findings if finding.kind not in _SETTLED_BY_OTHERS]
    holding = [finding.agreement_id for finding in findings if finding.holds]
    held = np.isin(draft.parts.agreement_id[first], holding) if holding else np.zeros(count, bool)
    _write_bills(draft, chunk, ids, total, held, at, adjustments)
    _write_parts(draft, ids)
    _write_lines(lines_of_draft(draft, charges), ids, charges, adjustments)
    _write_exceptions(findings, chunk, dict(zip(draft.parts.agreement_id[first].tolist(), ids.tolist(), strict=True)))
    return count


def _new_ids(table: str, count: int) -> Ints:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return np.array([row[0] for row in cursor.fetchall()], np.int64)


def _copy(table: str, bodies: list[tuple[list[Column], int]]) -> None:
    bodies = [body for body in bodies if body[1]]
    if not bodies:
        return
    names = ", ".join(f'"{column.name}"' for column in bodies[0][0])
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT BINARY)') as copy,
    ):
        copy.write(HEADER)
        for columns, rows in bodies:
            copy.write(encode_body(columns, rows))
        copy.write(TRAILER)


def _mrids(count: int, at: datetime) -> NDArray[Any]:
    """Make UUIDs version 7 for n rows (RFC 9562, 5.7)."""
    data = np.frombuffer(secrets.token_bytes(16 * count), np.uint8).reshape(count, 16).copy()
    stamp = int(at.timestamp() * 1000).to_bytes(6, "big")
    data[:, :6] = np.frombuffer(stamp, np.uint8)
    data[:, 6] = data[:, 6] & 0x0F | 0x70
    data[:, 8] = data[:, 8] & 0x3F | 0x80
    return data.view("V16").reshape(count)


def _numbers(draft: MonthDraft, first: Ints) -> NDArray[np.bytes_]:
    """Number bills: month, account number in 13 digits, serial of the account in this month."""
    account = draft.parts.account_id[first]
    serial = np.arange(len(account)) - np.searchsorted(account, account, "left") + 1
    if draft.billed is not None and len(draft.billed):
        serial = serial + np.searchsorted(draft.billed.account_id, account, "right")
        serial = serial - np.searchsorted(draft.billed.account_id, account, "left")
    prefix = f"{draft.month.year:04d}{draft.month.month:02d}"
    numbers = draft.parts.account_number[first].tolist()
    return np.array([f"{prefix}{number:013d}{place:02d}" for number, place in zip(numbers, serial, strict=True)], "S")


def _write_bills(
    draft: MonthDraft,
    chunk: BillRunChunk,
    ids: Ints,
    total: Ints,
    held: NDArray[np.bool_],
    at: datetime,
    adjustments: Adjustments | None,
) -> None:
    parts, first, found, count = draft.parts, draft.first_rows, draft.found, len(ids)
    if not count:
        return
    start = draft.month.first_day.toordinal()
    closes = (parts.closes[first] == 1).astype(int)
    kind: Any = np.array([BillKind.REGULAR.encode(), BillKind.CLOSING.encode()])[closes]
    status = np.array([BillStatusKind.DRAFT.encode(), BillStatusKind.HELD.encode()])[held.astype(int)]
    replaces = np.zeros(count, np.int64)
    amount = total
    if adjustments is not None:
        kind, replaces, amount = BillKind.REBILL.encode(), adjustments.replaces, total - adjustments.charged_minor
    estimated = draft.per_bill(found.estimated_slots)
    columns = [
        Column("id", "int8", ids),
        Column("mrid", "uuid", _mrids(count, at)),
        Column("number", "text", _numbers(draft, first)),
        Column("run_id", "int8", chunk.run_id),
        Column("chunk_id", "int8", chunk.pk),
        Column("account_id", "int8", parts.account_id[first]),
        Column("agreement_id", "int8", parts.agreement_id[first]),
        Column("party_id", "int8", parts.party_id[first]),
        Column("kind", "text", kind),
        Column("status", "text", status),
        # An adjustment takes the place of the bill it replaces only when it is issued.
        Column("is_current", "bool", adjustments is None),
        Column("first_day", "date", parts.bill_first[first] + start),
        Column("end_day", "date", parts.bill_end[first] + start),
        Column("energy_wh", "int8", draft.per_bill(draft.energy_wh)),
        Column("export_wh", "int8", draft.per_bill(found.export_energy.sum(axis=1))),
        Column("tier_wh", "int8", draft.per_bill(draft.tier_wh)),
        Column("charge_total", "numeric:2", total),
        Column("base_total", "numeric:2", draft.per_bill(draft.base_minor)),
        Column("amount", "numeric:2", amount),
        Column("is_estimated", "bool", estimated > 0),
        Column("measured_slots", "int4", draft.per_bill(found.measured_slots)),
        Column("estimated_slots", "int4", estimated),
        Column("missing_slots", "int4", draft.per_bill(found.missing_slots)),
        Column("replaces_id", "int8", replaces, nulls=replaces == 0),
        Column("drafted_at", "timestamptz", at),
    ]
    try:
        _copy("billing_bill", [(columns, count)])
    except IntegrityError as refused:
        if not any(name in str(refused) for name in _MADE_BY_ANOTHER):
            raise
        raise UnableToWriteBills(
            f"Other bills for days of {draft.month} were made at this moment; do the same again.", code="made-meanwhile"
        ) from None


def _write_parts(draft: MonthDraft, ids: Ints) -> None:
    start = draft.month.first_day.toordinal()
    bodies = []
    for block in draft.blocks:
        rows, terms, table, classes = block.rows, block.terms, block.table, block.plan.class_count
        bill, found, count = draft.bill[rows], draft.found, len(rows)
        empty = np.zeros((count, 0), np.int64)
        credit = terms.credit_energy if terms.credit_energy is not None else empty
        carried = table.credit_energy if table.credit_energy is not None else empty
        left = table.credit_minor if table.credit_minor is not None else 0
        columns = [
            Column("bill_id", "int8", ids[bill]),
            Column("position", "int2", rows - draft.first_rows[bill]),
            Column("first_day", "date", draft.parts.first_day[rows] + start),
            Column("end_day", "date", draft.parts.end_day[rows] + start),
            Column("tariff_document_id", "int8", block.document_id),
            Column("import_wh", "int8[]", found.import_energy[rows, :classes]),
            Column("export_wh", "int8[]", found.export_energy[rows, :classes]),
            Column("peak_wh", "int8[]", found.peak_energy[rows, :classes]),
            Column("reactive_varh", "int8", found.reactive_energy[rows]),
            Column("contract_capacity_va", "int8", terms.capacity_va),
            Column("contract_demand_w", "int8", terms.contract_demand_w),
            Column("demand_basis", "int2", terms.demand_basis),
            Column("household_size", "int2", terms.household_size),
            Column("household_by_month", "int8[]", _households(terms, count)),
            Column("social", "int2", draft.parts.social[rows]),
            Column("power_factor_standard_percent", "int2", terms.power_factor_standard),
            Column("year_months", "int2", terms.year_months),
            Column("year_to_date_wh", "int8", terms.year_to_date),
            Column("month_to_date_wh", "int8", terms.month_to_date),
            Column("credit_wh", "int8[]", credit),
            Column("credit_minor", "int8", terms.credit_minor),
            Column("carried_wh", "int8[]", carried),
            Column("carried_minor", "int8", left),
            Column("year_amount_minor", "int8", terms.year_amount_minor),
            Column("measured_slots", "int4", found.measured_slots[rows]),
            Column("estimated_slots", "int4", found.estimated_slots[rows]),
            Column("missing_slots", "int4", found.missing_slots[rows]),
        ]
        bodies.append((columns, count))
    _copy("billing_billpart", bodies)


def _households(terms: Terms, count: int) -> NDArray[np.int64]:
    """Give people by month; nothing where no row of the block has them."""
    by_month = terms.household_by_month
    return np.zeros((count, 0), np.int64) if by_month is None else by_month.astype(np.int64)


def _write_lines(lines: Lines, ids: Ints, charges: ChargeBook, adjustments: Adjustments | None) -> None:
    bodies = [(_line_columns(lines, ids), len(lines.bill))]
    if adjustments is not None:
        replaced = np.flatnonzero(adjustments.replaces > 0)
        words = charges.id_of_already_billed()
        count, zero = len(replaced), np.zeros(len(replaced), np.int64)
        charged = -adjustments.charged_minor[replaced]
        credit = Lines(
            bill=replaced, part=zero - 1, part_line=zero, charge=zero + words, quantity=zero + 10**QUANTITY_PLACES,
            price=charged * 10 ** (PRICE_PLACES - 2), amount=charged,
            position=np.bincount(lines.bill, minlength=len(ids))[replaced] + 1,
        )  # fmt: skip
        bodies.append((_line_columns(credit, ids), count))
    _copy("billing_billline", bodies)


def _line_columns(lines: Lines, ids: Ints) -> list[Column]:
    return [
        Column("bill_id", "int8", ids[lines.bill] if len(ids) else lines.bill),
        Column("position", "int2", lines.position),
        Column("part", "int2", lines.part),
        Column("part_line", "int2", lines.part_line),
        Column("charge_id", "int8", lines.charge),
        Column("quantity", f"numeric:{QUANTITY_PLACES}", lines.quantity),
        Column("price", f"numeric:{PRICE_PLACES}", lines.price),
        Column("amount", "numeric:2", lines.amount),
    ]


def _write_exceptions(findings: list[Finding], chunk: BillRunChunk, bills: dict[int, int]) -> None:
    BillException.objects.bulk_create(
        [
            BillException(
                run_id=chunk.run_id,
                account_id=finding.account_id,
                bill_id=bills.get(finding.agreement_id),
                kind=BillExceptionKind(finding.kind),
                holds=finding.holds,
                detail=finding.detail[:300],
            )
            for finding in findings
        ],
        batch_size=2_000,
    )
