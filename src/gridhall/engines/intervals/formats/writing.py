"""Write reads as CSV, Parquet or Green Button (ESPI)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridhall.engines.intervals.formats.summary import show_energy
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

_NAMESPACE = uuid.UUID("7f0c2f6e-6f0b-5d5e-9a3b-0d7a5a1f6c11")
ESPI_QUALITIES = {
    ReadingQuality.CORRECTED: 7, ReadingQuality.MANUAL: 7, ReadingQuality.ESTIMATED_PROFILE: 8,
    ReadingQuality.ESTIMATED_REGISTER: 8, ReadingQuality.ESTIMATED_LINEAR: 9, ReadingQuality.SUSPECT: 10,
    ReadingQuality.ESTIMATED_OTHER: 16,
}  # fmt: skip
_BLOCK_S = 86_400


def write_csv(series: list[ReadSeries], path: Path) -> None:
    """
    Write `timestamp,kwh[,kvarh][,export_kwh]` with exact decimals; missing reads are empty.

    A usage_point column comes with several series, a quality column where not all reads are measured, and an offset in
    the timestamps where the series know theirs.
    """
    has_point = len(series) > 1 or any(one.usage_point for one in series)
    has_reactive = any(one.reactive_uvarh is not None for one in series)
    has_export = any(one.export_uwh is not None for one in series)
    has_quality = any((one.quality != ReadingQuality.MEASURED).any() for one in series)
    header = ["usage_point"] * has_point + ["timestamp", "kwh"]
    header += ["kvarh"] * has_reactive + ["export_kwh"] * has_export + ["quality"] * has_quality
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(",".join(header) + "\n")
        for one in series:
            for row in _rows(one, has_point, has_reactive, has_export, has_quality):
                out.write(",".join(row) + "\n")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n#;\t|') else text


def _rows(
    one: ReadSeries, has_point: bool, has_reactive: bool, has_export: bool, has_quality: bool
) -> Iterator[list[str]]:
    stamps = np.datetime_as_string(one.local_start_s.astype("datetime64[s]"))
    offsets = None if one.utc_offset_s is None else [_offset(int(value)) for value in one.utc_offset_s]
    zeros = np.zeros(len(one), dtype=np.int64)
    reactive = zeros if one.reactive_uvarh is None else one.reactive_uvarh
    export = zeros if one.export_uwh is None else one.export_uwh
    for at in range(len(one)):
        is_missing = one.quality[at] == ReadingQuality.MISSING
        row = [_quoted(one.usage_point)] * has_point
        row.append(str(stamps[at]) + (offsets[at] if offsets else ""))
        row.append("" if is_missing else show_energy(int(one.import_uwh[at])))
        if has_reactive:
            row.append(show_energy(int(reactive[at])))
        if has_export:
            row.append(show_energy(int(export[at])))
        if has_quality:
            row.append(ReadingQuality(int(one.quality[at])).name.lower())
        yield row


def _offset(seconds: int) -> str:
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"


def write_parquet(series: list[ReadSeries], path: Path) -> None:
    """Write the long form: usage_point, timestamp[us] (wall clock), utc_offset_s, kwh as decimal(18, 9), quality."""
    tables = []
    for one in series:
        columns: dict[str, pa.Array] = {
            "usage_point": pa.array([one.usage_point] * len(one)).dictionary_encode().cast(pa.string()),
            "timestamp": pa.array(one.local_start_s * 1_000_000).cast(pa.timestamp("us")),
            "kwh": _decimals(one.import_uwh, one.quality == ReadingQuality.MISSING),
        }
        if any(other.reactive_uvarh is not None for other in series):
            columns["kvarh"] = _decimals(_or_zeros(one, one.reactive_uvarh))
        if any(other.export_uwh is not None for other in series):
            columns["export_kwh"] = _decimals(_or_zeros(one, one.export_uwh))
        names = {int(code): code.name.lower() for code in ReadingQuality}
        columns["quality"] = pa.array([names[int(code)] for code in one.quality])
        if all(other.utc_offset_s is not None for other in series) and one.utc_offset_s is not None:
            columns["utc_offset_s"] = pa.array(one.utc_offset_s)
        tables.append(pa.table(columns))
    pq.write_table(pa.concat_tables(tables), path, compression="zstd")


def _or_zeros(one: ReadSeries, column: np.ndarray | None) -> np.ndarray:
    return np.zeros(len(one), dtype=np.int64) if column is None else column


def _decimals(values: np.ndarray, is_missing: np.ndarray | None = None) -> pa.Array:
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    numbers = pa.Array.from_buffers(pa.decimal128(18, 9), len(values), [None, pa.py_buffer(words.tobytes())])
    if is_missing is None or not is_missing.any():
        return numbers
    return pa.compute.if_else(pa.array(~is_missing), numbers, pa.scalar(None, numbers.type))


def write_espi(series: list[ReadSeries], path: Path, *, updated: str) -> None:
    """
    Write a Green Button feed that is valid against espi.xsd.

    Values are micro watt hours scaled to the largest power of ten that keeps them whole. Series without an offset are
    written as if their wall clock were UTC.

    :param updated: the moment of writing, such as 2026-01-31T08:00:00Z.
    """
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">\n')
        out.write(f"<id>urn:uuid:{uuid.uuid5(_NAMESPACE, updated)}</id><title>Green Button usage</title>")
        out.write(f"<updated>{updated}</updated>\n")
        for index, one in enumerate(series, 1):
            for text in _usage_point(one, index, updated):
                out.write(text)
        out.write("</feed>\n")


def _usage_point(one: ReadSeries, index: int, updated: str) -> Iterator[str]:
    base = f"/espi/1_1/resource/Subscription/1/UsagePoint/{index}"
    clock = f"/espi/1_1/resource/LocalTimeParameters/{index}"
    yield _entry(
        base, base.rsplit("/", 1)[0], [f"{base}/MeterReading", clock], one.usage_point, updated,
        "<espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory></espi:UsagePoint>",
    )  # fmt: skip
    offset = 0 if one.utc_offset_s is None else int(one.utc_offset_s[0])
    yield _entry(
        clock, clock.rsplit("/", 1)[0], [], "Local time", updated,
        "<espi:LocalTimeParameters><espi:dstEndRule>00000000</espi:dstEndRule><espi:dstOffset>0</espi:dstOffset>"
        f"<espi:dstStartRule>00000000</espi:dstStartRule><espi:tzOffset>{offset}</espi:tzOffset></espi:LocalTimeParameters>",
    )  # fmt: skip
    channels = [(one.import_uwh, 72, 1), (one.export_uwh, 72, 19), (one.reactive_uvarh, 73, 1)]
    for number, (values, unit, flow) in enumerate(channels, 1):
        if values is not None:
            yield from _channel(one, values, unit, flow, f"{base}/MeterReading/{number}", f"{index}{number}", updated)


def _channel(
    one: ReadSeries, values: np.ndarray, unit: int, flow: int, meter: str, type_id: str, updated: str
) -> Iterator[str]:
    reading_type = f"/espi/1_1/resource/ReadingType/{type_id}"
    power = -6
    while power < 3 and not (values % 10 ** (power + 7)).any():
        power += 1
    yield _entry(
        meter, meter.rsplit("/", 1)[0], [f"{meter}/IntervalBlock", reading_type], "", updated, "<espi:MeterReading/>"
    )
    yield _entry(
        reading_type, reading_type.rsplit("/", 1)[0], [], "", updated,
        "<espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour><espi:commodity>1</espi:commodity>"
        f"<espi:dataQualifier>12</espi:dataQualifier><espi:flowDirection>{flow}</espi:flowDirection>"
        f"<espi:intervalLength>{one.duration_s}</espi:intervalLength><espi:kind>12</espi:kind>"
        f"<espi:powerOfTenMultiplier>{power}</espi:powerOfTenMultiplier><espi:uom>{unit}</espi:uom></espi:ReadingType>",
    )  # fmt: skip
    moments = one.local_start_s - (0 if one.utc_offset_s is None else one.utc_offset_s)
    per_block = max(_BLOCK_S // one.duration_s, 1)
    for first in range(0, len(one), per_block):
        rows = [
            at for at in range(first, min(first + per_block, len(one))) if one.quality[at] != ReadingQuality.MISSING
        ]
        if rows:
            block = f"{meter}/IntervalBlock/{first // per_block + 1}"
            yield _entry(block, f"{meter}/IntervalBlock", [], "", updated, _block(one, rows, moments, values, power))


def _block(one: ReadSeries, rows: list[int], moments: np.ndarray, values: np.ndarray, power: int) -> str:
    length = int(moments[rows[-1]] - moments[rows[0]]) + one.duration_s
    parts = [
        f"<espi:IntervalBlock><espi:interval><espi:duration>{length}</espi:duration>"
        f"<espi:start>{int(moments[rows[0]])}</espi:start></espi:interval>"
    ]
    for at in rows:
        quality = ESPI_QUALITIES.get(ReadingQuality(int(one.quality[at])))
        told = (
            ""
            if quality is None
            else f"<espi:ReadingQuality><espi:quality>{quality}</espi:quality></espi:ReadingQuality>"
        )
        parts.append(
            f"<espi:IntervalReading>{told}<espi:timePeriod><espi:duration>{one.duration_s}</espi:duration>"
            f"<espi:start>{int(moments[at])}</espi:start></espi:timePeriod>"
            f"<espi:value>{int(values[at]) // 10 ** (power + 6)}</espi:value></espi:IntervalReading>"
        )
    return "".join(parts) + "</espi:IntervalBlock>"


def _entry(address: str, up: str, related: Iterable[str], title: str, updated: str, content: str) -> str:
    links = f'<link rel="self" href="{address}"/><link rel="up" href="{up}"/>'
    links += "".join(f'<link rel="related" href="{one}"/>' for one in related)
    return (
        f"<entry><id>urn:uuid:{uuid.uuid5(_NAMESPACE, address)}</id>{links}<title>{escape(title)}</title>"
        f"<content>{content}</content><published>{updated}</published><updated>{updated}</updated></entry>\n"
    )
