"""`gridhall rate` and `gridhall tariff …` as people run them: no database, faults as sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gridhall.cli import main
from gridhall.engines.rating.tests.loads import GOLDENS, urdb_of


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    """Run the command in a process of its own, without Django's settings."""
    command = [sys.executable, "-m", "gridhall", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path), "PATH": ""})
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def reads(tmp_path: Path) -> str:
    path = tmp_path / "reads.csv"
    rows = [f"2026-01-{1 + h // 24:02d} {h % 24:02d}:00,{(h * 37) % 100 / 100:.2f}" for h in range(744)]
    path.write_text("timestamp,kwh\n" + "\n".join(rows) + "\n")
    return str(path)


def test_rate_json_has_the_promised_shape(reads: str) -> None:
    out, err = run("rate", "--tariff", "hubei-commercial-single-lt1kv", "--reads", reads, "--json")
    bill = json.loads(out)
    assert bill["currency"] == "CNY" and [m["month"] for m in bill["months"]] == ["2026-01"]
    month = bill["months"][0]
    assert sum(Decimal(line["amount"]) for line in month["lines"]) == Decimal(month["total"]) == Decimal(bill["total"])
    for line in month["lines"]:
        amount = Decimal(line["quantity"]) * Decimal(line["price"])
        assert amount.quantize(Decimal("0.01"), "ROUND_HALF_UP") == Decimal(line["amount"])
        assert {"code", "label", "quantity", "unit", "price", "amount"} <= set(line)
    assert Decimal(month["energy_kwh"]) == sum(Decimal(line["quantity"]) for line in month["lines"])
    assert "not verified" in err


def test_rate_with_account_and_days(reads: str, tmp_path: Path) -> None:
    account = tmp_path / "account.yaml"
    account.write_text("capacity_kva: 315\ndemand_basis: capacity\n")
    arguments = ["--tariff", "hubei-commercial-two-part-10kv", "--reads", reads, "--account", str(account)]
    out, _ = run("rate", *arguments, "--from", "2026-01-01", "--to", "2026-01-11", "--json")
    capacity = next(line for line in json.loads(out)["months"][0]["lines"] if line["code"] == "capacity")
    assert Decimal(capacity["amount"]) == (Decimal(315) * Decimal("26.3") * 10 / 31).quantize(Decimal("0.01"))
    text, _ = run("rate", *arguments)
    assert "容量电费" in text


def test_faults_are_sentences(reads: str, tmp_path: Path) -> None:
    account = tmp_path / "account.yaml"
    account.write_text("capacity: 315\n")
    _, err = run("rate", "--tariff", "hubei-residential", "--reads", reads, "--account", str(account), code=1)
    assert "account.yaml:1 [capacity]" in err and "did you mean capacity_kva?" in err
    _, err = run("rate", "--tariff", "no-such-tariff", "--reads", reads, code=1)
    assert "no such tariff" in err
    broken = tmp_path / "broken.yaml"
    broken.write_text("tariff: x\nversions:\n  - from: soon\n")
    _, err = run("tariff", "check", str(broken), code=1)
    assert "broken.yaml:3" in err and "'soon' is not a day" in err


def test_gaps_are_priced_as_they_are_with_a_warning(reads: str) -> None:
    path = Path(reads)
    rows = path.read_text().splitlines()
    path.write_text("\n".join(rows[:100] + rows[150:]) + "\n")
    out, err = run("rate", "--tariff", "hubei-residential", "--reads", reads, "--json")
    assert json.loads(out)["months"][0]["reads"] == {"measured": 694, "estimated": 0, "missing": 50}
    assert "50 of 744 intervals" in err


def test_check_list_show_compare(reads: str, tmp_path: Path) -> None:
    rate = tmp_path / "rate.json"
    case = json.loads(GOLDENS.read_text())[0]
    rate.write_text(json.dumps({"items": [urdb_of(case["inputs"])]}))
    assert "OK" in run("tariff", "check", str(rate))[0]
    codes = {row["code"] for row in json.loads(run("tariff", "list", "--json")[0])}
    assert {"hubei-residential", "hubei-residential-ev"} <= codes
    assert "2160" in run("tariff", "show", "hubei-residential")[0]
    out, _ = run("tariff", "compare", "--reads", reads, "--json", "hubei-residential-ev", "hubei-residential")
    totals = [Decimal(row["total"]) for row in json.loads(out)]
    assert totals == sorted(totals) and len(totals) == 2
    assert "Total" in run("tariff", "compare", "--reads", reads, "hubei-residential", "hubei-residential-ev")[0]


