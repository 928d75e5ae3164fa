"""Delimited text with readings of registers: meter, register, moment, what it showed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connection

from gridhall.apps.metering.actions.registers import NewReading, record_register_readings
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import Meter
from gridhall.apps.metering.rules.registers import is_possible
from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.formats.csv_rows import parse_energy
from gridhall.engines.intervals.formats.source import find_encoding
from gridhall.engines.intervals.formats.timestamps import NO_OFFSET, StampError, parse_stamp, shorten
from gridhall.engines.intervals.quality import ReadingQuality

_COLUMNS = {
    "meter": ("meter", "meter_serial", "serial", "serial_number", "meter_no", "表号", "电表编号", "资产编号"),
    "register": ("register", "register_kind", "示数类型", "计度器"),
    "read_at": ("read_at", "timestamp", "time", "date", "datetime", "抄表时间", "抄表日期", "时间"),
    "value": ("value_kwh", "reading_kwh", "register_kwh", "index_kwh", "reading", "示数", "表示数", "止码"),
    "quality": ("quality", "method", "质量", "抄表方式"),
}
_REGISTERS = {
    "": RegisterKind.IMPORT, "import": RegisterKind.IMPORT, "正向有功": RegisterKind.IMPORT,
    "有功": RegisterKind.IMPORT,
    "1.8.0": RegisterKind.IMPORT, "export": RegisterKind.EXPORT, "反向有功": RegisterKind.EXPORT,
    "2.8.0": RegisterKind.EXPORT, "reactive": RegisterKind.REACTIVE, "无功": RegisterKind.REACTIVE,
    "正向无功": RegisterKind.REACTIVE, "3.8.0": RegisterKind.REACTIVE,
}  # fmt: skip
_QUALITIES = {
    "": ReadingQuality.MEASURED, "measured": ReadingQuality.MEASURED, "actual": ReadingQuality.MEASURED,
    "manual": ReadingQuality.MANUAL, "人工": ReadingQuality.MANUAL, "estimated": ReadingQuality.ESTIMATED_OTHER,
    "estimate": ReadingQuality.ESTIMATED_OTHER, "估抄": ReadingQuality.ESTIMATED_OTHER,
}  # fmt: skip
_ROWS_A_BATCH = 10_000
_UWH_PER_WH = 1_000_000
_UWH_PER_KWH = 1_000_000_000

Sink = Callable[[Fault], None]


def is_register_file(path: Path) -> bool:
    """Tell by its header whether a file holds register readings."""
    with path.open("rb") as file:
        head = file.read(4_096)
    encoding = find_encoding(head)
    if encoding is None or head.startswith((b"PK", b"\x1f\x8b", b"PAR1")):
        return False
    first = head.decode(encoding, "replace").splitlines()[:1]
    found = _find_columns(first[0]) if first else {}
    return {"meter", "read_at", "value"} <= found.keys()


def import_register_readings(
    *, path: Path, sink: Sink, at: datetime, zone: ZoneInfo, is_dry_run: bool = False,
    on_batch: Callable[[list[NewReading]], None] | None = None,
) -> tuple[int, int]:  # fmt: skip
    """
    Bring register readings in; a value that differs from the one we hold is a new row, the older stays.

    :param zone: where the wall clock of the file runs, when it gives no offset.
    :param on_batch: called with the readings of each batch that were brought in.
    :returns: how many told something new, and how many we held already.
    :raises FaultyInput: when the columns cannot be found.
    """
    stored = known = 0
    for batch in _batches(path, sink, at, zone):
        told = 0 if is_dry_run else record_register_readings(new=batch, source=path.name, at=at)
        if is_dry_run:
            told = _count_new(batch)
        stored += told
        known += len(batch) - told
        if on_batch is not None:
            on_batch(batch)
    return stored, known


def _batches(path: Path, sink: Sink, at: datetime, zone: ZoneInfo) -> Iterator[list[NewReading]]:
    with path.open("rb") as file:
        encoding = find_encoding(file.read(65_536)) or "utf-8"
    with path.open(newline="", encoding=encoding, errors="replace") as text:
        header = text.readline()
        columns = _find_columns(header)
        if not {"meter", "read_at", "value"} <= columns.keys():
            raise FaultyInput(
                [
                    Fault(
                        path.name, 1, None, "the columns meter, read_at and value_kwh are not all there",
                        "name them in the first line",
                    )
                ]
            )  # fmt: skip
        reader = csv.reader((line.replace("\0", "\ufffd") for line in text), delimiter=_delimiter(header))
        batch: list[tuple[int, dict[str, str]]] = []
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                sink(
                    Fault(path.name, reader.line_num + 1, None, f"the line cannot be read: {error}", "check its quotes")
                )
                continue
            if any(cell.strip() for cell in cells):
                row = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
                batch.append((reader.line_num + 1, row))
            if len(batch) >= _ROWS_A_BATCH:
                yield _readings(batch, path.name, sink, at, zone)
                batch = []
        if batch:
            yield _readings(batch, path.name, sink, at, zone)


def _readings(
    batch: list[tuple[int, dict[str, str]]], file: str, sink: Sink, at: datetime, zone: ZoneInfo
) -> list[NewReading]:
    meters = {
        serial: (pk, digits)
        for serial, pk, digits in Meter.objects.filter(
            serial_number__in={row["meter"] for _, row in batch}
        ).values_list("serial_number", "pk", "register_digits")
    }
    found: dict[tuple[int, str, datetime], tuple[NewReading, int]] = {}
    for line, row in batch:
        try:
            reading = _reading(row, meters, at, zone)
        except _BadRow as bad:
            sink(Fault(file, line, bad.field, bad.problem, bad.remedy))
            continue
        key = (reading.meter_id, reading.register, reading.read_at)
        if key in found and found[key][0].value_wh != reading.value_wh:
            sink(
                Fault(
                    file,
                    line,
                    "value_kwh",
                    f"line {found[key][1]} gives another value for the same moment",
                    "keep the right one",
                )
            )
            continue
        found[key] = (reading, line)
    return [reading for reading, _ in found.values()]


class _BadRow(ValueError):
    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.field, self.problem, self.remedy = field, problem, remedy


def _reading(row: dict[str, str], meters: dict[str, tuple[int, int]], at: datetime, zone: ZoneInfo) -> NewReading:
    if row["meter"] not in meters:
        raise _BadRow("meter", f"no meter is called {shorten(row['meter'])}", "register the meter, then import again")
    meter_id, digits = meters[row["meter"]]
    register = _REGISTERS.get(row.get("register", "").lower())
    if register is None:
        raise _BadRow("register", f"{shorten(row['register'])} is no register", "write IMPORT, EXPORT or REACTIVE")
    quality = _QUALITIES.get(row.get("quality", "").lower())
    if quality is None:
        raise _BadRow("quality", f"{shorten(row['quality'])} is no quality", "write measured, manual or estimated")
    try:
        seconds, offset = parse_stamp(row["read_at"])
    except StampError as error:
        raise _BadRow("read_at", str(error), "write it as 2026-01-31 24:00") from error
    if offset == NO_OFFSET:
        wall = datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - a wall clock, made aware below
        read_at = wall.replace(tzinfo=zone).astimezone(UTC)
    else:
        read_at = datetime.fromtimestamp(seconds - offset, UTC)
    if read_at > at:
        raise _BadRow("read_at", "the moment lies in the future", "check the date")
    try:
        energy = parse_energy(row["value"], _UWH_PER_KWH)
    except ValueError as error:
        raise _BadRow("value_kwh", str(error), "write it as 12345.678") from error
    if energy is None:
        raise _BadRow("value_kwh", "the value is empty", "leave the row out or give the value")
    value_wh = (energy + _UWH_PER_WH // 2) // _UWH_PER_WH
    if not is_possible(value_wh, register_digits=digits):
        raise _BadRow(
            "value_kwh", f"a register of {digits} digits cannot show it", "check the unit and the digits of the meter"
        )
    return NewReading(meter_id, str(register), read_at, value_wh, int(quality))


def _count_new(batch: list[NewReading]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::int8[], %s::text[], %s::timestamptz[], %s::int8[]) AS n (m, r, t, v) "
            "WHERE v IS DISTINCT FROM (SELECT value_wh FROM metering_registerreading r WHERE r.meter_id = m "
            "AND r.register = n.r AND r.read_at = t ORDER BY known_at DESC LIMIT 1)",
            [[one.meter_id for one in batch], [one.register for one in batch], [one.read_at for one in batch],
             [one.value_wh for one in batch]],
        )  # fmt: skip
        row = cursor.fetchone()
    return 0 if row is None else int(row[0])


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)


def _find_columns(header: str) -> dict[str, int]:
    names = next(iter(csv.reader([header.lstrip("\ufeff")], delimiter=_delimiter(header))), [])
    plain = [name.strip().lower() for name in names]
    return {
        role: plain.index(next(name for name in known if name in plain))
        for role, known in _COLUMNS.items()
        if any(name in plain for name in known)
    }
