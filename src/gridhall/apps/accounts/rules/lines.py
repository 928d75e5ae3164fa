"""A CSV file as rows, line by line: whatever bytes it holds, each bad line costs that line alone."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gridhall.core.errors import Fault, FaultyInput

MAX_LINE_BYTES = 64 * 1024
_CHUNK = 1 << 20
_DELIMITERS = ",\t;，"
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BROKEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number in the file (from 1), its values by column name, trimmed; absent columns are missing."""

    line: int
    values: dict[str, str]


def find_encoding(file: BinaryIO) -> str:
    """
    Tell whether a file is UTF-8 or GB 18030 (which holds GBK), by which reading fails less. The file is rewound.

    A UTF-8 file with a few broken bytes stays UTF-8: only the lines that hold them are lost. What counts for UTF-8 are
    characters of three bytes, as Chinese ones are: GBK read as UTF-8 gives two-byte ones by chance, hardly ever those.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = wide = 0
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        broken += text.count("\ufffd")
        wide += sum(1 for character in text if "\u0800" <= character != "\ufffd") if not text.isascii() else 0
    file.seek(0)
    return "gb18030" if broken > wide else "utf-8"


def read_rows(file: BinaryIO, *, name: str, columns: dict[str, str], required: set[str]) -> Iterator[Row | Fault]:
    """
    Read the rows of a CSV file; a line that cannot be read comes out as a fault.

    :param file: at its beginning, and seekable.
    :param columns: the column that each accepted header stands for, headers as `normalize_header` gives them.
    :param required: columns without which the file says nothing.
    :raises FaultyInput: if the header cannot be used.
    """
    is_wide = file.read(2) in _WIDE_MARKS  # what spreadsheets call Unicode text
    file.seek(0)
    encoding = "utf-16" if is_wide else find_encoding(file)
    header: list[str | None] | None = None
    delimiter = ","
    for number, raw in _wide_lines(file) if is_wide else _lines(file):
        text = _decode(raw, encoding, name, number)
        if isinstance(text, Fault):
            yield text
            continue
        if header is None:
            text = text.removeprefix("\ufeff")
        if not text.strip(" \t,;，"):
            continue
        if header is None:
            delimiter = max(_DELIMITERS, key=text.count)
            header, warnings = _read_header(text, delimiter, name, number, columns, required)
            yield from warnings
            continue
        yield _read_row(text, delimiter, header, name, number)
    if header is None:
        raise FaultyInput([Fault(name, None, None, "the file has no header", "name the columns in the first line")])


def normalize_header(text: str) -> str:
    """
    Give a header in the form in which headers are compared: units in brackets, spaces and case do not count.

    >>> normalize_header(" 合同容量（kVA） "), normalize_header("Opened On"), normalize_header("capacity_kva")
    ('合同容量', 'openedon', 'capacitykva')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.partition("(")[0] if not text.startswith("(") else text
    return "".join(character for character in text if character.isalnum())


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Give the lines with their numbers; None for one that is too long to be a row."""
    number = 0
    while raw := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
            continue
        yield number, raw


def _wide_lines(file: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """Give the lines of a UTF-16 file in the same way."""
    reader = io.TextIOWrapper(file, "utf-16", errors="replace", newline="\n")
    number = 0
    try:
        while text := reader.readline(MAX_LINE_BYTES):
            number += 1
            is_whole = len(text) < MAX_LINE_BYTES or text.endswith("\n")
            while not is_whole and (rest := reader.readline(MAX_LINE_BYTES)) and not rest.endswith("\n"):
                pass
            yield number, text if is_whole else None
    finally:
        if not file.closed:
            reader.detach()  # the file stays open


def _decode(raw: bytes | str | None, encoding: str, name: str, number: int) -> str | Fault:
    if raw is None:
        return Fault(
            name, number, None, f"the line is longer than {MAX_LINE_BYTES:,} bytes", "end each row with a line end"
        )
    try:
        text = raw if isinstance(raw, str) else raw.decode(encoding)
    except UnicodeDecodeError:
        return Fault(name, number, None, "the line is neither UTF-8 nor GBK", "save the file as CSV UTF-8")
    if "\x00" in text:
        return Fault(name, number, None, "the line holds a NUL byte", "write the file anew as text")
    if isinstance(raw, str) and _BROKEN in text:
        return Fault(name, number, None, "the line is broken UTF-16", "save the file as CSV UTF-8")
    return text.rstrip("\r\n")


def _split(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return [value.strip() for value in text.split(delimiter)]
    (values,) = csv.reader([text], delimiter=delimiter, strict=True)
    return [value.strip() for value in values]


def _read_header(
    text: str, delimiter: str, name: str, number: int, columns: dict[str, str], required: set[str]
) -> tuple[list[str | None], list[Fault]]:
    try:
        titles = _split(text, delimiter)
    except (csv.Error, ValueError) as error:
        raise FaultyInput([Fault(name, number, None, f"the header cannot be read: {error}")]) from None
    header = [columns.get(normalize_header(title)) for title in titles]
    known = [column for column in header if column is not None]
    faults = [
        Fault(name, number, column, "the file has no such column", f"add it; needed are {', '.join(sorted(required))}")
        for column in sorted(required - set(known))
    ]
    faults += [
        Fault(name, number, column, "the column is there twice", "keep one of them")
        for column in sorted({column for column in known if known.count(column) > 1})
    ]
    if faults:
        raise FaultyInput(faults)
    return header, [
        Fault(name, number, title[:60], "this column is not known and was left out", is_warning=True)
        for title, column in zip(titles, header, strict=True)
        if column is None and title
    ]


def _read_row(text: str, delimiter: str, header: list[str | None], name: str, number: int) -> Row | Fault:
    try:
        values = _split(text, delimiter)
    except (csv.Error, ValueError):
        return Fault(name, number, None, "a quotation mark is not closed", 'write " inside a value as ""')
    while len(values) > len(header) and not values[-1]:
        values.pop()
    if len(values) != len(header):
        problem = f"the line has {len(values)} values, the header {len(header)}"
        return Fault(name, number, None, problem, "put values that hold a comma in quotation marks")
    return Row(number, {column: value for column, value in zip(header, values, strict=True) if column})
