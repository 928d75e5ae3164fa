"""Reads and bills as Green Button (NAESB REQ.21 ESPI), streamed entry by entry; valid against espi.xsd."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.export.parts import SLOT_S, ExportPart, iter_days
from gridhall.engines.intervals.formats.writing import ESPI_QUALITIES
from gridhall.engines.intervals.quality import ReadingQuality

_NAMESPACE = uuid.UUID("7f0c2f6e-6f0b-5d5e-9a3b-0d7a5a1f6c11")
_YUAN = 156  # ISO 4217
_CHANNELS = (("import_wh", 72, 1), ("export_wh", 72, 19), ("reactive_varh", 73, 1))
_DAY_QUALITIES = {"estimated": 13, "incomplete": 10}  # mixed; questionable
_COST_KINDS = {"TAX": 5, "ENERGY": 3, "TIER": 3, "BASIC": 2, "FIXED": 4, "CREDIT": 6}
_OTHER_COST = 4
_NOTE = 256


@dataclass(frozen=True, slots=True)
class ExportPoint:
    """
    A usage point; `read()` gives its parts in the order of time, as often as it is called.

    :param has_export, has_reactive: which channels it has beside import.
    """

    code: str
    title: str
    read: Callable[[], Iterable[ExportPart]]
    has_export: bool
    has_reactive: bool


@dataclass(frozen=True, slots=True)
class ExportBill:
    """A bill for UsageSummary. Days half-open; `lines` are (group, words, amount)."""

    number: str
    first_day: date
    end_day: date
    amount: Decimal
    energy_wh: int
    tariff: str
    issued_at: datetime
    lines: tuple[tuple[str, str, Decimal], ...]
    is_estimated: bool = False


def stream_espi(
    points: Iterable[ExportPoint], bills: Iterable[ExportBill], *, zone: ZoneInfo, updated: datetime, daily: bool,
    title: str,
) -> Iterator[bytes]:  # fmt: skip
    """
    Give a feed piece by piece. Values are whole Wh and varh; quarter hours without a read are left out.

    :param daily: a reading a local day instead of a quarter hour.
    """
    stamp = updated.strftime("%Y-%m-%dT%H:%M:%SZ")
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">\n'
        f"<id>urn:uuid:{uuid.uuid5(_NAMESPACE, stamp + title)}</id><title>{escape(title)}</title>"
        f"<updated>{stamp}</updated>\n"
    ).encode()
    told = list(bills)
    for index, point in enumerate(points, 1):
        for text in _usage_point(point, index, told if index == 1 else [], zone, stamp, daily):
            yield text.encode()
    yield b"</feed>\n"


def _usage_point(
    point: ExportPoint, index: int, bills: list[ExportBill], zone: ZoneInfo, stamp: str, daily: bool
) -> Iterator[str]:
    base = f"/espi/1_1/resource/Subscription/1/UsagePoint/{index}"
    clock = f"/espi/1_1/resource/LocalTimeParameters/{index}"
    related = [f"{base}/MeterReading", clock, *([f"{base}/UsageSummary"] if bills else [])]
    yield _entry(
        base, base.rsplit("/", 1)[0], related, point.title, stamp,
        "<espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory></espi:UsagePoint>",
    )  # fmt: skip
    yield _entry(clock, clock.rsplit("/", 1)[0], [], "Local time", stamp, _local_time(zone))
    wanted = (True, point.has_export, point.has_reactive)
    for number, (column, unit, flow) in enumerate(_CHANNELS, 1):
        if wanted[number - 1]:
            meter, kind = f"{base}/MeterReading/{number}", f"/espi/1_1/resource/ReadingType/{index}{number}"
            yield _entry(
                meter, f"{base}/MeterReading", [f"{meter}/IntervalBlock", kind], "", stamp, "<espi:MeterReading/>"
            )
            yield _entry(kind, kind.rsplit("/", 1)[0], [], "", stamp, _reading_type(unit, flow, daily))
            for block_number, block in enumerate(_blocks(point, column, zone, daily), 1):
                address = f"{meter}/IntervalBlock/{block_number}"
                yield _entry(address, f"{meter}/IntervalBlock", [], "", stamp, block)
    for number, bill in enumerate(bills, 1):
        address = f"{base}/UsageSummary/{number}"
        yield _entry(address, f"{base}/UsageSummary", [], bill.number, stamp, _summary(bill, zone))


def _local_time(zone: ZoneInfo) -> str:
    """Tell standard time; what a zone changes in summer is not told, moments are right all the same."""
    offset = int((datetime(2026, 1, 1, tzinfo=zone).utcoffset() or timedelta()).total_seconds())
    return (
        "<espi:LocalTimeParameters><espi:dstEndRule>00000000</espi:dstEndRule><espi:dstOffset>0</espi:dstOffset>"
        f"<espi:dstStartRule>00000000</espi:dstStartRule><espi:tzOffset>{offset}</espi:tzOffset></espi:LocalTimeParameters>"
    )


def _reading_type(unit: int, flow: int, daily: bool) -> str:
    return (
        "<espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour><espi:commodity>1</espi:commodity>"
        f"<espi:dataQualifier>12</espi:dataQualifier><espi:flowDirection>{flow}</espi:flowDirection>"
        f"<espi:intervalLength>{86_400 if daily else SLOT_S}</espi:intervalLength><espi:kind>12</espi:kind>"
        f"<espi:powerOfTenMultiplier>0</espi:powerOfTenMultiplier><espi:uom>{unit}</espi:uom></espi:ReadingType>"
    )


def _blocks(point: ExportPoint, column: str, zone: ZoneInfo, daily: bool) -> Iterator[str]:
    """Give a block a day, or of days a block a part."""
    for part in point.read():
        if daily:
            block = _day_block(part, column, zone)
            if block:
                yield block
            continue
        values: NDArray[np.int64] = getattr(part, column)
        for index in range(len(values)):
            day = part.first_day + timedelta(days=index)
            block = _slot_block(midnight_s(day, zone), values[index].tolist(), part.quality[index].tolist())
            if block:
                yield block


def midnight_s(day: date, zone: ZoneInfo) -> int:
    """
    Give the moment at which a local day begins, in seconds since 1970.

    >>> midnight_s(date(1970, 1, 2), ZoneInfo("Asia/Shanghai"))
    57600
    """
    return int(datetime.combine(day, time(), zone).timestamp())


def _slot_block(start: int, values: list[int], qualities: list[int]) -> str:
    rows = []
    first = last = -1
    for slot, (value, quality) in enumerate(zip(values, qualities, strict=True)):
        if quality == ReadingQuality.MISSING:
            continue
        first = slot if first < 0 else first
        last = slot
        rows.append(_reading(start + slot * SLOT_S, SLOT_S, value, ESPI_QUALITIES.get(ReadingQuality(quality))))
    return _block(start + first * SLOT_S, (last - first + 1) * SLOT_S, rows) if rows else ""


def _day_block(part: ExportPart, column: str, zone: ZoneInfo) -> str:
    rows = []
    start = end = 0
    for row in iter_days(part):
        if row.quality == "missing":
            continue
        begin, end = midnight_s(row.day, zone), midnight_s(row.day + timedelta(days=1), zone)
        start = start or begin
        rows.append(_reading(begin, end - begin, getattr(row, column), _DAY_QUALITIES.get(row.quality)))
    return _block(start, end - start, rows) if rows else ""


def _reading(start: int, duration: int, value: int, quality: int | None) -> str:
    told = (
        "" if quality is None else f"<espi:ReadingQuality><espi:quality>{quality}</espi:quality></espi:ReadingQuality>"
    )
    return (
        f"<espi:IntervalReading>{told}<espi:timePeriod><espi:duration>{duration}</espi:duration>"
        f"<espi:start>{start}</espi:start></espi:timePeriod><espi:value>{value}</espi:value></espi:IntervalReading>"
    )


def _block(start: int, duration: int, rows: list[str]) -> str:
    return (
        f"<espi:IntervalBlock><espi:interval><espi:duration>{duration}</espi:duration><espi:start>{start}</espi:start>"
        f"</espi:interval>{''.join(rows)}</espi:IntervalBlock>"
    )


def _summary(bill: ExportBill, zone: ZoneInfo) -> str:
    """Give a bill; amounts are hundred-thousandths of a yuan, as the standard has them."""
    start, end = midnight_s(bill.first_day, zone), midnight_s(bill.end_day, zone)
    issued = int(bill.issued_at.timestamp())
    lines = (
        ("costAdditionalDetailLastPeriod", f"{_field('amount', _fine(amount))}{_field('dateTime', issued)}"
         f"{_field('note', words[:_NOTE])}{_field('itemKind', _COST_KINDS.get(group, _OTHER_COST))}")
        for group, words, amount in bill.lines
    )  # fmt: skip
    consumption = (("powerOfTenMultiplier", 0), ("timeStamp", end), ("uom", 72), ("value", bill.energy_wh))
    return _element("UsageSummary", "".join([
        _element("billingPeriod", _field("duration", end - start) + _field("start", start)),
        _field("billLastPeriod", _fine(bill.amount)),
        *(_element(name, content) for name, content in lines),
        _field("currency", _YUAN),
        _element("overallConsumptionLastPeriod", "".join(_field(name, value) for name, value in consumption)),
        _field("qualityOfReading", 13 if bill.is_estimated else 0),
        _field("statusTimeStamp", issued),
        _field("commodity", 1),
        _field("tariffProfile", bill.tariff[:_NOTE]),
    ]))  # fmt: skip


def _element(name: str, content: str) -> str:
    return f"<espi:{name}>{content}</espi:{name}>"


def _field(name: str, value: object) -> str:
    return _element(name, escape(str(value)))


def _fine(amount: Decimal) -> int:
    return int(amount.scaleb(5))


def _entry(address: str, up: str, related: Iterable[str], title: str, stamp: str, content: str) -> str:
    links = f'<link rel="self" href="{address}"/><link rel="up" href="{up}"/>'
    links += "".join(f'<link rel="related" href="{one}"/>' for one in related)
    return (
        f"<entry><id>urn:uuid:{uuid.uuid5(_NAMESPACE, stamp + address)}</id>{links}<title>{escape(title)}</title>"
        f"<content>{content}</content><published>{stamp}</published><updated>{stamp}</updated></entry>\n"
    )
