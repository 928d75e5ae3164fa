"""Where days are cut, and how what the meters say is gathered for each stretch. Integers; nothing is rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.rating.determinants import Determinants

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Joined:
    """Stretches x meter segments where they share days: m rows in order of stretch. `part` and `segment` are rows."""

    part: Ints
    segment: Ints
    first_day: NDArray[np.int16]
    end_day: NDArray[np.int16]


def split_at(first: Ints, end: Ints, cuts: dict[int, tuple[int, ...]], key: Ints) -> tuple[Ints, Ints, Ints]:
    """
    Split stretches at the days that belong to their key.

    :param cuts: key -> days at which something changes.
    :returns: row each piece comes from, its first day, its end.

    >>> [column.tolist() for column in split_at(
    ...     np.array([0, 0]), np.array([31, 10]), {7: (10, 20)}, np.array([7, 7]))]
    [[0, 0, 0, 1], [0, 10, 20, 0], [10, 20, 31, 10]]
    """
    rows, firsts, ends = [np.arange(len(first))], [first], [end]
    for value, days in cuts.items():
        for day in days:
            row, low, high = np.concatenate(rows), np.concatenate(firsts), np.concatenate(ends)
            hit = (key[row] == value) & (low < day) & (day < high)
            rows, firsts = [row, row[hit]], [low, np.full(int(hit.sum()), day)]
            ends = [np.where(hit, day, high), high[hit]]
    row, low, high = np.concatenate(rows), np.concatenate(firsts), np.concatenate(ends)
    order = np.lexsort((low, row))
    return row[order], low[order], high[order]


def join_days(
    part_key: Ints, part_first: Ints, part_end: Ints, key: Ints, first: NDArray[np.int16], end: NDArray[np.int16]
) -> Joined:
    """
    Meet stretches with segments of the same key (account) where they share days.

    :param key: of the segments, sorted.
    """
    low, high = np.searchsorted(key, part_key, "left"), np.searchsorted(key, part_key, "right")
    counts = high - low
    part = np.repeat(np.arange(len(part_key)), counts)
    segment = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    starts = np.maximum(part_first[part], first[segment])
    ends = np.minimum(part_end[part], end[segment])
    shared = ends > starts
    return Joined(part[shared], segment[shared], starts[shared].astype(np.int16), ends[shared].astype(np.int16))


def gather(found: Determinants, part: Ints, usage_point: Ints, parts: int) -> Determinants:
    """
    Gather what segments measured for each stretch.

    Energy adds up. The peak of a usage point is the largest of its meters, one after the other; the peaks of several
    usage points add up, because each is metered and contracted by itself.
    """
    if len(part) == parts and np.array_equal(part, np.arange(parts)):
        return found
    peaks, peak_part = found.peak_energy, part
    if len(part):
        order = np.lexsort((usage_point, part))
        point, owner = usage_point[order], part[order]
        starts = np.flatnonzero(np.r_[True, (point[1:] != point[:-1]) | (owner[1:] != owner[:-1])])
        peaks, peak_part = np.maximum.reduceat(found.peak_energy[order], starts, axis=0), owner[starts]
    return Determinants(
        import_energy=_sum(found.import_energy, part, parts),
        export_energy=_sum(found.export_energy, part, parts),
        peak_energy=_sum(peaks, peak_part, parts),
        reactive_energy=_sum(found.reactive_energy, part, parts),
        measured_slots=_sum(found.measured_slots, part, parts),
        estimated_slots=_sum(found.estimated_slots, part, parts),
        missing_slots=_sum(found.missing_slots, part, parts),
        interval_s=found.interval_s,
        units_per_kwh=found.units_per_kwh,
    )


def _sum(values: NDArray, part: Ints, parts: int) -> NDArray:
    out = np.zeros((parts, *values.shape[1:]), values.dtype)
    np.add.at(out, part, values)
    return out


def fill_missing(found: Determinants, rows: NDArray[np.bool_]) -> Determinants:
    """
    Estimate the missing slots of some rows at the average of the slots that are there, class by class in proportion.

    Rows without a single read stay as they are: there is nothing to go by.
    """
    present = (found.measured_slots + found.estimated_slots).astype(np.int64)
    missing = found.missing_slots.astype(np.int64)
    fill = rows & (missing > 0) & (present > 0)
    if not fill.any():
        return found

    def scaled(values: NDArray[np.int64]) -> NDArray[np.int64]:
        out = values.copy()
        have, lack = present[fill], missing[fill]
        shape = (-1,) + (1,) * (values.ndim - 1)
        some = values[fill]
        out[fill] = some + (some * lack.reshape(shape) + have.reshape(shape) // 2) // have.reshape(shape)
        return out

    return Determinants(
        import_energy=scaled(found.import_energy),
        export_energy=scaled(found.export_energy),
        peak_energy=found.peak_energy,
        reactive_energy=scaled(found.reactive_energy),
        measured_slots=found.measured_slots,
        estimated_slots=np.where(fill, found.estimated_slots + found.missing_slots, found.estimated_slots),
        missing_slots=np.where(fill, 0, found.missing_slots).astype(found.missing_slots.dtype),
        interval_s=found.interval_s,
        units_per_kwh=found.units_per_kwh,
    )
