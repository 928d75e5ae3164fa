"""Made-up loads like the measured homes: standby, a shape of the day, appliances, noise; some firms, some solar."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.store import IntervalStore

MONTH = Month(2026, 1)
KNOWN_AT = datetime(2026, 2, 1, tzinfo=UTC)
BATCH = 8_192
FIRM, SOLAR = 0.06, 0.05
BASE_METERS = 4_096
_VERSION = 4


@numba.njit(nogil=True, cache=True)
def _fill(seed, imports, exports, reactives):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    for row in range(imports.shape[0]):
        level = np.exp(np.random.normal(5.0, 0.95))
        standby = np.exp(np.random.normal(3.3, 0.8))
        is_firm = np.random.random() < FIRM
        has_solar = np.random.random() < SOLAR
        if is_firm:
            level *= 6.0
        events = np.random.uniform(0.008, 0.05)
        left = 0
        power = 0.0
        drift = 1.0
        for day in range(imports.shape[1]):
            busy = np.random.uniform(0.7, 1.3)
            sun = np.random.uniform(0.1, 1.0)
            for slot in range(96):
                hour = slot / 4.0
                if is_firm:
                    shape = 1.0 if 8.0 <= hour < 18.0 and day % 7 < 5 else 0.25
                else:
                    shape = 0.25 + 0.5 * np.exp(-((hour - 7.5) ** 2) / 3.0) + 1.1 * np.exp(-((hour - 19.5) ** 2) / 6.0)
                drift = 0.9 * drift + 0.1 * np.random.uniform(0.4, 1.6)
                if left == 0 and np.random.random() < events * shape:
                    left = np.random.randint(1, 7)
                    power = np.random.uniform(150.0, 2000.0)
                extra = power * np.random.uniform(0.75, 1.0) if left > 0 else 0.0
                left = max(left - 1, 0)
                load = standby + level * shape * busy * drift * np.random.uniform(0.85, 1.15) + extra
                if has_solar:
                    made = 900.0 * sun * max(0.0, 1.0 - ((hour - 12.5) / 5.0) ** 2) * np.random.uniform(0.8, 1.0)
                    exports[row, day, slot] = np.int32(max(made - load, 0.0))
                    load = max(load - made, 0.0)
                imports[row, day, slot] = np.int32(load)
                if is_firm:
                    reactives[row, day, slot] = np.int32(load * np.random.uniform(0.3, 0.5))


@numba.njit(nogil=True, cache=True)
def _vary(seed, base, used, out):  # type: ignore[no-untyped-def]
    """Make meters out of base meters: other days first, everything larger or smaller."""
    np.random.seed(seed)
    kinds, days = base[0].shape[:2]
    for row in range(out[0].shape[0]):
        origin = np.random.randint(0, kinds)
        shift = 7 * np.random.randint(0, 4)
        factor = np.float32(np.random.uniform(0.6, 1.7))
        for channel in range(3):
            if not used[channel, origin]:
                out[channel][row] = 0
                continue
            for day in range(out[0].shape[1]):
                source = base[channel][origin, (day + shift) % days]
                target = out[channel][row, day]
                for slot in range(96):
                    target[slot] = np.int32(source[slot] * factor)


@functools.cache
def _base() -> tuple[NDArray, NDArray, NDArray]:
    found = tuple(np.zeros((BASE_METERS, MONTH.days, 96), np.int32) for _ in range(3))

    def one(at: int) -> None:
        _fill(1_000_003 + at, *(matrix[at : at + 512] for matrix in found))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(0, BASE_METERS, 512)))
    return found  # type: ignore[return-value]


def make_loads(
    first: int, count: int, days: int = MONTH.days, out: tuple[NDArray, ...] | None = None
) -> tuple[NDArray, NDArray, NDArray]:
    """
    Give import, export and reactive int32[count, days, 96] of the series from `first` on; always the same ones.

    :param out: room to fill instead of new memory.
    """
    found = out or tuple(np.empty((count, days, 96), np.int32) for _ in range(3))
    found = tuple(matrix[:count] for matrix in found)
    base = _base()
    used = np.stack([matrix.any(axis=(1, 2)) for matrix in base])

    def one(at: int) -> None:
        _vary(2_000_003 + first + at, base, used, tuple(matrix[at : at + 512] for matrix in found))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(0, count, 512)))
    return found  # type: ignore[return-value]


def month_store(folder: Path, meters: int) -> IntervalStore:
    """Give a store with a month of `meters` meters; made once, kept."""
    root = folder / f"store-{_VERSION}-{meters}"
    store = IntervalStore(root)
    done = root / "complete"
    if not done.exists():
        room = tuple(np.empty((BATCH, MONTH.days, 96), np.int32) for _ in range(3))
        for first in range(0, meters, BATCH):
            imports, exports, reactives = make_loads(first, min(BATCH, meters - first), out=room)
            store.write_month(MONTH, first, imports, exports, reactives, known_at=KNOWN_AT)
        done.touch()
    return store


def year_store(folder: Path, meters: int) -> IntervalStore:
    """
    Give a store with daily sums of twelve months of `meters` meters; made once, kept.

    All energy of a day stands in one slot: the daily sums are as large as real ones, the reads take little room.
    """
    root = folder / f"year-{_VERSION}-{meters}"
    store = IntervalStore(root)
    done = root / "complete"
    if not done.exists():
        rng = np.random.default_rng(5)
        for number in range(1, 13):
            month = Month(2025, number)
            reads = np.zeros((BATCH, month.days, 96), np.int32)
            reads[:, :, 40] = rng.gamma(2.0, 4_000.0, (BATCH, month.days))
            for first in range(0, meters, BATCH):
                store.write_month(month, first, reads[: min(BATCH, meters - first)], known_at=KNOWN_AT)
        done.touch()
    return store


def shard_files(store: IntervalStore, meters: int, month: Month = MONTH) -> list[Path]:
    """List the shard files that hold the first `meters` meters."""
    parts = store.state(month).manifest.parts
    return [store.folder(month) / part.name for part in parts if part.first_series < meters]
