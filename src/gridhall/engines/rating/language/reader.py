"""Reads typed values out of nodes and gathers every fault instead of stopping at the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from gridhall.core.errors import Fault
from gridhall.core.periods import Month
from gridhall.engines.rating.language.document import Node

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
LARGEST = Decimal("1e12")
MOST_PLACES = 12
EMPTY = Node({}, None)


class Reader:
    """One file being read. `faults` is filled as it goes; values that are wrong come back as the default."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, node: Node | None, field: str, problem: str, remedy: str = "") -> None:
        """Note something wrong."""
        line = node.line if node is not None else None
        self.faults.append(Fault(self.file, line, field or None, problem, remedy))

    def mapping(self, node: Node, field: str, known: Iterable[str] | None = None) -> dict[str, Node]:
        """Give a mapping; keys that nobody knows are faults, with the nearest known key."""
        if not node.is_map:
            self.fault(node, field, "is not a mapping", "write `key: value` lines below it")
            return {}
        if known is not None:
            names = sorted(known)
            for key, child in node.value.items():
                if key not in names:
                    near = difflib.get_close_matches(key[:80], names, 1)
                    remedy = f"did you mean {near[0]}?" if near else f"known here: {', '.join(names)}"
                    self.fault(child, f"{field}.{key[:60]}" if field else key[:60], "is not known", remedy)
        return node.value

    def items(self, node: Node | None, field: str) -> list[Node]:
        """Give a list; nothing is an empty list."""
        if node is None or node.is_null:
            return []
        if not node.is_list:
            self.fault(node, field, "is not a list", "write `- …` lines below it")
            return []
        return node.value

    def text(self, node: Node | None, field: str, default: str = "", *, required: Node | None = None) -> str:
        """Give a text."""
        if node is None or node.is_null:
            if required is not None:
                self.fault(required, field, "is missing", f"add `{field.rsplit('.', 1)[-1]}:`")
            return default
        if isinstance(node.value, dict | list):
            self.fault(node, field, "is not a text", "write one line of text")
            return default
        return str(node.value)

    def code(self, node: Node | None, field: str, default: str = "", *, required: Node | None = None) -> str:
        """Give a code word."""
        value = self.text(node, field, default, required=required)
        if node is not None and value and not CODE.match(value):
            self.fault(node, field, f"{value[:40]!r} is not a code", "use letters, digits, - _ . and at most 64")
            return default
        return value

    def choice(self, node: Node | None, field: str, allowed: Iterable[str], default: str) -> str:
        """Give one of some words."""
        value = self.text(node, field, default)
        if value not in (names := list(allowed)):
            self.fault(node, field, f"{value[:40]!r} is not one of the choices", f"write one of {', '.join(names)}")
            return default
        return value

    def flag(self, node: Node | None, field: str, default: bool) -> bool:
        """Give true or false."""
        if node is None or node.is_null:
            return default
        if isinstance(node.value, bool):
            return node.value
        if isinstance(node.value, str) and node.value.lower() in ("true", "false", "yes", "no"):
            return node.value.lower() in ("true", "yes")
        self.fault(node, field, f"{str(node.value)[:40]!r} is not true or false", "write true or false")
        return default

    def decimal(
        self,
        node: Node | None,
        field: str,
        default: Decimal | None = None,
        *,
        required: Node | None = None,
        least: Decimal | None = None,
    ) -> Decimal | None:
        """Give a number, exactly as written."""
        if node is None or node.is_null:
            if required is not None:
                self.fault(required, field, "is missing", f"add `{field.rsplit('.', 1)[-1]}:` with a number")
            return default
        if isinstance(node.value, bool | dict | list):
            self.fault(node, field, "is not a number", "write it as 0.558")
            return default
        try:
            value = Decimal(str(node.value).strip().replace("_", ""))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self.fault(node, field, f"{str(node.value)[:40]!r} is not a number", "write it as 0.558")
            return default
        if abs(value) > LARGEST or (value and value.adjusted() < -30):
            self.fault(node, field, f"{str(node.value)[:40]} is beyond all prices and limits", "check the figure")
            return default
        if least is not None and value < least:
            self.fault(node, field, f"{value} is below {least}", f"write {least} or more")
            return default
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_PLACES:
            value = round(value, MOST_PLACES)
        return value

    def whole(self, node: Node | None, field: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
        """Give a whole number."""
        value = self.decimal(node, field, Decimal(default))
        if value is None or value != int(value) or not least <= value <= most:
            self.fault(node, field, f"is not a whole number from {least} to {most}", f"write {default}, say")
            return default
        return int(value)

    def day(self, node: Node | None, field: str, *, required: Node | None = None) -> date | None:
        """Give a day."""
        if node is None or node.is_null:
            if required is not None:
                self.fault(required, field, "is missing", f"add `{field.rsplit('.', 1)[-1]}: 2026-01-01`")
            return None
        if isinstance(node.value, date):
            return node.value
        try:
            return date.fromisoformat(str(node.value)[:10])
        except ValueError:
            self.fault(node, field, f"{str(node.value)[:40]!r} is not a day", "write it as 2026-01-31")
            return None

    def months(self, node: Node | None, field: str) -> frozenset[int]:
        """Give months of the year: a list of 1 to 12; ranges such as 11-2 are taken too."""
        found: set[int] = set()
        nodes = [node] if node is not None and not node.is_list and not node.is_null else self.items(node, field)
        for item in nodes:
            first, dash, last = str(item.value).partition("-")
            last = last if dash else first
            if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= 12 and 1 <= int(last) <= 12):
                self.fault(item, field, f"{str(item.value)[:40]!r} is no month", "write months as [7, 8] or [11-2]")
                continue
            span = (int(last) - int(first)) % 12
            found |= {(int(first) - 1 + i) % 12 + 1 for i in range(span + 1)}
        return frozenset(found)

    def month_range(self, node: Node | None, field: str, *, required: Node) -> tuple[Month, Month] | None:
        """Give a month, or months from to, such as 2025-01..2025-12."""
        text = self.text(node, field, required=required)
        if not text:
            return None
        first, _, last = text.partition("..")
        try:
            span = Month.parse(first.strip()), Month.parse((last or first).strip())
        except ValueError:
            self.fault(node, field, f"{text[:40]!r} is no month", "write 2026-01 or 2025-01..2025-12")
            return None
        if span[1] < span[0] or (span[1].year - span[0].year) > 50:
            self.fault(node, field, f"{text[:40]!r} ends before it starts, or spans over 50 years", "write it in order")
            return None
        return span
