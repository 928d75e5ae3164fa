"""`gridhall bills run --engine`: who folds the reads is an option, and one that is not there is a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gridhall.apps.billing.models import BillRun
from gridhall.apps.billing.tests import world
from gridhall.cli.bills import bills
from gridhall.core.periods import Month
from gridhall.engines.scaling.engine import UnableToOpenEngine
from gridhall.engines.scaling.tests.cluster import run_cluster

JANUARY = Month(2026, 1)


@pytest.fixture(autouse=True)
def customers(db: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five homes with a month of reads."""
    monkeypatch.delenv("GRIDHALL_SPARK", raising=False)
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    world.load_tariff(world.HOME, "home")
    world.make_customers(5)
    world.store_month(JANUARY, world.make_reads(JANUARY, 5))


def call(*options: str) -> Any:
    """Call the command and give what it prints."""
    done = CliRunner().invoke(bills, ["run", "2026-01", "--json", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_bills_run_on_a_cluster(tmp_path: Path) -> None:
    wanted = call("--preview")
    assert wanted["bills"] == 5
    with run_cluster(tmp_path) as url:
        assert call("--preview", "--engine", "spark", "--spark", url) == wanted
        assert not BillRun.objects.exists()
        call("--engine", "spark", "--spark", url)
    run = BillRun.objects.get()
    assert run.status == "DRAFTED"
    assert run.bills.count() == 5


def test_bills_run_without_a_cluster_opens_nothing() -> None:
    with pytest.raises(UnableToOpenEngine, match="sc://host:15002"):
        call("--engine", "spark")
    misplaced = CliRunner().invoke(bills, ["run", "2026-01", "--spark", "sc://127.0.0.1:1"])
    assert misplaced.exit_code == 2
    assert "--engine spark" in misplaced.output
    assert not BillRun.objects.exists()
