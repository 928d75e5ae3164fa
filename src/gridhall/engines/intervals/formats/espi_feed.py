"""Green Button feeds: the resources of an ESPI feed and their links. Streams; expands no entity, opens no address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from lxml import etree

from gridhall.engines.intervals.formats.espi_clock import LocalTime
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.formats.timestamps import END_S, NO_OFFSET, shorten

_RESOURCES = (
    "UsagePoint", "MeterReading", "ReadingType", "IntervalBlock", "LocalTimeParameters", "UsageSummary",
    "ElectricPowerUsageSummary", "ElectricPowerQualitySummary", "ApplicationInformation", "Authorization", "Customer",
    "CustomerAccount", "CustomerAgreement", "ServiceLocation", "ServiceSupplier", "Meter", "EndDevice",
    "ProgramDateIdMappings",
    "RetailCustomer",
    "Statement", "Subscription", "BatchList", "ServiceStatus",
)  # fmt: skip
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """One IntervalReading; -1 where it does not say its own time."""

    start_s: int
    duration_s: int
    value: Decimal
    quality: int
    offset_s: int
    line: int


@dataclass
class Resource:
    """An entry of the feed: a kind, its links and its plain fields."""

    kind: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    self_path: str = ""
    up_path: str = ""
    related: list[str] = field(default_factory=list)
    title: str = ""

    def number(self, name: str, default: int = -1) -> int:
        """An integer field; `default` if absent or no number."""
        text = self.fields.get(name, "")
        return int(text) if _INTEGER.fullmatch(text) else default

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.self_path.rsplit("/", 1)[-1]


def read_feed(source: Source, log: FaultLog) -> list[Resource]:
    """
    Read every resource of a feed.

    :raises FaultyInput: when it is no well-formed XML.
    """
    parser = _FeedParser(log)
    with source.open() as stream:
        events = etree.iterparse(
            stream, events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        try:
            for _, element in events:
                if element.getroottree().docinfo.internalDTD is not None:
                    raise log.refuse(1, None, "declares a document type (DTD)", "remove the <!DOCTYPE …> declaration")
                parser.take(element)
        except etree.XMLSyntaxError as error:
            line = error.lineno or 1
            reason = (error.msg or "broken").split(", line")[0]
            if "amplification" in reason or "reference loop" in reason:
                problem = "declares entities that grow without end"
                raise log.refuse(line, None, problem, "remove the <!DOCTYPE …> declaration") from None
            raise log.refuse(line, None, f"is no well-formed XML: {reason}", "download it again") from None
    parser.finish_entry(None)
    return parser.resources


class _FeedParser:
    """Takes elements as they end and frees them."""

    def __init__(self, log: FaultLog) -> None:
        self.log = log
        self.resources: list[Resource] = []
        self.readings: list[Reading] = []
        self.open: list[Resource] = []
        self.root = ""

    def take(self, element: etree._Element) -> None:
        """Take an element that has ended."""
        if not isinstance(element.tag, str):
            return
        name = _local(element)
        if name == "IntervalReading":
            reading = self._reading(element)
            if reading is not None:
                self.readings.append(reading)
            _free(element)
        elif name in _RESOURCES and _is_resource(element):
            resource = Resource(name, _line(element), _fields(element))
            if name == "IntervalBlock":
                resource.readings, self.readings = self.readings, []
            self.open.append(resource)
            _free(element)
        elif name == "entry":
            self.finish_entry(element)
            _free(element)
        if element.getparent() is None:
            self.root = name

    def finish_entry(self, entry: etree._Element | None) -> None:
        """Give the resources of an entry its links."""
        links = [] if entry is None else [child for child in entry if _local(child) == "link"]
        title = "" if entry is None else next((child.text or "" for child in entry if _local(child) == "title"), "")
        for resource in self.open:
            resource.title = title.strip()
            for link in links:
                path, relation = plain_path(link.get("href") or ""), link.get("rel")
                if relation == "self":
                    resource.self_path = path
                elif relation == "up":
                    resource.up_path = path
                elif path:
                    resource.related.append(path)
            self.resources.append(resource)
        self.open = []

    def _reading(self, element: etree._Element) -> Reading | None:
        line = _line(element)
        found = _fields(element)
        before = self.log.fault_count
        value = Decimal(0)
        text = found.get("value", "")
        try:
            value = Decimal(text)
            if not value.is_finite() or abs(value) > 10**18:
                raise InvalidOperation
        except InvalidOperation:
            self.log.fault(
                line,
                "value",
                f"{shorten(text)} is not a number" if text else "a reading has no value",
                "give a whole number",
            )
        start, duration = self._whole(line, found, "timePeriod.start"), self._whole(line, found, "timePeriod.duration")
        if start is not None and not -1 <= start < END_S:
            self.log.fault(line, "start", f"{start} is outside 1970 to 2100", "give seconds since 1970")
        if duration is not None and (duration == 0 or duration > 400 * 86_400):
            self.log.fault(line, "duration", f"{duration} seconds is no interval", "give its length in seconds")
        if self.log.fault_count > before or start is None or duration is None:
            return None
        quality = self._whole(line, found, "ReadingQuality.quality")
        zone = found.get("timePeriod.timezone", "")
        offset = NO_OFFSET
        if re.fullmatch(r"[+-]\d{2}:?\d{2}", zone, re.ASCII):
            digits = zone[1:].replace(":", "")
            offset = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (1 if zone[0] == "+" else -1)
        return Reading(start, duration, value, -1 if quality is None else quality, offset, line)

    def _whole(self, line: int, found: dict[str, str], name: str) -> int | None:
        """A whole number; -1 if it is not given, None if it is none."""
        text = found.get(name, "")
        if not text:
            return -1
        if not _INTEGER.fullmatch(text) or int(text) < 0:
            self.log.fault(line, name.rsplit(".", 1)[-1], f"{shorten(text)} is no whole number", "give a whole number")
            return None
        return int(text)


def plain_path(address: str) -> str:
    """
    The path of a link, whatever the server.

    >>> plain_path("https://example.org/espi/1_1/resource/UsagePoint/1/")
    'espi/1_1/resource/UsagePoint/1'
    """
    try:
        return urlsplit(address.strip()).path.strip("/")
    except ValueError:
        return address.strip().strip("/")


def _local(element: etree._Element) -> str:
    # a prefix that is declared nowhere stays in the tag
    return element.tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1] if isinstance(element.tag, str) else ""


def _line(element: etree._Element) -> int:
    return int(element.sourceline or 0)  # type: ignore[call-overload]


def _is_resource(element: etree._Element) -> bool:
    """Resources stand in <content> or alone; elements inside them may bear the same names."""
    parent = element.getparent()
    return parent is None or _local(parent) in ("content", "entry", "feed")


def _fields(element: etree._Element) -> dict[str, str]:
    """Texts of the children, and of theirs as `child.grandchild`; the first of a name counts."""
    found: dict[str, str] = {}
    for child in element:
        name = _local(child)
        if not name:
            continue
        if len(child) == 0:
            found.setdefault(name, (child.text or "").strip())
        for grandchild in child:
            found.setdefault(f"{name}.{_local(grandchild)}", (grandchild.text or "").strip())
    return found


def _free(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None and _local(parent) != "entry":
        previous = element.getprevious()
        while previous is not None and _local(previous) not in ("link", "title", "interval", "id"):
            parent.remove(previous)
            previous = element.getprevious()


def local_time(resource: Resource) -> LocalTime:
    """The wall clock that a LocalTimeParameters resource describes."""

    def rule(name: str) -> int:
        text = resource.fields.get(name, "")
        value = int(text, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", text, re.ASCII) else 0
        return 0 if value == 0xFFFFFFFF else value

    offset = resource.number("tzOffset", 0)
    if abs(offset) > 15 * 3600:
        offset = 0
    return LocalTime(
        offset, min(max(resource.number("dstOffset", 0), 0), 7_200), rule("dstStartRule"), rule("dstEndRule")
    )
