"""One validation failure with its curve: the days around it, what is doubted, and what could stand in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from gridhall.apps.metering import actions, queries
from gridhall.interfaces.console import words_metering
from gridhall.interfaces.shared.charts.curve import Band, Curve, draw_curve
from gridhall.interfaces.shared.word_tables import get_word

SLOTS, MISSING, SUSPECT = 96, 255, 20
EPOCH = date(1970, 1, 1)
MOST_DAYS = 5
MOST_LINES = 192


@dataclass(frozen=True, slots=True)
class Way:
    """A way to estimate: its method, its word, and the energy it would put there."""

    method: str
    word: Any
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One quarter hour of the stretch for the table: what was read and what is suggested."""

    at: datetime
    read_kwh: str
    quality: Any
    suggested_kwh: str


class FindingSheet:
    """What the page of a failure shows."""

    def __init__(self, finding: Any, *, is_large: bool = False) -> None:
        self.finding = finding
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.view = queries.view_finding(finding, self.zone)
        self.is_large = is_large
        last_day = (self.view.end_at - timedelta(microseconds=1)).date()
        self.first_day = self.view.start_at.date() - timedelta(days=1)
        self.end_day = min(last_day + timedelta(days=2), self.first_day + timedelta(days=MOST_DAYS))
        self.is_cut = self.end_day < last_day + timedelta(days=1)

    @property
    def is_open(self) -> bool:
        """Whether it waits."""
        return bool(self.finding.status == "OPEN")

    @cached_property
    def suggestions(self) -> list[actions.Suggestion]:
        """What could stand there, the suggested first; nothing once it is settled."""
        return actions.list_suggestions(finding=self.finding) if self.is_open else []

    @property
    def ways(self) -> list[Way]:
        """The methods with their energies."""
        return [
            Way(one.method, get_word(words_metering.METHODS, one.method), Decimal(int(one.import_wh.sum())) / 1000)
            for one in self.suggestions
        ]

    @cached_property
    def reads(self) -> Any:
        """The reads of the days shown, as known now."""
        return queries.read_as_of(meter=self.finding.meter, first_day=self.first_day, end_day=self.end_day)

    @property
    def _first_slot(self) -> int:
        return (self.first_day - EPOCH).days * SLOTS

    def _place(self, moment: datetime) -> int:
        local = moment.astimezone(self.zone)
        return (local.date() - self.first_day).days * SLOTS + local.hour * 4 + local.minute // 15

    @cached_property
    def stretch(self) -> tuple[int, int]:
        """The doubted slots [first, end) among those shown."""
        most = (self.end_day - self.first_day).days * SLOTS
        return self._place(self.view.start_at), min(self._place(self.view.end_at), most)

    @cached_property
    def suggested(self) -> list[float | None]:
        """The suggested estimate slot by slot; None outside the stretch."""
        values: list[float | None] = [None] * ((self.end_day - self.first_day).days * SLOTS)
        if self.suggestions:
            best = self.suggestions[0]
            for offset, value in enumerate(best.import_wh.tolist()):
                place = best.first_slot - self._first_slot + offset
                if 0 <= place < len(values):
                    values[place] = value / 1000
        return values

    def draw(self) -> SafeString:
        """Draw the curve of the days around, the suggestion beside it, the stretch marked along the foot."""
        codes = self.reads.quality.reshape(-1)
        energy = self.reads.import_wh.reshape(-1) / 1000
        values = [None if code == MISSING else float(value) for value, code in zip(energy, codes, strict=True)]
        labels, titles = [], []
        for slot in range(len(values)):
            day = self.first_day + timedelta(days=slot // SLOTS)
            clock = f"{slot % SLOTS // 4:02d}:{slot % 4 * 15:02d}"
            labels.append(f"{day:%m-%d}" if slot % SLOTS == 0 else clock if slot % 24 == 0 else "")
            read = gettext("缺") if values[slot] is None else f"{values[slot]:.3f} kWh"
            titles.append(f"{day:%m-%d} {clock} · {read}")
        estimated = ((codes >= 10) & (codes < SUSPECT)).tolist()
        curves = [Curve("total", values, is_area=True, estimated=estimated)]
        if self.suggestions:
            curves.append(Curve("export", self.suggested, is_dashed=True))
        bands = [Band(*self.stretch, "peak")]
        place = 0
        for is_suspect, group in groupby((codes == SUSPECT).tolist()):
            count = len(list(group))
            if is_suspect:
                bands.append(Band(place, place + count, "sharp"))
            place += count
        return draw_curve(curves, labels=labels, titles=titles, bands=bands, is_large=self.is_large)

    @property
    def lines(self) -> list[Line]:
        """The quarter hours of the stretch, the first two days of it."""
        first, end = self.stretch
        energy, codes = self.reads.import_wh.reshape(-1), self.reads.quality.reshape(-1)
        start = datetime.combine(self.first_day, datetime.min.time())
        found = []
        for slot in range(first, min(end, first + MOST_LINES)):
            code, value = int(codes[slot]), self.suggested[slot]
            found.append(
                Line(
                    start + timedelta(minutes=15 * slot), "–" if code == MISSING else f"{energy[slot] / 1000:.3f}",
                    words_metering.QUALITIES.get(code, code), "–" if value is None else f"{value:.3f}",
                )
            )  # fmt: skip
        return found

    @property
    def known_kwh(self) -> Decimal | None:
        """The energy of the stretch as it stands now; None where nothing is known."""
        first, end = self.stretch
        there = self.reads.quality.reshape(-1)[first:end] != MISSING
        if self.is_cut or not there.any():
            return None
        return Decimal(int(np.where(there, self.reads.import_wh.reshape(-1)[first:end], 0).sum())) / 1000
