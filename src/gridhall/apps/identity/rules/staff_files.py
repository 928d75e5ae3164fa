"""A file of members of staff: what each line says, and what is wrong with it, by line and field. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from gridhall.apps.identity.rules.credentials import normalize_phone
from gridhall.apps.identity.rules.duties import CONFLICTS

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
LONGEST_NAME = 120
HEADS = {
    "phone": ("phone", "phone number", "mobile", "手机号", "手机", "电话"),
    "name": ("name", "姓名"),
    "email": ("email", "e-mail", "mail", "邮箱", "电子邮箱"),
    "roles": ("roles", "role", "岗位"),
    "state": ("state", "status", "状态"),
}
STATES = {
    "active": True, "in use": True, "在用": True,
    "suspended": False, "closed": False, "停用": False, "已停用": False,
}  # fmt: skip
_EMAIL = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]+\.[^@\s,;]+")
_BETWEEN_ROLES = re.compile(r"[;；、,，/|+\n]+")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """
    What a line wants of one member of staff; None leaves something as it is.

    :param roles: all the roles that he shall hold. :param is_active: False to keep him out.
    """

    line: int
    phone: str
    name: str
    email: str | None
    roles: tuple[str, ...] | None
    is_active: bool | None


@dataclass(frozen=True, slots=True)
class StaffFault:
    """
    What is wrong in one field of one line (None: of the whole file).

    :param code: `too-large`, `not-text`, `empty`, `no-header`, `too-many`, `extra-cells`, `no-phone-number`, `twice`,
        `no-name`, `long-name`, `not-email`, `no-such-role`, `duties-conflict`, `no-such-state`; of people: `customer`,
        `own-row`, `superuser`, `is-suspended`.
    :param value: what stands there, or what it collides with.
    """

    line: int | None
    field: str
    code: str
    value: str = ""


def read_staff_file(
    content: bytes, *, role_names: Mapping[str, str], known_roles: frozenset[str]
) -> tuple[list[StaffRow], list[StaffFault]]:
    """
    Read a CSV of Excel or of our own export: comma, semicolon or tab; UTF-8 or GB 18030; heads in Chinese or English.

    :param role_names: what roles are called -> the role.
    :returns: the good lines, and what is wrong with the others.
    """
    if len(content) > MOST_BYTES:
        return [], [StaffFault(None, "", "too-large")]
    text = _decode(content)
    if text is None:
        return [], [StaffFault(None, "", "not-text")]
    lines = list(_split(text))
    if not lines:
        return [], [StaffFault(None, "", "empty")]
    heads = [_find_head(cell) for cell in lines[0][1]]
    if not {"phone", "name"} <= set(heads):
        return [], [StaffFault(1, "", "no-header", ", ".join(lines[0][1])[:80])]
    if len(lines) - 1 > MOST_ROWS:
        return [], [StaffFault(None, "", "too-many", f"{len(lines) - 1:,}")]
    reader = _Reader(role_names, known_roles)
    for line, cells in lines[1:]:
        reader.read(line, heads, cells)
    return reader.rows, reader.faults


def _decode(content: bytes) -> str | None:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        return None  # a workbook, not a CSV
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each line that says something, with its number in the file."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    try:
        for cells in reader:
            stripped = [unicodedata.normalize("NFC", cell).strip().removeprefix("'") for cell in cells]
            if any(stripped):
                yield start, stripped
            start = reader.line_num + 1
    except csv.Error:  # a field without end: what came before it was read
        return


def _find_head(cell: str) -> str:
    said = cell.strip().lower()
    return next((field for field, names in HEADS.items() if said in names), "")


class _Reader:
    def __init__(self, role_names: Mapping[str, str], known_roles: frozenset[str]) -> None:
        self.rows: list[StaffRow] = []
        self.faults: list[StaffFault] = []
        self._names = {name.casefold(): role for name, role in role_names.items()}
        self._names |= {role.casefold(): role for role in known_roles}
        self._first: dict[str, int] = {}

    def read(self, line: int, heads: list[str], cells: list[str]) -> None:
        """Read one line; it is kept when nothing is wrong with it."""
        said = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
        faults: list[StaffFault] = []

        def fault(field: str, code: str, value: str = "") -> None:
            faults.append(StaffFault(line, field, code, value[:80]))

        if any(cells[len(heads) :]):
            fault("", "extra-cells")
        phone = normalize_phone(said.get("phone", ""))
        if phone is None:
            fault("phone", "no-phone-number", said.get("phone", ""))
        elif phone in self._first:
            fault("phone", "twice", str(self._first[phone]))
        else:
            self._first[phone] = line
        name = said.get("name", "")
        if not name:
            fault("name", "no-name")
        elif len(name) > LONGEST_NAME:
            fault("name", "long-name")
        email = said.get("email")
        if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
            fault("email", "not-email", email)
        roles = self._read_roles(said["roles"], fault) if "roles" in said else None
        state = said.get("state", "")
        if state and state.casefold() not in STATES:
            fault("state", "no-such-state", state)
        self.faults += faults
        if not faults and phone is not None:
            self.rows.append(StaffRow(line, phone, name, email, roles, STATES.get(state.casefold())))

    def _read_roles(self, said: str, fault: object) -> tuple[str, ...]:
        roles: set[str] = set()
        for part in _BETWEEN_ROLES.split(said):
            if word := part.strip():
                role = self._names.get(word.casefold())
                if role is None:
                    fault("roles", "no-such-role", word)  # type: ignore[operator]
                else:
                    roles.add(role)
        for one, other in combinations(sorted(roles), 2):
            if frozenset({one, other}) in CONFLICTS:
                fault("roles", "duties-conflict", f"{one} {other}")  # type: ignore[operator]
                break
        return tuple(sorted(roles))
