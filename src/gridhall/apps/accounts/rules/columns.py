"""What may stand in a column of an import file, and how it is read. Blank always means: nothing is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from zoneinfo import ZoneInfo

from gridhall.apps.identity.rules import normalize_phone
from gridhall.core.errors import Fault

# Without marks between them a day has eight digits: 2026111 could be the 1st of November or the 11th of January.
_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))"
)
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")  # spreadsheets add it to days
_MOMENT = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_ZONE = ZoneInfo("Asia/Shanghai")
_YES, _NO = {"1", "true", "t", "yes", "y", "是", "有"}, {"0", "false", "f", "no", "n", "否", "无"}


class Mistake(ValueError):
    """A value that cannot be used: the problem, and how to mend it."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type in SQL, how it is read, and what else its header may be called."""

    name: str
    sql_type: str
    read: Callable[[str], object]
    synonyms: tuple[str, ...] = ()
    is_required: bool = False
    default: object = None

    def needed(self) -> Column:
        """Give the same column, without which no row can be used."""
        return Column(self.name, self.sql_type, self.read, self.synonyms, True)


def shorten(value: str) -> str:
    """Quote a value for a message, never the whole of a long one."""
    return repr(value if len(value) <= 40 else value[:40] + "…")


def text(name: str, length: int, *synonyms: str) -> Column:
    """A column of text."""

    def read(value: str) -> str:
        if len(value) > length:
            raise Mistake(f"the text has {len(value)} characters", f"write at most {length}")
        if any(character < " " or character == "\x7f" for character in value):
            raise Mistake("the text holds control characters", "remove them")
        return value

    return Column(name, "text", read, synonyms)


def matching(name: str, form: str, remedy: str, *synonyms: str) -> Column:
    """A column whose values have a form, such as a customer number."""
    pattern = re.compile(form)

    def read(value: str) -> str:
        if not pattern.fullmatch(value):
            raise Mistake(f"{shorten(value)} has not the right form", remedy)
        return value

    return Column(name, "text", read, synonyms)


def day(name: str, *synonyms: str) -> Column:
    """A column of local days."""

    def read(value: str) -> date:
        match = _DAY.fullmatch(_MIDNIGHT.sub("", value))
        try:
            parsed = date(*(int(part) for part in match.groups() if part and part.isdigit())) if match else None
        except ValueError:
            parsed = None
        if parsed is None or not 1900 <= parsed.year <= 2200:
            raise Mistake(f"{shorten(value)} is not a day", "write it as 2026-01-31")
        return parsed

    return Column(name, "date", read, synonyms)


def moment(name: str, *synonyms: str) -> Column:
    """A column of moments; without an offset they are in the zone of the company."""

    def read(value: str) -> datetime:
        try:  # 2026/1/31 8:00 is how spreadsheets write it
            found = _MOMENT.fullmatch(value)
            parsed = datetime(*map(int, found.groups("0")), tzinfo=_ZONE) if found else datetime.fromisoformat(value)
        except ValueError:
            raise Mistake(f"{shorten(value)} is not a moment", "write it as 2026-01-31 08:00") from None
        if not 1900 <= parsed.year <= 2200:
            raise Mistake(f"{shorten(value)} is out of range", "write it as 2026-01-31 08:00")
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=_ZONE)

    return Column(name, "timestamptz", read, synonyms)


def degrees(name: str, most: int, *synonyms: str) -> Column:
    """A column of latitudes or longitudes in degrees, to six places."""
    number = decimal(name, 3, 6, least=-999)

    def read(value: str) -> Decimal:
        parsed: Decimal = number.read(value)  # type: ignore[assignment]
        if abs(parsed) > most:
            raise Mistake(f"{shorten(value)} is out of range", f"from -{most} to {most} degrees")
        return parsed

    return Column(name, "numeric", read, synonyms)


def decimal(name: str, whole: int, places: int, *synonyms: str, least: int = 0) -> Column:
    """A column of decimal numbers with so many whole digits and places."""

    def read(value: str) -> Decimal:
        try:
            parsed = Decimal(value)
        except InvalidOperation:
            raise Mistake(f"{shorten(value)} is not a number", "write it as 12.5") from None
        if not parsed.is_finite() or not least <= parsed < 10**whole or value.count("_"):
            raise Mistake(f"{shorten(value)} is out of range", f"from {least} to below {10**whole:,}")
        if parsed != round(parsed, places):
            raise Mistake(f"{shorten(value)} is finer than is kept", f"write at most {places} decimal places")
        return round(parsed, places)

    return Column(name, "numeric", read, synonyms)


def whole(name: str, most: int, *synonyms: str) -> Column:
    """A column of whole numbers from 0."""

    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit()) or len(value) > 9 or int(value) > most:
            raise Mistake(f"{shorten(value)} is not a whole number from 0 to {most}", "write it as 3")
        return int(value)

    return Column(name, "integer", read, synonyms)


def yes_or_no(name: str, *synonyms: str) -> Column:
    """A column of yes or no."""

    def read(value: str) -> bool:
        low = value.casefold()
        if low not in _YES | _NO:
            raise Mistake(f"{shorten(value)} is neither yes nor no", "write yes or no")
        return low in _YES

    return Column(name, "boolean", read, synonyms)


def choice(name: str, kind: type[Enum], words: dict[str, str], *synonyms: str) -> Column:
    """A column of one of the values of a kind, or of the Chinese words for them."""
    known = {member.value.casefold(): member.value for member in kind} | {
        word.casefold(): value for word, value in words.items()
    }

    def read(value: str) -> str:
        found = known.get(value.casefold())
        if found is None:
            offered = ", ".join(member.value for member in kind)
            raise Mistake(f"{shorten(value)} is not known", f"write one of {offered}")
        return found

    return Column(name, "text", read, synonyms)


def choices(name: str, kind: type[Enum], words: dict[str, str], *synonyms: str) -> Column:
    """A column of several values of a kind, parted by | or blanks."""
    one = choice(name, kind, words)

    def read(value: str) -> list[str]:
        found = {one.read(part) for part in re.split(r"[|;；、/\s]+", value) if part}
        return [member.value for member in kind if member.value in found]

    return Column(name, "text[]", read, synonyms)


def phone(name: str, *synonyms: str) -> Column:
    """A column of phone numbers."""

    def read(value: str) -> str:
        number = normalize_phone(value)
        if number is None:
            raise Mistake(f"{shorten(value)} is not a phone number", "write it as 13812345678")
        return number

    return Column(name, "text", read, synonyms)


def read_values(columns: tuple[Column, ...], values: dict[str, str], *, file: str, line: int) -> dict | list[Fault]:
    """Read one row: a value for each column, or every fault that stands in it."""
    read: dict[str, object] = {}
    faults: list[Fault] = []
    for column in columns:
        value = values.get(column.name, "")
        if not value:
            if column.is_required:
                faults.append(Fault(file, line, column.name, "it is empty", "every row needs it"))
            read[column.name] = column.default
            continue
        try:
            read[column.name] = column.read(value)
        except Mistake as mistake:
            faults.append(Fault(file, line, column.name, mistake.problem, mistake.remedy))
    return faults or read
