"""Some bills of a draft, as a draft of their own."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.billing.queries import measuring
from gridhall.apps.billing.queries.pricing import MonthDraft, PlanBlock


def select_bills(draft: MonthDraft, keep: NDArray[np.bool_]) -> MonthDraft:
    """Give the draft of some bills only. :param keep: bool[bills]."""
    part_kept = keep[draft.bill]
    new_row = np.cumsum(part_kept) - 1
    new_bill = np.cumsum(keep) - 1
    agreements = set(draft.parts.agreement_id[draft.first_rows[keep]].tolist())
    blocks = []
    for block in draft.blocks:
        mine = part_kept[block.rows]
        if mine.any():
            blocks.append(_select_block(block, np.flatnonzero(mine), new_row[block.rows[mine]]))
    return replace(
        draft,
        parts=draft.parts.take(part_kept),
        bill=new_bill[draft.bill[part_kept]],
        first_rows=new_row[draft.first_rows[keep]],
        found=measuring.take(draft.found, part_kept),
        blocks=blocks,
        findings=[finding for finding in draft.findings if finding.agreement_id in agreements],
        total_minor=draft.total_minor[part_kept],
        base_minor=draft.base_minor[part_kept],
        tier_wh=draft.tier_wh[part_kept],
    )


def _select_block(block: PlanBlock, which: NDArray[np.intp], rows: NDArray[np.int64]) -> PlanBlock:
    table = block.table
    specs = tuple(
        replace(spec, price=spec.price[which]) if isinstance(spec.price, np.ndarray) else spec for spec in table.specs
    )
    kept = replace(
        table,
        specs=specs,
        quantity=table.quantity[:, which],
        amount_minor=table.amount_minor[:, which],
        total_minor=table.total_minor[which],
        before_minimum_minor=table.before_minimum_minor[which],
        credit_minor=_take(table.credit_minor, which),
        credit_energy=_take(table.credit_energy, which),
    )
    return PlanBlock(block.document_id, block.plan, rows, _take_columns(block.terms, which), kept)


def _take(column: Any, which: NDArray[np.intp]) -> Any:
    return column[which] if isinstance(column, np.ndarray) else column


def _take_columns(record: Any, which: NDArray[np.intp]) -> Any:
    assert is_dataclass(record) and not isinstance(record, type)
    changes = {
        item.name: getattr(record, item.name)[which]
        for item in fields(record)
        if isinstance(getattr(record, item.name), np.ndarray)
    }
    return replace(record, n=len(which), **changes)
