"""How one batch of rows gets in: copied to a staging table, checked and merged by whole sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from gridhall.apps.accounts.rules.tables import Table
from gridhall.core.errors import Fault


@dataclass(frozen=True, slots=True)
class Check:
    """A condition (SQL over the staging row `s`) under which a row is not taken, and what is said of it."""

    field: str
    condition: str
    problem: str
    remedy: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """
    How rows of one kind of file become rows of the database.

    :param key: SQL text over `s` that names the row; the second row of a file with the same key is a fault.
    :param extra: columns of the staging table that `resolve` fills, such as ids of what is named by code.
    :param resolve: statements that fill them.
    :param checks: in this order; a row falls at the first that holds.
    :param update, insert: statements over `good` (the rows without fault); their row counts are reported.
    :param before, after: further statements, for what the rows hang on and what hangs on them.
    :param index: columns by which rows of the file look for each other; without, a large batch would take squared time.
    :param hook: called before them all with the cursor and parameters, for what SQL alone cannot do.
    """

    table: Table
    key: str
    extra: str
    resolve: tuple[str, ...]
    checks: tuple[Check, ...]
    update: str
    insert: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    hook: Callable[[Any, dict], None] | None = None
    index: str = ""


@dataclass(slots=True)
class Counts:
    """What became of the rows of a batch or a file."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    faulty: int = 0
    warnings: int = 0

    @property
    def unchanged(self) -> int:
        """Rows that said what was known."""
        return self.rows - self.created - self.updated - self.faulty

    def add(self, other: Counts) -> None:
        """Count another batch in."""
        for field in ("rows", "created", "updated", "faulty", "warnings"):
            setattr(self, field, getattr(self, field) + getattr(other, field))


def prepare(merge: Merge) -> None:
    """Make the staging tables of one file; they vanish with the connection."""
    columns = ", ".join(f'"{column.name}" {column.sql_type}' for column in merge.table.columns)
    extra = f", {merge.extra}" if merge.extra else ""
    with connection.cursor() as cursor:
        clear(cursor)
        cursor.execute(f"CREATE TEMP TABLE s (line integer, fault integer, {columns}{extra})")
        if merge.index:
            cursor.execute(f"CREATE INDEX ON s ({merge.index})")
        cursor.execute("CREATE TEMP VIEW good AS SELECT * FROM s WHERE fault IS NULL")
        cursor.execute("CREATE TEMP TABLE seen (key text PRIMARY KEY, line integer)")


def clear(cursor: object) -> None:
    """Drop the staging tables."""
    cursor.execute("DROP VIEW IF EXISTS good; DROP TABLE IF EXISTS s; DROP TABLE IF EXISTS seen")  # type: ignore[attr-defined]


def merge_batch(merge: Merge, rows: list[dict], *, file: str, parameters: dict) -> tuple[Counts, list[Fault]]:
    """
    Merge one batch inside the running transaction.

    :param rows: as the table's columns read them, with `line` and whatever of `extra` is made outside the database.
    :param parameters: `at`, `today` and `actor`, for statements that ask for them.
    """
    counts = Counts(rows=len(rows))
    names = list(rows[0])
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE s")
        with cursor.copy(f"COPY s ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
        cursor.execute("ANALYZE s")
        faults = _find_duplicates(cursor, merge, file)
        for statement in merge.resolve:
            cursor.execute(statement, parameters)
        cursor.execute("ANALYZE s")
        for position, check in enumerate(merge.checks):
            faults += _run_check(cursor, check, position, file, parameters)
        if merge.hook:
            merge.hook(cursor, parameters)
        for statement in merge.before:
            cursor.execute(statement, parameters)
        if merge.update:
            cursor.execute(merge.update, parameters)
            counts.updated = cursor.rowcount
        if merge.insert:
            cursor.execute(merge.insert, parameters)
            counts.created = cursor.rowcount
        for statement in merge.after:
            cursor.execute(statement, parameters)
    counts.faulty = sum(not fault.is_warning for fault in faults)
    counts.warnings = len(faults) - counts.faulty
    return counts, sorted(faults, key=lambda fault: fault.line or 0)


def _find_duplicates(cursor: object, merge: Merge, file: str) -> list[Fault]:
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO seen SELECT DISTINCT ON (1) {merge.key}, line FROM s ORDER BY 1, line ON CONFLICT DO NOTHING"
    )
    cursor.execute(  # type: ignore[attr-defined]
        f"UPDATE s SET fault = -1 FROM seen WHERE seen.key = {merge.key} AND seen.line <> s.line "
        "RETURNING s.line, seen.line"
    )
    return [
        Fault(file, line, None, f"the same thing stands on line {first} already", "keep one of the two")
        for line, first in cursor.fetchall()  # type: ignore[attr-defined]
    ]


def _run_check(cursor: object, check: Check, position: int, file: str, parameters: dict) -> list[Fault]:
    if check.is_warning:
        statement = f"SELECT line FROM s WHERE fault IS NULL AND ({check.condition})"
    else:
        statement = f"UPDATE s SET fault = {position} WHERE fault IS NULL AND ({check.condition}) RETURNING line"
    cursor.execute(statement, parameters)  # type: ignore[attr-defined]
    return [
        Fault(file, line, check.field, check.problem, check.remedy, check.is_warning)
        for (line,) in cursor.fetchall()  # type: ignore[attr-defined]
    ]