@pytest.mark.parametrize("name", ["nothing.csv", "x" * 5000, ".", "/dev/null", "\udcff.csv"])
def test_what_is_no_file_is_told_in_a_sentence(
    name: str, reads: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ("rate", "--tariff", "hubei-residential", "--reads", name),
        ("rate", "--tariff", name, "--reads", reads),
        ("rate", "--tariff", "hubei-residential", "--reads", reads, "--account", name),
        ("tariff", "check", name),
        ("readings", "check", name),
    ):
        monkeypatch.setattr(sys, "argv", ["gridhall", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 1
        assert "Mend:" in "".join(capfd.readouterr())


def test_what_is_left_open_is_told(reads: str) -> None:
    rows = Path(reads).read_text().splitlines()
    Path(reads).write_text("\n".join(["timestamp,kwh,export_kwh", *(f"{row},0.25" for row in rows[1:])]))
    _, err = run("rate", "--tariff", "hubei-commercial-two-part-10kv", "--reads", reads)
    assert "186 kWh of export earn nothing" in err and "neither capacity nor contract is given" in err
    _, err = run("rate", "--tariff", "hubei-residential-pv", "--reads", reads)
    assert "earn nothing" not in err and "neither" not in err
    Path(reads).write_text("\n".join(["timestamp,kwh,kvarh", *(f"{row},0.25" for row in rows[1:])]))
    _, err = run("rate", "--tariff", "hubei-commercial-two-part-10kv", "--reads", reads)
    assert "the power factor is not adjusted: no standard is given" in err
    own = Path(reads).with_name("own.yaml")
    components = "[{kind: capacity, code: c, price: 5}]"
    own.write_text(f"tariff: t\nversions: [{{from: 2026-01-01, source: {{document: d}}, components: {components}}}]\n")
    assert "[capacity_kva] c c: no capacity is given" in run("rate", "--tariff", str(own), "--reads", reads)[1]


def test_days_in_the_wrong_order_and_endless_faults(reads: str) -> None:
    arguments = ("rate", "--tariff", "hubei-residential", "--reads", reads)
    for last in ("2026-01-08", "2026-01-09"):
        _, err = run(*arguments, "--from", "2026-01-09", "--to", last, code=1)
        assert f"{last} is not after --from 2026-01-09" in err
    out, err = run(*arguments, "--from", "2026-01-09", "--to", "2026-01-31", "--json")
    assert json.loads(out)["months"][0]["reads"]["measured"] == 22 * 24
    assert "for the whole month give 2026-02-01" in err
    Path(reads).write_text("timestamp,kwh\n" + "2026-01-01 00:00,abc\n" * 1_000)
    _, err = run("rate", "--tariff", "hubei-residential", "--reads", reads, code=1)
    assert "and 800 faults more" in err and len(err.splitlines()) == 201


def test_days_in_mid_year_stand_in_the_tier_that_the_reads_before_them_filled(tmp_path: Path) -> None:
    """One kWh an hour from New Year on: June is in tier 2, whether it is priced with the year or alone."""
    path = tmp_path / "year.csv"
    hours = (datetime(2026, 1, 1) + timedelta(hours=hour) for hour in range(24 * 200))
    path.write_text("timestamp,kwh\n" + "".join(f"{hour},1\n" for hour in hours))
    account = tmp_path / "account.yaml"
    arguments = ("rate", "--tariff", "hubei-residential", "--reads", str(path), "--account", str(account))

    def june(*days: str, terms: str = "household_size: 3\n") -> tuple[Any, int]:
        account.write_text(terms)
        months = json.loads(run(*arguments, *days, "--json")[0])["months"]
        return next(m["total"] for m in months if m["month"] == "2026-06"), len(months)

    days = ("--from", "2026-06-01", "--to", "2026-07-01")
    assert june() == ("437.76", 7) and june(*days) == ("437.76", 1)
    assert june(*days, terms="year_to_date_kwh: 0\n")[0] == "401.76"
    # moved in on the 15th: 16 days are priced, and 7 months' worth of tiers
    assert june(terms="moved_in_on: 2026-06-15\n") == ("214.27", 2)
    account.write_text("moved_in_on: 2026-06-15\nmoved_out_on: 2026-06-01\n")
    assert "account.yaml:2 [moved_out_on] 2026-06-01 is before moved_in_on" in run(*arguments, code=1)[1]
    account.write_text("moved_in_on: 2027-06-15\n")
    assert "the account is held on none of the days" in run(*arguments, code=1)[1]
