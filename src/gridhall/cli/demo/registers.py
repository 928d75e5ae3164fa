"""What the registers of the county's meters showed: at both ends of every month, and when a meter was exchanged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from gridhall.cli.demo import reads, rows
from gridhall.cli.demo.county import CountyPlan
from gridhall.core.periods import Month, local_midnight, months_between
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Segments


def find_mark(month: Month, end_day: date, points: int) -> Path:
    """Give the file that says that a month's reads are complete, and what they lack: series -> Wh."""
    return settings.DATA_DIR / "demo" / f"reads-{month}-until-{min(end_day, month.next().first_day)}-{points}"


def known_after(day: date) -> datetime:
    """Reads come in an hour after midnight."""
    return local_midnight(day, ZoneInfo(settings.TIME_ZONE)) + timedelta(hours=1)


@dataclass
class Register:
    """One kind of register of all meters: which have it, and what they show now."""

    kind: str
    has_it: NDArray[np.bool_]
    shown: NDArray[np.int64]


def write_registers(store: IntervalStore, plan: CountyPlan, first_day: date, end_day: date, *, at: datetime) -> None:
    """Write what each meter showed at the local midnights between months: the sums of its reads."""
    exchanged = [point for point in plan.points if point.exchange_on]
    registers = _begin(plan, exchanged)
    starts = np.array([point.exchange_on or first_day for point in plan.points] + [first_day] * len(exchanged))
    ends = np.array([date.max] * len(plan.points) + [point.exchange_on for point in exchanged])
    found: list[tuple[Any, ...]] = []

    def note(register: Register, day: date, picked: NDArray[np.bool_]) -> None:
        moment, known_at = local_midnight(day, ZoneInfo(settings.TIME_ZONE)), min(at, known_after(day))
        for series in np.flatnonzero(picked & register.has_it).tolist():
            found.append((series + 1, register.kind, moment, int(register.shown[series]), 0, known_at, "demo"))

    for register in registers:
        note(register, first_day, starts == first_day)
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        last = min(month.next().first_day, end_day)
        _advance(store, month, (last - month.first_day).days, registers)
        for series, lost_wh in json.loads(find_mark(month, end_day, len(plan.points)).read_text()).items():
            registers[0].shown[int(series)] += lost_wh
        inside = [day for day in np.unique(ends[ends < date.max]).tolist() if month.first_day < day < last]
        for register in registers:
            for day in inside:
                note(register, day, ends == day)
                _note_begin(register, day, starts == day, note)
            note(register, last, (starts <= last) & (ends >= last))
    rows.copy_rows(
        "metering_registerreading",
        ("meter_id", "register", "read_at", "value_wh", "quality", "known_at", "source"),
        found,
    )


def _note_begin(register: Register, day: date, picked: NDArray[np.bool_], note: Any) -> None:
    """A new meter begins at zero."""
    note(Register(register.kind, register.has_it, np.zeros_like(register.shown)), day, picked)


def _begin(plan: CountyPlan, exchanged: list[Any]) -> list[Register]:
    """Every meter counts import, those of solar export too, those of enterprises reactive energy too."""
    points = [*plan.points, *exchanged]
    standing = np.random.default_rng(len(plan.points)).integers(0, 4_000_000, len(points)).astype(np.int64)
    standing[[point.index for point in exchanged]] = 0
    everyone = np.ones(len(points), bool)
    solar = np.array([point.pv_kw > 0 for point in points])
    reactive = np.array([point.reactive_ratio > 0 for point in points])
    return [
        Register("IMPORT", everyone, standing),
        Register("EXPORT", solar, standing // 3),
        Register("REACTIVE", reactive, standing // 4),
    ]


def _advance(store: IntervalStore, month: Month, days: int, registers: list[Register]) -> None:
    count = len(registers[0].shown)
    segments = Segments(
        series_id=np.arange(count, dtype=np.int64),
        first_day=np.zeros(count, np.int16),
        end_day=np.full(count, days, np.int16),
        calendar=np.zeros(count, np.int16),
        multiplier=np.ones(count, np.int64),
    )
    found = store.fold_segments(month, segments, np.zeros((1, month.days, reads.SLOTS), np.uint8))
    for register, advance in zip(
        registers, (found.import_energy.sum(1), found.export_energy.sum(1), found.reactive_energy), strict=True
    ):
        register.shown = register.shown + advance
