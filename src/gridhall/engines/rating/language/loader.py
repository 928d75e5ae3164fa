"""Read a tariff document: names, clauses, schedules, tables by month, versions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.periods import Month, months_between
from gridhall.core.working_days import calendar_codes
from gridhall.engines.rating.calendar import is_selector
from gridhall.engines.rating.language.charges import KINDS
from gridhall.engines.rating.language.checks import check_bases, check_coverage, is_zone
from gridhall.engines.rating.language.components import Setting, read_label
from gridhall.engines.rating.language.document import Node, decode, read_yaml
from gridhall.engines.rating.language.reader import EMPTY, Reader
from gridhall.engines.rating.tariff import (
    Clause,
    Component,
    Label,
    Schedule,
    ScheduleRule,
    Source,
    Tariff,
    TariffVersion,
)

TOP = (
    "tariff",
    "label",
    "currency",
    "category",
    "region",
    "voltage",
    "customer_kinds",
    "holidays",
    "metering",
    "credit_settled_in",
    "carry_rounding",
    "zone",
    "clauses",
    "periods",
    "special_days",
    "schedules",
    "tables",
    "versions",
)
METERINGS = ("separate", "net_interval", "net_month", "net_month_money", "net_interval_money")
HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\Z")
FAR = date(2100, 1, 1)
LONG_AGO = date(1900, 1, 1)
MOST_PERIODS = 200


@dataclass(frozen=True)
class TableRow:
    """Prices of some months."""

    first: Month
    last: Month
    node: Node
    keys: dict[str, Node]
    verified: bool
    note: str


def parse_tariff(content: bytes, file: str) -> Tariff:
    """
    Read a tariff in YAML.

    :param file: name for faults.
    :raises FaultyInput: with every fault, its line, and how to mend it; never anything else.
    """
    reader = Reader(file)
    root = read_yaml(decode(content, file), file)
    keys = reader.mapping(root, "", TOP)
    if not keys:
        raise FaultyInput(reader.faults or [Fault(file, 1, None, "this is not a tariff", "start from a shipped one")])
    setting = Setting()
    code = reader.code(keys.get("tariff"), "tariff", "tariff", required=root)
    setting.clauses = _clauses(reader, keys)
    special = _special_days(reader, keys)
    holidays = reader.text(keys.get("holidays"), "holidays")
    if holidays and holidays not in calendar_codes():
        reader.fault(keys["holidays"], "holidays", f"there is no calendar {holidays!r}", "write `holidays: cn`")
        holidays = ""
    zone = reader.text(keys.get("zone"), "zone")
    if zone and not is_zone(zone):
        reader.fault(keys["zone"], "zone", f"there is no time zone {zone[:40]!r}", "write `zone: Asia/Shanghai`, say")
    setting.schedules = _schedules(reader, keys)
    tables = _tables(reader, keys)
    versions = _versions(reader, root, keys, setting, tables)
    kinds = tuple(reader.text(i, "customer_kinds") for i in reader.items(keys.get("customer_kinds"), "customer_kinds"))
    tariff = Tariff(
        code=code,
        label=read_label(reader, keys.get("label"), "label", code),
        currency=reader.code(keys.get("currency"), "currency", "CNY"),
        versions=tuple(versions),
        schedules=setting.schedules,
        period_labels=_period_labels(reader, keys),
        clauses=setting.clauses,
        category=reader.text(keys.get("category"), "category"),
        region=reader.text(keys.get("region"), "region"),
        voltage=reader.text(keys.get("voltage"), "voltage"),
        customer_kinds=kinds,
        holidays=holidays,
        special_days=special,
        metering=reader.choice(keys.get("metering"), "metering", METERINGS, "separate"),  # type: ignore[arg-type]
        credit_settled_in=reader.whole(keys.get("credit_settled_in"), "credit_settled_in", 0, most=12),
        carry_rounding=reader.flag(keys.get("carry_rounding"), "carry_rounding", False),
        zone=zone,
    )
    hidden: list[Fault] = []
    if not reader.faults:
        hidden = check_coverage(reader, keys.get("schedules", EMPTY), tariff)
    if reader.faults:
        raise FaultyInput(sorted(reader.faults, key=lambda fault: fault.line or 0))
    return replace(tariff, warnings=tuple(hidden))


def _clauses(reader: Reader, keys: dict[str, Node]) -> dict[str, Clause]:
    out = {}
    for name, node in (reader.mapping(keys["clauses"], "clauses") if "clauses" in keys else {}).items():
        at = f"clauses.{name}"
        row = reader.mapping(node, at, ("document", "article", "text", "text_en", "url"))
        out[name] = Clause(
            id=name,
            document=reader.text(row.get("document"), f"{at}.document", required=node),
            article=reader.text(row.get("article"), f"{at}.article"),
            text=reader.text(row.get("text"), f"{at}.text"),
            text_en=reader.text(row.get("text_en"), f"{at}.text_en"),
            url=reader.text(row.get("url"), f"{at}.url"),
        )
    return out


def _period_labels(reader: Reader, keys: dict[str, Node]) -> dict[str, Label]:
    rows = reader.mapping(keys["periods"], "periods") if "periods" in keys else {}
    return {name: read_label(reader, node, f"periods.{name}", name) for name, node in rows.items()}


def _special_days(reader: Reader, keys: dict[str, Node]) -> dict[str, frozenset[date]]:
    out = {}
    for name, node in (reader.mapping(keys["special_days"], "special_days") if "special_days" in keys else {}).items():
        at = f"special_days.{name}"
        days = {reader.day(item, at) for item in reader.items(node, at)}
        out[name] = frozenset(day for day in days if day is not None)
    return out


def read_hours(reader: Reader, node: Node | None, where: str) -> tuple[tuple[int, int], ...]:
    """Read stretches of the day such as 22:00-06:00, cut at midnight."""
    if node is None or node.is_null:
        return ((0, 1440),)
    spans: list[tuple[int, int]] = []
    for item in node.value if node.is_list else [node]:
        text = reader.text(item, where).strip()
        match = HOURS.match(text)
        first, last = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (-1, -1)
        if not match or first >= 1440 or last > 1440 or int(match[2]) > 59 or int(match[4]) > 59 or first == last:
            reader.fault(item, where, f"{text[:40]!r} is no stretch of hours", 'write "18:00-20:00", in quotes')
        elif last == 0:
            spans.append((first, 1440))
        elif first < last:
            spans.append((first, last))
        else:
            spans += [(first, 1440), (0, last)]
    return tuple(spans)


def _schedules(reader: Reader, keys: dict[str, Node]) -> dict[str, Schedule]:
    out = {}
    for name, node in (reader.mapping(keys["schedules"], "schedules") if "schedules" in keys else {}).items():
        at = f"schedules.{name}"
        rules: list[ScheduleRule] = []
        periods: list[str] = []
        for index, item in enumerate(reader.items(node, at)):
            here = f"{at}[{index + 1}]"
            row = reader.mapping(item, here, ("period", "hours", "months", "days"))
            period = reader.code(row.get("period"), f"{here}.period", "period", required=item)
            selectors = []
            raw = row.get("days")
            for day in (raw.value if raw.is_list else [raw]) if raw is not None and not raw.is_null else []:
                text = reader.text(day, f"{here}.days")
                if not is_selector(text):
                    remedy = "write weekday, weekend, saturday, holiday, holiday:national_day, rest_day, special:NAME …"
                    reader.fault(day, f"{here}.days", f"{text[:40]!r} is no kind of day", remedy)
                    continue
                selectors.append(text)
            if period not in periods:
                periods.append(period)
            hours = read_hours(reader, row.get("hours"), f"{here}.hours")
            rules.append(
                ScheduleRule(period, hours, reader.months(row.get("months"), f"{here}.months"), tuple(selectors))
            )
        if not rules:
            reader.fault(node, at, "has no rule", "write at least `- {period: flat}`")
            continue
        if len(periods) > MOST_PERIODS:
            reader.fault(node, at, f"tells apart {len(periods)} periods", f"{MOST_PERIODS} are the most; join some")
            continue
        out[name] = Schedule(name, tuple(periods), tuple(rules))
    return out


def _tables(reader: Reader, keys: dict[str, Node]) -> dict[str, list[TableRow]]:
    out: dict[str, list[TableRow]] = {}
    for name, node in (reader.mapping(keys["tables"], "tables") if "tables" in keys else {}).items():
        rows: list[TableRow] = []
        for index, item in enumerate(reader.items(node, f"tables.{name}")):
            at = f"tables.{name}[{index + 1}]"
            row = reader.mapping(item, at, ("months", "verified", "note", "prices", "parts"))
            span = reader.month_range(row.get("months"), f"{at}.months", required=item)
            if span is None:
                continue
            if any(span[0] <= other.last and other.first <= span[1] for other in rows):
                reader.fault(item, f"{at}.months", "some of these months stand in another row", "keep one row a month")
            verified = reader.flag(row.get("verified"), f"{at}.verified", False)
            rows.append(TableRow(*span, item, row, verified, reader.text(row.get("note"), f"{at}.note")))
        out[name] = rows
    return out


def read_source(reader: Reader, node: Node | None, where: str, required: Node) -> Source:
    """Read where the figures come from."""
    if node is None:
        reader.fault(required, where, "is missing", "say where the prices come from, and whether that was verified")
        return Source("")
    row = reader.mapping(node, where, ("document", "url", "verified", "note"))
    return Source(
        document=reader.text(row.get("document"), f"{where}.document", required=node),
        url=reader.text(row.get("url"), f"{where}.url"),
        verified=reader.flag(row.get("verified"), f"{where}.verified", False),
        note=reader.text(row.get("note"), f"{where}.note"),
    )


def _components(reader: Reader, items: list[Node], where: str, setting: Setting) -> tuple[Component, ...]:
    components: list[Component] = []
    for index, item in enumerate(items):
        at = f"{where}.components[{index + 1}]"
        if not item.is_map:
            reader.fault(item, at, "is not a component", "write `- kind: energy` and its keys below")
            continue
        if "kind" not in item.value:
            reader.fault(item, f"{at}.kind", "is missing", f"write one of {', '.join(KINDS)}")
            continue
        kind = reader.choice(item.value["kind"], f"{at}.kind", KINDS, "")
        if not kind:
            continue
        component = KINDS[kind](reader, item, at, setting)
        if any(component.code == other.code and component.when == other.when for other in components):
            reader.fault(item, f"{at}.code", f"{component.code!r} stands twice", "give each component its own code")
        check_bases(reader, item, at, component, components)
        components.append(component)
    return tuple(components)


def _versions(
    reader: Reader, root: Node, keys: dict[str, Node], setting: Setting, tables: dict[str, list[TableRow]]
) -> list[TariffVersion]:
    out: list[TariffVersion] = []
    items = reader.items(keys.get("versions"), "versions")
    if not items:
        reader.fault(keys.get("versions", root), "versions", "there is no version", "add `versions:` with one entry")
    for index, item in enumerate(items):
        at = f"versions[{index + 1}]"
        row = reader.mapping(item, at, ("from", "until", "source", "components"))
        first = reader.day(row.get("from"), f"{at}.from", required=item) or LONG_AGO  # read on: all faults at once
        end = reader.day(row.get("until"), f"{at}.until")
        if end is not None and end <= first:
            reader.fault(item, f"{at}.until", f"{end} is not after {first}", "`until` is the day after the last one")
            continue
        if out and (out[-1].end_day or FAR) > first:
            reader.fault(
                item, f"{at}.from", "begins before the version above ends", "order versions; close with `until`"
            )
        source = read_source(reader, row.get("source"), f"{at}.source", item)
        components = reader.items(row.get("components"), f"{at}.components")
        if not components:
            reader.fault(item, f"{at}.components", "charges nothing", "add a component")
        names = {reader.text(c.value["table"], at) for c in components if c.is_map and "table" in c.value}
        if not names:
            setting.row = None
            out.append(TariffVersion(first, end, _components(reader, components, at, setting), source))
            continue
        name = sorted(names)[0]
        if name not in tables or len(names) > 1:
            reader.fault(item, f"{at}.components", f"there is no table {name!r}, or there are two", "name one table")
            continue
        out += _by_month(reader, components, at, setting, tables[name], source, first, end)
    return out


def _by_month(
    reader: Reader,
    components: list[Node],
    at: str,
    setting: Setting,
    rows: list[TableRow],
    source: Source,
    first: date,
    end: date | None,
) -> list[TariffVersion]:
    """Make a version of every run of months that share a row of the price table."""
    out = []
    by_month = {month: row for row in rows for month in months_between(row.first, row.last)}
    months = [m for m in sorted(by_month) if m.next().first_day > first and (end is None or m.first_day < end)]
    for _, group in groupby(enumerate(months), key=lambda pair: id(by_month[pair[1]])):
        run = [month for _, month in group]
        row = by_month[run[0]]
        setting.row = row.keys
        read = _components(reader, components, at, setting)
        first_day = max(first, run[0].first_day)
        end_day = run[-1].next().first_day
        noted = Source(source.document, source.url, source.verified and row.verified, row.note or source.note)
        out.append(TariffVersion(first_day, min(end_day, end) if end else end_day, read, noted))
    setting.row = None
    return out
