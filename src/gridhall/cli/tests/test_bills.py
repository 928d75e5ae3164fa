"""`gridhall bills …` and `gridhall ledger …` as somebody at the desk uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from gridhall.apps.billing.models import Bill, BillRun
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.cli.bills import bills
from gridhall.cli.ledger import ledger
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month


def run(*arguments: object) -> Result:
    return CliRunner().invoke(bills, [str(argument) for argument in arguments])


def ask(*arguments: object) -> Any:
    """Run a command that prints JSON; progress and notes are on standard error."""
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def company(db: None, settings: Any, tmp_path: Path) -> list[Any]:
    """Four homes, one of them without reads on the last day of January, in a group of two."""
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    world.load_tariff(world.HOME, "home")
    accounts = world.make_customers(4)
    accounts[1].group = accounts[0]
    accounts[1].save()
    for month in (Month(2026, 1), Month(2026, 2)):
        reads = world.make_reads(month, 4, mean_wh=300)
        quality = np.zeros(reads.shape, np.uint8)
        if month.month == 1:
            quality[3, 30] = 255
        world.store_month(month, reads, quality=quality)
    return accounts


def test_month_at_the_desk(company: list[Any]) -> None:
    look = run("run", "2026-01", "--preview")
    assert "would make 4 bills" in look.output and "Nothing was written" in look.output
    assert not BillRun.objects.exists()
    made = run("run", "2026-01", "--actor", "ann")
    assert "4 bills" in made.output and "1 held" in made.output and "bills approve" in made.output
    again = run("run", "2026-01")
    assert again.exit_code == 0 and "is drafted already" in again.output
    number = BillRun.objects.get().pk
    listed = ask("exceptions", number)
    assert [(row["kind"], row["holds"], row["detail"]) for row in listed] == [
        ("MISSING_READS", True, "96 of 2,976 quarter hours")
    ]
    held = listed[0]["bill_number"]
    assert isinstance(run("issue", number).exception, BusinessError)
    assert isinstance(run("approve", number, "--actor", "ann", "--four-eyes").exception, BusinessError)
    assert run("approve", number, "--actor", "bob", "--four-eyes").exit_code == 0
    assert "1 held" in run("issue", number, "--actor", "bob").output
    assert Bill.objects.filter(status="ISSUED").count() == 3
    assert isinstance(run("release", held).exception, BusinessError)
    late(3, Month(2026, 1), [(30, slot, 100) for slot in range(96)])
    released = run("release", held)
    assert "Computed again" in released.output and f"bills issue {number}" in released.output
    run("issue", number)
    assert set(Bill.objects.exclude(status="CANCELED").values_list("status", flat=True)) == {"ISSUED"}
    assert "is billed for 2026-01" in str(run("run", "2026-01").exception)
    assert CliRunner().invoke(ledger, ["prove"]).exit_code == 0


def issue_month(month: str) -> int:
    run("run", month)
    number = BillRun.objects.latest("pk").pk
    run("approve", number)
    assert run("issue", number).exit_code == 0
    return number


def test_mending_at_the_desk(company: list[Any]) -> None:
    issue_month("2026-01")
    account = company[0].number
    assert "Nothing differs" in run("rebill", account, "--from", "2026-01", "--preview").output
    late(0, Month(2026, 1), [(3, slot, 9_000) for slot in range(96)])
    look = run("rebill", account, "--from", "2026-01", "--preview")
    assert "1 bills differ" in look.output and "Used more or less" in look.output
    changes = ask("rebill", "--all-corrected", "--from", "2026-01")
    assert [row["account_number"] for row in changes["changes"]] == [account]
    for command in ("approve", "issue"):
        assert run(command, changes["run"]).exit_code == 0
    closed = ask("close", company[1].number, "2026-02-11")
    assert (closed["bills"], closed["run"]["kind"]) == (2, "CLOSING")
    statement = ask("group", account, "2026-01")
    assert statement["accounts"] == 2
    bill = Bill.objects.get(account=company[0], is_current=True)
    shown = run("show", bill.number, "--explain")
    assert "Already on an earlier bill" in shown.output and "Rounded to the fen" in shown.output
    assert run("cancel", bill.number, "--reason", "wrong", "--yes").exit_code == 0
    moved = CliRunner().invoke(ledger, ["show", account]).output
    assert "REVERSAL" in moved and "ADJUSTMENT" in moved


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "2026-13"), "write it as 2026-01"),
        (("run", "2026-01", "--workers", "0"), "1<=x<=64"),
        (("approve", "77"), "There is no bill run 77"),
        (("approve", "x"), "not a valid integer"),
        (("show", "77"), "There is no bill 77"),
        (("rebill", "--from", "2026-01"), "Name one ACCOUNT"),
        (("rebill", "1", "--from", "2026-01"), "There is no account 1"),
        (("close", "1", "2026-02-30"), "write it as 2026-01-31"),
        (("hold", "77"), "--reason"),
    ],
)
def test_wrong_argument_gets_one_sentence(db: None, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


def test_every_command_explains_itself() -> None:
    for command in bills.commands.values():
        assert command.help, command.name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{command.name} {option.name}"
