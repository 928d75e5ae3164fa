"""
Questions that are asked in every request, in SQL that is written once.

The ORM builds its SQL anew each time, which costs more than the answer where one row is looked up by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


class FixedQuery:
    """
    A question whose rows become instances of models, as the ORM would make them.

    :param tables: models whose columns are asked for, in this order.
    :param tail: SQL from FROM on; the models' tables go by their own names.
    """

    def __init__(self, *tables: type[models.Model], tail: str) -> None:
        self._tables = tables
        self._names = [[field.attname for field in table._meta.concrete_fields] for table in tables]
        columns = [
            f'"{table._meta.db_table}"."{field.column}"' for table in tables for field in table._meta.concrete_fields
        ]
        self._sql = f"SELECT {', '.join(columns)} {tail}"

    def ask(self, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Give one tuple of instances a row."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            rows = cursor.fetchall()
        return [self._instances(row) for row in rows]

    def _instances(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        found, begin = [], 0
        for table, names in zip(self._tables, self._names, strict=True):
            found.append(table.from_db(connection.alias, names, row[begin : begin + len(names)]))
            begin += len(names)
        return tuple(found)
