"""The command line as a whole: refusals are sentences."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere"}


@pytest.mark.parametrize("words", [("bills", "runs"), ("ledger", "prove"), ("accounts", "search", "张三丰")])
def test_silent_database_is_told_in_a_sentence(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gridhall", *words], capture_output=True, text=True, env={**os.environ, **NOWHERE}
    )
    assert done.returncode == 1
    assert "The database does not answer" in done.stderr and "gridhall up" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_command_is_told_in_a_sentence() -> None:
    done = subprocess.run([sys.executable, "-m", "gridhall", "bill"], capture_output=True, text=True)
    assert done.returncode == 2 and "bill" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_database_without_tables_is_told_in_a_sentence() -> None:
    from django.db import connection

    from gridhall.config.database import get_url

    settings = connection.settings_dict | {"NAME": "postgres"}  # a database that nobody has migrated
    done = subprocess.run(
        [sys.executable, "-m", "gridhall", "bills", "runs"],
        capture_output=True,
        text=True,
        env={**os.environ, "DATABASE_URL": get_url(settings)},
    )
    assert done.returncode == 1
    assert "not of this version" in done.stderr and "Traceback" not in done.stderr
