"""
Questions that are asked in every request, in SQL that is written once and planned once.

The ORM builds its SQL anew each time, which costs more than the answer where one row is looked up by its key; and
PostgreSQL plans anew what comes as new text, which for a question of several tables costs more than reading them. These
go out with their parameters beside them, prepared on each connection. Where a pooler between us and the server cannot
keep prepared statements, `GRIDHALL_PREPARED=0` has them planned each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, models

Params = Sequence[Any] | Mapping[str, Any]


class PreparedCursor(psycopg.Cursor[Any]):
    """The driver's own cursor: parameters are bound by the server, while Django's fills them in."""

    is_binary = False
    is_prepared = True

    def execute(self, query: Any, params: Params | None = None, **_: Any) -> PreparedCursor:
        """Run a statement."""
        is_prepared = self.is_prepared and settings.GRIDHALL_PREPARED
        return super().execute(query, params, prepare=is_prepared, binary=self.is_binary)


@contextmanager
def prepared_cursor(*, is_binary: bool = False, is_prepared: bool = True) -> Iterator[PreparedCursor]:
    """
    Open a cursor whose statements are prepared; they are counted and logged as those of the ORM are.

    :param is_prepared: False where the best plan depends on the parameters, as on how many accounts are asked for.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, PreparedCursor(connection.connection) as cursor:
        cursor.is_binary, cursor.is_prepared = is_binary, is_prepared
        wrapped = connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
        yield wrapped  # type: ignore[misc]


def ask_rows(sql: str, params: Params, *, is_prepared: bool = True) -> list[tuple[Any, ...]]:
    """Give the rows of a prepared statement."""
    with prepared_cursor(is_prepared=is_prepared) as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


class FixedQuery:
    """
    A question whose rows become instances of models, as the ORM would make them.

    :param tables: models whose columns are asked for, in this order.
    :param tail: SQL from FROM on; the models' tables go by their own names.
    :param more: SQL of further columns, which come after the instances as they are.
    """

    def __init__(self, *tables: type[models.Model], tail: str, more: Sequence[str] = ()) -> None:
        self._tables = tables
        self._names = [[field.attname for field in table._meta.concrete_fields] for table in tables]
        columns = [
            f'"{table._meta.db_table}"."{field.column}"' for table in tables for field in table._meta.concrete_fields
        ]
        self._sql = f"SELECT {', '.join([*columns, *more])} {tail}"

    def ask(self, params: Params) -> list[tuple[Any, ...]]:
        """Give one tuple of instances a row."""
        return [self._instances(row) for row in ask_rows(self._sql, params)]

    def _instances(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        found, begin = [], 0
        for table, names in zip(self._tables, self._names, strict=True):
            found.append(table.from_db(connection.alias, names, row[begin : begin + len(names)]))
            begin += len(names)
        return (*found, *row[begin:])
