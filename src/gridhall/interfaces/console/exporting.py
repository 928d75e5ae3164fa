"""Lists as files: CSV that Excel opens in Chinese, and XLSX with numbers and days as such."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_text(value: str) -> str:
    """
    Keep a spreadsheet from taking text for a formula.

    >>> as_text("=1+1"), as_text("张*"), as_text("-")
    ("'=1+1", '张*', "'-")
    """
    return f"'{value}" if value.startswith(_FORMULA) else value


def _show(column: Any, row: Any) -> str:
    value = column.value(row)
    return "" if value is None or value == "" else str(column.format(value))


def write_csv(name: str, columns: Sequence[Any], rows: Sequence[Any]) -> HttpResponse:
    """Write what the page shows, in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([str(column.label) for column in columns])
    for row in rows:
        shown = (_show(column, row) for column in columns)
        writer.writerow([one if column.is_number else as_text(one) for column, one in zip(columns, shown, strict=True)])
    return _answer(name, "csv", "text/csv; charset=utf-8", ("\ufeff" + text.getvalue()).encode())


def write_xlsx(name: str, columns: Sequence[Any], rows: Sequence[Any]) -> HttpResponse:
    """Write a workbook with one sheet: numbers as numbers, days as days, everything else as it is shown."""
    content = io.BytesIO()
    # Strings stay strings: nothing that a customer is called becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, str(column.label), bold)
            sheet.set_column(at, at, 16)
        for line, row in enumerate(rows, 1):
            for at, column in enumerate(columns):
                value = column.value(row)
                if isinstance(value, datetime):
                    sheet.write_datetime(line, at, timezone.localtime(value).replace(tzinfo=None), minute)
                elif isinstance(value, date):
                    sheet.write_datetime(line, at, value, day)  # type: ignore[arg-type]
                elif column.is_number and isinstance(value, int | float | Decimal):
                    sheet.write_number(line, at, float(value))
                else:
                    sheet.write_string(line, at, _show(column, row))
        sheet.freeze_panes(1, 0)
    return _answer(name, "xlsx", XLSX, content.getvalue())


def _answer(name: str, ending: str, kind: str, content: bytes) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    )


EXPORTS: dict[str, Callable[[str, Sequence[Any], Sequence[Any]], HttpResponse]] = {"csv": write_csv, "xlsx": write_xlsx}
