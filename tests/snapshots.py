"""What stands in the database, kept aside, so that whatever a test commits can be measured and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, LiteralString, cast

import psycopg

_SAID = """SELECT md5(coalesce(string_agg(said, '' ORDER BY said), '')) FROM
  (SELECT md5((to_jsonb(row) - %s::text[])::text) AS said FROM "{}" row) each"""
NEVER_OURS = frozenset({"django_migrations"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every table as it was: name -> digest of its rows; the rows are in a schema of their own."""

    schema: str
    digests: dict[str, str]

    def list_changed(self, own: psycopg.Connection[Any]) -> list[str]:
        """Name the tables that are not as they were."""
        now = _read_digests(own, list(self.digests))
        return [name for name, digest in self.digests.items() if now[name] != digest]

    def read_effects(self, own: psycopg.Connection[Any], tables: list[str]) -> dict[str, tuple[int, str]]:
        """
        Tell what came of something: table -> how many rows more it has, and a digest of what all its rows say.

        Left out of the digest is what differs each time for the same deed: moments, keys, and what is drawn by chance.
        """
        found = {}
        for name in tables:
            apart = _list_chance_columns(own, name)
            more = _ask(own, f'SELECT (SELECT count(*) FROM "{name}") - (SELECT count(*) FROM {self.schema}."{name}")')
            digest = own.execute(cast(LiteralString, _SAID.format(name)), [apart]).fetchall()
            found[name] = (more[0][0], digest[0][0])
        return found

    def restore(self, own: psycopg.Connection[Any]) -> list[str]:
        """Put everything back; gives the tables that were changed."""
        changed = _order(own, self.list_changed(own))
        if not changed:
            return []
        with own.transaction():
            # Append-only tables refuse even this; their owner may put the guards aside for as long as this takes.
            _say(own, *(f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in changed))
            _say(own, "SET CONSTRAINTS ALL DEFERRED")
            _say(own, *(f'DELETE FROM "{name}"' for name in reversed(changed)))
            for name in changed:
                columns = ", ".join(f'"{column}"' for column in _list_columns(own, name))
                into = f'INSERT INTO "{name}" ({columns}) OVERRIDING SYSTEM VALUE'
                _say(own, f'{into} SELECT {columns} FROM {self.schema}."{name}"')
            _say(own, "SET CONSTRAINTS ALL IMMEDIATE")
            _say(own, *(f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in changed))
        return changed


def open_own() -> psycopg.Connection[Any]:
    """Open a connection beside the test's own, which stands in a transaction that is never committed."""
    from django.db import connection

    assert connection.settings_dict["NAME"].startswith("test_"), "Only databases of tests are put back."
    own = psycopg.connect(
        **connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "options": "-c lock_timeout=20s"}
    )
    own.autocommit = True
    return own


def keep(own: psycopg.Connection[Any], schema: str = "kept_aside") -> Snapshot:
    """Keep every table aside."""
    from django.db import connection

    tables = [name for name in connection.introspection.table_names() if name not in NEVER_OURS]
    with own.transaction():
        _say(own, f"DROP SCHEMA IF EXISTS {schema} CASCADE", f"CREATE SCHEMA {schema}")
        _say(own, *(f'CREATE TABLE {schema}."{name}" AS TABLE "{name}"' for name in tables))
    return Snapshot(schema, _read_digests(own, tables))


def forget(own: psycopg.Connection[Any], kept: Snapshot) -> None:
    """Drop what was kept aside."""
    _say(own, f"DROP SCHEMA IF EXISTS {kept.schema} CASCADE")


def _order(own: psycopg.Connection[Any], tables: list[str]) -> list[str]:
    """Put those that others refer to first: not every reference waits for the end of the transaction."""
    asked = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    sorter = TopologicalSorter[str]({name: set() for name in tables})
    for table, other in own.execute(f"{asked} AND NOT condeferrable AND conrelid <> confrelid").fetchall():
        if table in tables and other in tables:
            sorter.add(table, other)
    return list(sorter.static_order())


def _read_digests(own: psycopg.Connection[Any], tables: list[str]) -> dict[str, str]:
    whole = " UNION ALL ".join(
        f"SELECT '{name}', coalesce(sum(hashtextextended(row::text, 0))::text, '') || ':' || count(*)"
        f' FROM "{name}" row'
        for name in tables
    )
    return dict(_ask(own, whole))


# Drawn by chance, or words that tell the minute.
CHANCE = (
    "password", "session_key", "session_data", "payload", "digest", "key", "text_zh", "text_en", "sms_zh", "sms_en",
)  # fmt: skip
# A job is given the key of what it is about.
CHANCE_OF_TABLES = {
    "notifications_feedback": ("number",),
    "procrastinate_jobs": ("args", "lock", "queueing_lock"),
}


def _list_chance_columns(own: psycopg.Connection[Any], table: str) -> list[str]:
    asked = (
        "SELECT attname FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND (atttypid IN ('timestamptz'::regtype, 'uuid'::regtype, 'bytea'::regtype) OR attname = ANY(%(chance)s)"
        " OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = attrelid AND attnum = ANY(conkey)"
        " AND contype IN ('p', 'f')))"
    )
    chance = [*CHANCE, *CHANCE_OF_TABLES.get(table, ())]
    return [name for (name,) in own.execute(asked, {"table": f'"{table}"', "chance": chance}).fetchall()]


def _list_columns(own: psycopg.Connection[Any], table: str) -> list[str]:
    asked = (
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
    )
    return [name for (name,) in own.execute(asked, [f'"{table}"']).fetchall()]


def _ask(own: psycopg.Connection[Any], words: str) -> list[Any]:
    return own.execute(cast(LiteralString, words)).fetchall()


def _say(own: psycopg.Connection[Any], *words: str) -> None:
    for each in words:
        own.execute(cast(LiteralString, each))
