"""A day of a meter with the six before it, and every version in which the day was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from gridhall.apps.metering import queries
from gridhall.interfaces.console import words_metering
from gridhall.interfaces.shared.charts.curve import Curve, draw_curve

SLOTS, MISSING, SUSPECT, SHOWN_DAYS = 96, 255, 20, 7


@dataclass(frozen=True, slots=True)
class Version:
    """The day as it was known from a moment on: how many quarter hours changed, its energy, its kinds of reads."""

    known_at: datetime
    changed: int
    energy_kwh: Decimal
    missing: int
    kinds: list[Any]
    counts: bool


class MeterDays:
    """What the page of a meter shows of its reads."""

    def __init__(self, meter: Any, day: date) -> None:
        self.meter, self.day = meter, day
        self.first_day = day - timedelta(days=SHOWN_DAYS - 1)
        self.before = self.first_day - timedelta(days=1)
        self.after = day + timedelta(days=SHOWN_DAYS)

    @cached_property
    def reads(self) -> Any:
        """The reads of the seven days as known now."""
        return queries.read_as_of(
            meter=self.meter, first_day=self.first_day, end_day=self.day + timedelta(days=1)
        )  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read in these days."""
        return bool((self.reads.quality == MISSING).all())

    def draw(self) -> SafeString:
        """Draw the seven days by the hour."""
        shape = (SHOWN_DAYS * 24, 4)
        codes, energy = self.reads.quality.reshape(shape), self.reads.import_wh.reshape(shape)
        values: list[float | None] = []
        labels, titles = [], []
        for hour in range(SHOWN_DAYS * 24):
            is_known = not (codes[hour] == MISSING).any()
            values.append(float(energy[hour].sum()) / 1000 if is_known else None)
            day = self.first_day + timedelta(days=hour // 24)
            labels.append(f"{day:%m-%d}" if hour % 24 == 0 else "")
            read = f"{values[-1]:.3f} kWh" if is_known else gettext("缺")
            titles.append(f"{day:%m-%d} {hour % 24:02d}:00 · {read}")
        estimated = ((codes >= 10) & (codes < SUSPECT)).any(axis=1).tolist()
        return draw_curve([Curve("total", values, is_area=True, estimated=estimated)], labels=labels, titles=titles)

    @cached_property
    def versions(self) -> list[Version]:
        """Every version of the day, the newest first; the first one counts."""
        found = []
        for one in queries.list_read_versions(meter=self.meter, day=self.day):
            there = one.quality != MISSING
            kinds = [words_metering.QUALITIES.get(int(code), code) for code in np.unique(one.quality[there])]
            energy = Decimal(int(one.import_wh[there].sum())) / 1000
            found.append(
                Version(one.known_at, int(one.changed.sum()), energy, SLOTS - int(there.sum()), kinds, counts=False)
            )
        found.reverse()
        if found:
            last = found[0]
            found[0] = Version(last.known_at, last.changed, last.energy_kwh, last.missing, last.kinds, counts=True)
        return found
