"""PostgreSQL's own programs, and the statements that move whole databases."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from gridhall.config import postgres_home
from gridhall.core.errors import BusinessError


class UnableToMoveDatabase(BusinessError):
    """A database could not be dumped or restored; the message gives PostgreSQL's reason."""


def get_connection_facts() -> dict[str, Any]:
    """Give host, port, user, password and dbname of the application's database, as psycopg takes them."""
    from django.db import connection

    facts = connection.get_connection_params()
    return {name: facts[name] for name in ("host", "port", "user", "password", "dbname") if facts.get(name)}


def dump_database(target: Path, *, snapshot: str, postgres_version: int) -> None:
    """
    Dump one snapshot of the database in PostgreSQL's custom format.

    :param postgres_version: the server's, such as 180006; the program must not be older.
    """
    facts = get_connection_facts()
    command = [_find_program("pg_dump", postgres_version), "--format=custom", "--compress=gzip:1"]
    command += ["--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    _run(command, facts, facts["dbname"])


def restore_database(source: Path, name: str, *, postgres_version: int) -> None:
    """Restore a dump into an empty database; stops at the first error."""
    command = [_find_program("pg_restore", postgres_version), "--exit-on-error", "--no-owner", "--no-privileges"]
    _run([*command, "--jobs=2", str(source)], get_connection_facts(), name)


def create_database(name: str) -> None:
    """Create an empty database beside the application's."""
    with _maintenance() as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))


def drop_database(name: str) -> None:
    """Drop a database if it is there."""
    with _maintenance() as connection:
        _disconnect_all(connection, name)
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


def rename_database(name: str, new_name: str) -> None:
    """Rename a database, ending its connections."""
    with _maintenance() as connection:
        _disconnect_all(connection, name)
        statement = sql.SQL("alter database {} rename to {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(new_name)))


def _maintenance() -> psycopg.Connection[Any]:
    return psycopg.connect(**(get_connection_facts() | {"dbname": "postgres"}), autocommit=True)


def _disconnect_all(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])


def _find_program(name: str, postgres_version: int) -> str:
    """Our own program when it is new enough for the server, else the one on the path."""
    programs = postgres_home.find_programs()
    if int(postgres_home.get_major_version(programs)) >= postgres_version // 10_000:
        return str(programs / name)
    found = shutil.which(name)
    if found is None:
        raise UnableToMoveDatabase(
            f"The server is PostgreSQL {postgres_version // 10_000}; install its {name} and put it on PATH.",
            code="no-program",
        )
    return found


def _run(command: list[str], facts: dict[str, Any], name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    environment |= {variable: str(facts[key]) for key, variable in names.items() if key in facts}
    environment |= {"PGDATABASE": name}
    if Path(command[0]).name == "pg_restore":
        command = [command[0], f"--dbname={name}", *command[1:]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnableToMoveDatabase(
            f"{Path(command[0]).name} failed: {done.stderr.strip()[-1500:]}", code=f"{Path(command[0]).name}-failed"
        )
