"""What is exported: whole days of one meter at a time, and how a day is summed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality

SLOT_S = 900
CLOCKS = tuple(f"{slot // 4:02d}:{slot % 4 * 15:02d}" for slot in range(96))


@dataclass(frozen=True, slots=True)
class ExportPart:
    """
    Some days of one meter, ratios applied.

    :param import_wh, export_wh, reactive_varh: int64[D, 96], 0 where missing.
    :param quality: uint8[D, 96], codes of `ReadingQuality`.
    """

    usage_point: str
    meter_serial: str
    first_day: date
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    reactive_varh: NDArray[np.int64]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DayRow:
    """A local day of one meter, Wh and varh; slots by what they are worth."""

    usage_point: str
    meter_serial: str
    day: date
    import_wh: int
    export_wh: int
    reactive_varh: int
    estimated_slots: int
    missing_slots: int

    @property
    def quality(self) -> str:
        """The day in one word: measured, estimated (in part), incomplete or missing."""
        if self.missing_slots >= len(CLOCKS):
            return "missing"
        if self.missing_slots:
            return "incomplete"
        return "estimated" if self.estimated_slots else "measured"


_ESTIMATED = np.array(sorted(int(code) for code in ESTIMATED), np.uint8)


def iter_days(part: ExportPart) -> Iterator[DayRow]:
    """Sum each day of a part up."""
    sums = [values.sum(axis=1).tolist() for values in (part.import_wh, part.export_wh, part.reactive_varh)]
    estimated = np.isin(part.quality, _ESTIMATED).sum(axis=1).tolist()
    missing = (part.quality == ReadingQuality.MISSING).sum(axis=1).tolist()
    for index in range(len(part.quality)):
        yield DayRow(
            part.usage_point, part.meter_serial, part.first_day + timedelta(days=index),
            sums[0][index], sums[1][index], sums[2][index], estimated[index], missing[index],
        )  # fmt: skip


def safe_text(text: str) -> str:
    """
    Give a text that no spreadsheet takes for a formula.

    >>> safe_text("=HYPERLINK(1)"), safe_text("UP0001"), safe_text("-5")
    ("'=HYPERLINK(1)", 'UP0001', "'-5")
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def kwh_text(energy_wh: int) -> str:
    """
    Give watt hours as kilowatt hours with three places.

    >>> kwh_text(1234), kwh_text(5)
    ('1.234', '0.005')
    """
    return f"{energy_wh // 1000}.{energy_wh % 1000:03d}"
