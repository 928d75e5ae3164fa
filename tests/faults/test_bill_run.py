"""Bill runs with the plug pulled: killed at any moment and started again, each bill is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from gridhall.apps.billing import actions
from gridhall.apps.billing.actions import runs
from gridhall.apps.billing.models import Bill, BillLine, BillRun, BillRunWork, JournalEntry
from gridhall.apps.billing.queries.ledger import prove_ledger
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.apps.billing.tests import world
from gridhall.config.database import get_url
from gridhall.core.models import Event
from gridhall.core.periods import Month

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

MONTH, ACCOUNTS, KILLS = Month(2026, 1), 2_000, 12
# Small chunks, so that a kill finds some done, some begun and some waiting. "ready" says that the work begins.
WORKER = """
import sys
from gridhall.cli import main, start_django
start_django()
from gridhall.apps.billing import actions
from gridhall.apps.billing.actions import runs
from gridhall.cli import bills
runs.ACCOUNTS_A_CHUNK = 25
print("ready", flush=True)
sys.argv = ["gridhall", *sys.argv[1:]]
main()
"""


@pytest.fixture
def company(settings: Any, tmp_path: Path) -> dict[str, str]:
    """Two thousand customers; the environment for other processes to bill them."""
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    world.load_tariff(world.HOME, "home")
    world.load_tariff(world.SHOP, "shop")
    world.make_customers(ACCOUNTS, tariff=lambda index: "shop" if index % 4 == 0 else "home")
    world.store_month(MONTH, world.make_reads(MONTH, ACCOUNTS))
    return {
        **os.environ,
        "DATABASE_URL": get_url(connection.settings_dict),
        "GRIDHALL_INTERVAL_STORE": str(tmp_path / "intervals"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def start(company: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        env=company, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def kill_once_it_goes_on(company: dict[str, str], count: Callable[[], int], after_s: float, *arguments: str) -> int:
    """Start a command, kill it so long after its first results; give how many were there when it was started."""
    before = count()
    process = start(company, *arguments)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 60
    while process.poll() is None and count() <= before:
        assert time.monotonic() < deadline, "nothing goes on"
        time.sleep(0.005)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return before


def test_killed_run_ends_with_each_bill_once(company: dict[str, str]) -> None:
    dice = random.Random(20260101)
    run_it = ("bills", "run", str(MONTH))
    moments = {
        kill_once_it_goes_on(company, Bill.objects.count, dice.uniform(0.0, 0.05), *run_it) for _ in range(KILLS // 2)
    }
    finish(start(company, "bills", "run", str(MONTH)))
    run = BillRun.objects.get()
    assert run.status == "DRAFTED"
    assert len(moments) > 3, moments
    check_drafts()
    finish(start(company, "bills", "approve", str(run.pk)))
    issue_it = ("bills", "issue", str(run.pk))
    moments = {
        kill_once_it_goes_on(company, JournalEntry.objects.count, dice.uniform(0.0, 0.05), *issue_it)
        for _ in range(KILLS // 2)
    }
    finish(start(company, "bills", "issue", str(run.pk)))
    assert len(moments) > 3, moments
    assert set(Bill.objects.values_list("status", flat=True)) == {"ISSUED"}
    check_drafts()
    assert JournalEntry.objects.count() == ACCOUNTS
    assert Event.objects.filter(kind="BillIssued").count() == ACCOUNTS
    assert prove_ledger().holds


def test_killed_work_of_the_desk_ends_with_each_bill_once(company: dict[str, str], monkeypatch: Any) -> None:
    """What the queue does for the desk: its job, queued again after each kill, goes on with the same work."""
    monkeypatch.setattr(runs, "ACCOUNTS_A_CHUNK", 25)
    dice, at = random.Random(20260102), world.AT
    run = actions.ask_for_run(month=MONTH, cycle="MONTHLY", at=at, actor="ann")

    def words(work: BillRunWork) -> tuple[str, ...]:
        said = (
            "from django.utils import timezone; from gridhall.apps.billing import actions;"
            f" actions.work_on_run(work_id={work.pk}, at=timezone.now())"
        )
        return ("manage", "shell", "--no-imports", "-c", said)

    def kill_and_finish(work: BillRunWork, count: Callable[[], int]) -> None:
        for _ in range(KILLS // 4):
            kill_once_it_goes_on(company, count, dice.uniform(0.0, 0.05), *words(work))
            work.refresh_from_db()
            assert work.ended_at is None
        assert 0 < count() < ACCOUNTS
        finish(start(company, *words(work)))
        work.refresh_from_db()
        assert work.ended_at is not None and work.refusal == ""

    kill_and_finish(run.works.get(), Bill.objects.count)
    check_drafts()
    run.refresh_from_db()
    actions.approve_run(run=run, at=at, actor="bob")
    work = actions.ask_for_issue(run=run, at=at, actor="bob")
    assert work is not None
    kill_and_finish(work, JournalEntry.objects.count)
    run.refresh_from_db()
    assert run.status == "ISSUED" and JournalEntry.objects.count() == ACCOUNTS
    assert prove_ledger().holds


def check_drafts() -> None:
    """Every bill is there once and comes to what an undisturbed computation gives."""
    ids = list(Bill.objects.order_by("account_id").values_list("account_id", flat=True))
    assert len(ids) == len(set(ids)) == ACCOUNTS
    draft = draft_month(month=MONTH, account_ids=ids, again=True)
    expected = dict(
        zip(
            draft.parts.account_id[draft.first_rows].tolist(),
            draft.per_bill(draft.total_minor).tolist(),
            strict=True,
        )
    )
    amounts = {account: int(amount * 100) for account, amount in Bill.objects.values_list("account_id", "amount")}
    assert amounts == expected
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM billing_bill b WHERE b.amount <>"
            " (SELECT sum(l.amount) FROM billing_billline l WHERE l.bill_id = b.id)"
        )
        assert cursor.fetchone()[0] == 0
    assert BillLine.objects.filter(bill__isnull=True).count() == 0


def test_two_runs_at_once_make_one(company: dict[str, str]) -> None:
    both = [start(company, "bills", "run", str(MONTH)) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    refused = " ".join(err for process, (_, err) in zip(both, answers, strict=True) if process.returncode)
    assert codes == [0, 1], answers
    assert "Traceback" not in refused
    assert any(words in refused for words in ("Another process", "under way", "Another run", "only an open run"))
    assert Bill.objects.count() == ACCOUNTS
    check_drafts()
