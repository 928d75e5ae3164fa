"""
PostgreSQL's binary COPY format from numpy columns, without a Python object a row.

Rows are grouped by the widths of their variable columns (texts, nulls), so that each group is one structured array.
Source: PostgreSQL documentation, COPY, "Binary Format", and the recv functions of the types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
_EPOCH_DAY = date(2000, 1, 1).toordinal()
_EPOCH_US = 946_684_800_000_000
_INTEGERS = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "bool": "u1"}
_NUMERIC_DIGITS = 6


@dataclass(frozen=True)
class Column:
    """
    One column of n rows.

    :param kind: int2, int4, int8, bool, date (days since 0001-01-01 as `date.toordinal`), timestamptz (microseconds
        since 1970), uuid (bytes, S16), text (bytes, S…), numeric:P (integers in 10**-P), int8[] (two-dimensional).
    :param values: the values, or one value for all rows.
    :param nulls: bool[n], where the column is null; True: everywhere.
    """

    name: str
    kind: str
    values: Any
    nulls: Any = None


def encode_rows(columns: Sequence[Column], rows: int) -> bytes:
    """
    Encode rows for `COPY … FROM STDIN (FORMAT BINARY)`; the order of rows is not kept.

    >>> encode_rows([Column("a", "int2", np.array([7]))], 1)[19:-2].hex()
    '0001000000020007'
    """
    return HEADER + encode_body(columns, rows) + TRAILER


def encode_body(columns: Sequence[Column], rows: int) -> bytes:
    """Encode rows without header and trailer, so that differently shaped groups can go into one COPY."""
    if rows == 0:
        return b""
    encoded = [_encode(column, rows) for column in columns]
    widths = [item[1] for item in encoded]
    varying = [width for width in widths if isinstance(width, np.ndarray)]
    if not varying:
        groups: list[Any] = [slice(None)]
    else:
        _, which = np.unique(np.stack(varying, axis=1), axis=0, return_inverse=True)
        which = which.reshape(-1)
        groups = [np.flatnonzero(which == index) for index in range(int(which.max()) + 1)]
    return b"".join(_encode_group(encoded, rows, group) for group in groups)


def _encode_group(encoded: list[tuple[Any, Any]], rows: int, group: Any) -> bytes:
    count = rows if isinstance(group, slice) else len(group)
    fields: list[tuple[str, str]] = [("n", ">i2")]
    parts: list[tuple[int, Any]] = []
    for index, (data, width) in enumerate(encoded):
        size = int(width[group][0]) if isinstance(width, np.ndarray) else width
        fields.append((f"w{index}", ">i4"))
        if size > 0:
            fields.append((f"v{index}", f"V{size}"))
        parts.append((size, data))
    out = np.empty(count, np.dtype(fields))
    out["n"] = len(encoded)
    for index, (size, data) in enumerate(parts):
        out[f"w{index}"] = size
        if size > 0:
            block = data if len(data) == 1 else data[group]
            block = np.ascontiguousarray(block[:, :size])
            out[f"v{index}"] = block.view(f"V{size}").reshape(-1)
    return out.tobytes()


def _encode(column: Column, rows: int) -> tuple[Any, Any]:
    """Give the bytes uint8[n or 1, width] of a column, and its width: one number, or int64[n] with -1 for null."""
    if column.nulls is True:
        return None, -1
    data, width = _bytes_of(column)
    if column.nulls is not None:
        nulls = np.asarray(column.nulls, bool)
        if nulls.all():
            return None, -1
        if nulls.any():
            width = np.where(nulls, -1, width)
    if isinstance(width, np.ndarray) and len(width) == 1:
        width = int(width[0])
    return data, width


def _bytes_of(column: Column) -> tuple[NDArray[np.uint8], Any]:
    kind, values = column.kind, column.values
    if kind in _INTEGERS:
        return _raw(np.atleast_1d(np.asarray(values)).astype(_INTEGERS[kind]))
    if kind == "date":
        values = values.toordinal() if isinstance(values, date) else values
        return _raw((np.atleast_1d(np.asarray(values, np.int64)) - _EPOCH_DAY).astype(">i4"))
    if kind == "timestamptz":
        values = _microseconds(values) if isinstance(values, datetime) else values
        return _raw((np.atleast_1d(np.asarray(values, np.int64)) - _EPOCH_US).astype(">i8"))
    if kind == "uuid":
        return _raw(np.atleast_1d(np.asarray(values, "V16")))
    if kind == "text":
        values = values.encode() if isinstance(values, str) else values
        texts = np.atleast_1d(np.asarray(values, "S"))
        data = texts.view(np.uint8).reshape(len(texts), -1) if texts.itemsize else np.zeros((len(texts), 1), np.uint8)
        return data, np.char.str_len(texts).astype(np.int64)
    if kind == "int8[]":
        return _array(np.asarray(values, np.int64))
    if kind.startswith("numeric:"):
        return _numeric(np.atleast_1d(np.asarray(values, np.int64)), int(kind[8:]))
    raise ValueError(f"{kind} is not a known kind of column")


def _raw(values: NDArray[Any]) -> tuple[NDArray[np.uint8], int]:
    values = np.ascontiguousarray(values)
    return values.view(np.uint8).reshape(len(values), -1), values.itemsize


def _microseconds(moment: datetime) -> int:
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond


def _array(values: NDArray[np.int64]) -> tuple[NDArray[np.uint8], int]:
    """int8[]: dimensions 1, no nulls, element type 20, length, lower bound 1, then each element with its width."""
    rows, length = values.shape
    if length == 0:
        return _raw(np.broadcast_to(np.frombuffer(np.array([0, 0, 20], ">i4").tobytes(), "V12"), (rows,)))
    head = np.array([1, 0, 20, length, 1], ">i4").tobytes()
    out = np.empty(rows, np.dtype([("head", f"V{len(head)}"), ("items", [("w", ">i4"), ("v", ">i8")], (length,))]))
    out["head"] = np.frombuffer(head, f"V{len(head)}")[0]
    out["items"]["w"] = 8
    out["items"]["v"] = values
    return _raw(out)


def _numeric(values: NDArray[np.int64], places: int) -> tuple[NDArray[np.uint8], int]:
    """Write numeric as base-10000 digits, always six; the server strips leading zeros."""
    fraction_groups = -(-places // 4)
    magnitude = np.abs(values)
    unit = 10**places
    whole, fraction = magnitude // unit, magnitude % unit * 10 ** (4 * fraction_groups - places)
    out = np.empty(
        len(values),
        np.dtype(
            [("n", ">i2"), ("weight", ">i2"), ("sign", ">u2"), ("scale", ">i2"), ("digits", ">i2", (_NUMERIC_DIGITS,))]
        ),
    )
    out["n"], out["weight"], out["scale"] = _NUMERIC_DIGITS, _NUMERIC_DIGITS - fraction_groups - 1, places
    out["sign"] = np.where(values < 0, 0x4000, 0)
    for index in range(_NUMERIC_DIGITS - 1, -1, -1):
        if index >= _NUMERIC_DIGITS - fraction_groups:
            out["digits"][:, index] = fraction % 10_000
            fraction = fraction // 10_000
        else:
            out["digits"][:, index] = whole % 10_000
            whole = whole // 10_000
    return _raw(out)
