"""Whole days of many meters into the store: straight where nothing is held yet, read by read where something is."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.actions.imports.leading import MonthDays
from gridhall.apps.metering.queries.store import get_store, read_state
from gridhall.engines.intervals.layout import MONTH_ROWS, SLOTS
from gridhall.engines.intervals.state import MonthState

_LONG_MONTH_DAYS = 20
_MISSING = 255


def find_held(days: MonthDays) -> NDArray[np.bool_]:
    """Tell of which rows the store holds something already."""

    def look(state: MonthState) -> NDArray[np.bool_]:
        held = np.zeros(len(days), bool)
        if not state.manifest.parts and not state.logs:
            return held
        chunks = days.series_id // MONTH_ROWS
        order = np.argsort(chunks, kind="stable")
        found, starts = np.unique(chunks[order], return_index=True)
        late = set(state.touched_chunks().tolist())
        for chunk, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
            has = state.held_days(chunk)
            if chunk in late:
                has |= (state.load_block(chunk).quality != _MISSING).reshape(has.shape[0], -1, SLOTS).any(axis=2)
            held[rows] = has[days.series_id[rows] % MONTH_ROWS, days.day[rows]]
        return held

    return read_state(days.month, look)


def write_untouched(days: MonthDays, *, known_at: datetime) -> None:
    """Write days of which nothing is held: a month shard when it is most of a month, else day shards."""
    store = get_store()
    which = np.unique(days.day)
    ids, row = np.unique(days.series_id, return_inverse=True)
    has_quality = bool(days.quality.any())
    if len(which) >= _LONG_MONTH_DAYS:
        shape = (len(ids), days.month.days, SLOTS)
        is_whole = len(days) == len(ids) * days.month.days
        place = row * days.month.days + days.day
        if is_whole and (np.diff(place) == 1).all():
            channels = [None if one is None else one.reshape(shape) for one in days.channels()]
            quality = days.quality.reshape(shape)
        else:
            channels = [None if one is None else _spread(one, place, shape, 0) for one in days.channels()]
            quality = _spread(days.quality, place, shape, _MISSING)
            has_quality |= not is_whole
        imports = channels[0]
        assert imports is not None
        store.write_month(
            days.month, ids, imports, channels[1], channels[2], quality if has_quality else None, known_at=known_at
        )
        return
    order = np.argsort(days.series_id, kind="stable")
    for day in which.tolist():
        mine = order[days.day[order] == day]
        cut = [None if one is None else np.ascontiguousarray(one[mine]) for one in days.channels()]
        quality = days.quality[mine]
        assert cut[0] is not None
        store.write_days(
            days.month.first_day + timedelta(days=day), days.series_id[mine], cut[0], cut[1], cut[2],
            quality if quality.any() else None, known_at=known_at,
        )  # fmt: skip


def _spread(rows: NDArray, place: NDArray[np.int64], shape: tuple[int, int, int], empty: int) -> NDArray:
    found = np.full((shape[0] * shape[1], SLOTS), empty, rows.dtype)
    found[place] = rows
    return found.reshape(shape)
