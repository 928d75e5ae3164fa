"""Bill runs under which the database, the server and the command itself are killed: each bill is there once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.harness import Hall, running_hall

pytestmark = pytest.mark.faults

MONTH, ACCOUNTS = "2026-01", 1_200
WHILE_DRAFTING = ["database", "command", "server", "database"]
WHILE_ISSUING = ["database", "command", "database", "database"]
MAKE_COMPANY = f"""
from gridhall.cli import start_django
start_django()
from gridhall.apps.billing.tests import world
from gridhall.core.periods import Month
world.load_tariff(world.HOME, "home")
world.load_tariff(world.SHOP, "shop")
world.make_customers({ACCOUNTS}, tariff=lambda index: "shop" if index % 4 == 0 else "home")
world.store_month(Month.parse("{MONTH}"), world.make_reads(Month.parse("{MONTH}"), {ACCOUNTS}))
"""
# Small chunks, so that a kill finds some done, some begun and some waiting.
COMMAND = """
import sys
from gridhall.cli import main, start_django
start_django()
from gridhall.apps.billing.actions import runs
runs.ACCOUNTS_A_CHUNK = 15
sys.argv = ["gridhall", *sys.argv[1:]]
main()
"""


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """One house with twelve hundred customers to bill."""
    with running_hall() as hall:
        done = subprocess.run(
            [sys.executable, "-c", MAKE_COMPANY], env=hall.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        yield hall


def start(hall: Hall, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        env=hall.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def ask(hall: Hall, sql: str) -> Any:
    """Ask the database for one figure, as soon as it answers."""
    hall.wait_until_database_answers()
    with hall.connect() as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def wait_for_more(hall: Hall, sql: str, than: int, process: subprocess.Popen[str]) -> None:
    """Wait until work has gone on, or has ended."""
    deadline = time.monotonic() + 60
    with hall.connect() as connection:
        connection.autocommit = True
        while process.poll() is None and connection.execute(sql).fetchone()[0] <= than:  # type: ignore[index]
            assert time.monotonic() < deadline, f"nothing goes on\n{hall.read_logs()}"
            time.sleep(0.02)


def pull(hall: Hall, victim: str, process: subprocess.Popen[str]) -> None:
    """Kill one of them; whatever it was, the command ends with words, not with a traceback."""
    if victim == "command":
        process.kill()
    elif victim == "database":
        hall.kill_database()
    else:
        hall.kill_server()
    _, said = process.communicate(timeout=120)
    assert "Traceback" not in said, said
    if victim == "server":
        assert process.returncode == 0, said
    hall.wait_until_database_answers()


def kill_until_done(hall: Hall, sql: str, arguments: list[str], victims: list[str], dice: random.Random) -> set[int]:
    """Start a command and kill a victim once work has gone on, victim after victim; give where each kill struck."""
    moments = set()
    for victim in victims:
        before = ask(hall, sql)
        process = start(hall, *arguments)
        wait_for_more(hall, sql, before, process)
        time.sleep(dice.uniform(0, 0.03))
        moments.add(ask(hall, sql) if victim == "command" else before)
        pull(hall, victim, process)
    process = start(hall, *arguments)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return moments


def test_every_plug_pulled_ends_with_each_bill_once(hall: Hall) -> None:
    dice = random.Random(20261123)
    bills = "select count(*) from billing_bill"
    drafted = kill_until_done(hall, bills, ["bills", "run", MONTH], WHILE_DRAFTING, dice)
    assert len(drafted) > 2, drafted
    assert ask(hall, "select count(*) from billing_billrun") == 1
    check_bills(hall)
    run = str(ask(hall, "select id from billing_billrun"))
    assert start(hall, "bills", "approve", run).wait(60) == 0
    entries = "select count(*) from billing_journalentry"
    posted = kill_until_done(hall, entries, ["bills", "issue", run], WHILE_ISSUING, dice)
    assert len(posted) > 2, posted
    check_bills(hall)
    assert ask(hall, "select count(*) from billing_bill where status <> 'ISSUED'") == 0
    for table in ("billing_journalentry", "core_event where kind = 'BillIssued'"):
        assert ask(hall, f"select count(*) from {table}") == ACCOUNTS
    assert ask(hall, "select count(*) from core_event where kind = 'BillRunIssued'") == 1
    assert ask(hall, "select count(distinct payload->>'bill_id') from core_event where kind = 'BillIssued'") == ACCOUNTS
    assert "in order" in hall.run("ledger", "prove")


def check_bills(hall: Hall) -> None:
    """Each account has one bill, whole, that adds up; an adjustment run finds nothing to change once it is issued."""
    assert ask(hall, "select count(*) from billing_bill") == ACCOUNTS
    assert ask(hall, "select count(distinct account_id) from billing_bill") == ACCOUNTS
    assert ask(hall, "select count(*) from billing_billpart") == ACCOUNTS
    broken = """select count(*) from billing_bill b where b.amount is distinct from
        (select sum(l.amount) from billing_billline l where l.bill_id = b.id)"""
    assert ask(hall, broken) == 0
    if ask(hall, "select count(*) from billing_bill where status = 'ISSUED'") == ACCOUNTS:
        assert "Nothing differs" in hall.run("bills", "rebill", "--all-corrected", "--from", MONTH)
