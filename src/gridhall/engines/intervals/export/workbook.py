"""Reads as a workbook: rows written one after the other, never all in memory; no cell is a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from gridhall.engines.intervals.export.parts import SLOT_S, ExportPart, iter_days
from gridhall.engines.intervals.quality import ReadingQuality

MOST_ROWS = 1_048_575
"""So many rows a sheet holds below its heading."""


@dataclass(frozen=True, slots=True)
class WorkbookWords:
    """What stands in the workbook in the reader's language; `about` are (name, value) of the second sheet."""

    sheet: str
    about_sheet: str
    headings: Sequence[str]
    qualities: dict[str, str]
    about: Sequence[tuple[str, str]]


def write_workbook(path: Path, parts: Iterable[ExportPart], words: WorkbookWords, *, daily: bool) -> int:
    """
    Write a workbook; gives the number of rows.

    :param words: headings of point, meter, start (or day), kWh, fed-in kWh, kvarh, quality; of days also estimated and
        missing slots before the quality.
    :raises ValueError: when there are more rows than a sheet holds.
    """
    # Rows go to the disk as they come; texts starting with = are texts.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(words.sheet)
        head = book.add_format({"bold": True, "bottom": 1})
        energy = book.add_format({"num_format": "#,##0.000"})
        moment = book.add_format({"num_format": "yyyy-mm-dd" if daily else "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for column, width in enumerate((20, 18, 20 if not daily else 13, 14, 14, 14, 12, 12, 12)):
            sheet.set_column(column, column, width)
        for column, text in enumerate(words.headings):
            sheet.write_string(0, column, text, head)
        row = 0
        for part in parts:
            rows = _days(part) if daily else _quarter_hours(part)
            for stamp, values, rest, quality in rows:
                row += 1
                if row > MOST_ROWS:
                    raise ValueError("more rows than a sheet holds")
                sheet.write_string(row, 0, part.usage_point)
                sheet.write_string(row, 1, part.meter_serial)
                sheet.write_datetime(row, 2, stamp, moment)
                for column, value in enumerate(values or (), 3):
                    sheet.write_number(row, column, value / 1000, energy)
                for column, count in enumerate(rest, 6):
                    sheet.write_number(row, column, count)
                sheet.write_string(row, 6 + len(rest), words.qualities.get(quality, quality))
        about = book.add_worksheet(words.about_sheet)
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 60)
        for line, (name, value) in enumerate(words.about):
            about.write_string(line, 0, name, head)
            about.write_string(line, 1, value)
    return row


def _quarter_hours(part: ExportPart) -> Iterable[tuple[datetime, Any, Sequence[int], str]]:
    names = {int(code): code.name.lower() for code in ReadingQuality}
    for index in range(len(part.quality)):
        midnight = datetime.combine(part.first_day + timedelta(days=index), time())
        rows = zip(
            part.import_wh[index].tolist(), part.export_wh[index].tolist(), part.reactive_varh[index].tolist(),
            part.quality[index].tolist(), strict=True,
        )  # fmt: skip
        for slot, (energy, export, reactive, quality) in enumerate(rows):
            values = None if quality == ReadingQuality.MISSING else (energy, export, reactive)
            yield midnight + timedelta(seconds=SLOT_S * slot), values, (), names.get(quality, str(quality))


def _days(part: ExportPart) -> Iterable[tuple[datetime, Any, Sequence[int], str]]:
    for row in iter_days(part):
        values = None if row.quality == "missing" else (row.import_wh, row.export_wh, row.reactive_varh)
        yield datetime.combine(row.day, time()), values, (row.estimated_slots, row.missing_slots), row.quality
