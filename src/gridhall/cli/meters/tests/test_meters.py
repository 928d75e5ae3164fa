"""`gridhall meters …` from import to mended, for people and for machines."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner

from gridhall.apps.metering.tests.test_desk import usual_month
from gridhall.apps.metering.tests.test_import import rows_of
from gridhall.cli.meters import meters
from gridhall.core.errors import BusinessError


@pytest.fixture
def run():
    def call(*arguments: object, code: int = 0) -> str:
        result = CliRunner().invoke(meters, [str(one) for one in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.output

    return call


def test_from_import_to_mended(town, csv_file, run):
    town.metered("M1")
    path = csv_file("a.csv", usual_month(changes={500: None, 600: 5.0}))
    assert "2,975 would be stored" in run("import", path, "--dry-run")
    assert "2,975 stored" in run("import", path)
    assert "brought in before" in run("import", path)
    assert json.loads(run("validate", "2026-01", "--json"))["open_by_rule"] == {"MISSING": 1, "SPIKE": 1}
    found = json.loads(run("failures", "--json"))
    assert [one["rule"] for one in found] == ["MISSING", "SPIKE"]
    assert "MISSING" in run("failures", "--rule", "missing", "--meter", "M1")
    assert json.loads(run("mend", found[0]["id"], "--estimate", "--dry-run", "--json"))["status"] == "OPEN"
    assert "ESTIMATED" in run("mend", found[0]["mrid"], "--estimate")
    assert json.loads(run("mend", found[1]["id"], "--value", "0.125", "--json"))["values_wh"] == [125]
    assert "Nothing waits" in run("failures")
    assert "MANUAL" in run("show", "M1", "--day", "2026-01-07")
    assert "complete until 2026-02-01" in run("show", "M1")


def test_compact_says_what_it_did(town, csv_file, run):
    town.metered("M1")
    run("import", csv_file("a.csv", rows_of("M1", date(2026, 1, 5), [0.25] * 96)))
    assert "2026-01: " in run("compact", "2026-01")
    assert "in order already" in run("compact")
    assert json.loads(run("compact", "--json")) == []


def test_mend_all_of_a_rule(town, csv_file, run):
    town.metered("M1")
    run("import", csv_file("a.csv", usual_month(changes={500: None, 700: None, 900: None})))
    run("validate", "--from", "2026-01-01", "--to", "2026-02-01")
    done = json.loads(run("mend", "--all", "--rule", "MISSING", "--estimate", "--json"))
    assert (done["mended"], done["slots"], done["refused"]) == (3, 3, [])


def test_exchange_ratio_registers_and_balance(town, csv_file, run):
    point, _ = town.metered("M1")
    town.meter("CHECK", feeder=town.feeder)
    run("exchange", point.code, "M2", "--on", "2026-01-03", "--closing", "12.5")
    run("ratio", point.account.number, "--on", "2026-01-04", "--ct", 10)
    reads = rows_of(point.code, date(2026, 1, 1), [1.0] * 96 * 4) + rows_of("CHECK", date(2026, 1, 1), [4.0] * 96 * 4)
    run("import", csv_file("a.csv", reads))
    found = json.loads(run("balance", "F1", "--from", "2026-01-01", "--to", "2026-01-05", "--json"))
    assert (found["supplied_kwh"], found["delivered_kwh"]) == ("1536.000", "1248.000")
    registers = csv_file("r.csv", ["M2,2026-01-05,100"], "meter,read_at,value_kwh")
    assert "1 stored" in run("register", "import", registers)
    assert "12.500 kWh" in run("show", "M1")


def test_balance_without_a_name_balances_and_keeps_all(town, csv_file, run):
    from gridhall.apps.metering.models import NetworkBalance

    point, _ = town.metered("M1")
    town.meter("CHECK", feeder=town.feeder)
    reads = rows_of(point.code, date(2026, 1, 30), [1.0] * 96 * 4) + rows_of("CHECK", date(2026, 1, 30), [1.1] * 96 * 4)
    run("import", csv_file("a.csv", reads))
    done = json.loads(run("balance", "--from", "2026-02", "--to", "2026-03-01", "--json"))
    assert [(one["month"], one["is_new"], one["transformers"], one["meters"]) for one in done] == [
        ("2026-02", True, 1, 2)
    ]
    assert NetworkBalance.objects.get(feeder=town.feeder).supplied_kwh == Decimal("211.200")
    assert run("balance").count("still holds") == 1
    assert "2026-01" in run("balance", "--to", "2026-01")
    assert "No month there" in run("balance", "--from", "2020-01", "--to", "2020-02")


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",), ("validate", "2026-13"), ("compact", "2026-13"),
        ("validate", "--from", "2026-01-02", "--to", "2026-01-01"),
        ("mend", "1"), ("mend", "1", "--accept"), ("mend", "--all", "--accept"), ("show", "NOBODY"),
        ("balance", "NONE", "2026-01"), ("balance", "--days"), ("balance", "--from", "2026-13"),
        ("balance", "--from", "2026-02", "--to", "2026-01"),
        ("exchange", "NONE", "M", "--on", "2026-01-01"), ("import", "/nowhere.csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(db, arguments):
    result = CliRunner().invoke(meters, arguments)
    assert result.exit_code != 0
    assert result.exception is None or isinstance(result.exception, SystemExit | BusinessError)
    assert "Traceback" not in result.output


def test_a_meter_is_hung_and_taken_down(town, run):
    point = town.usage_point()
    assert "count 2000 times" in run("install", point.code, "M1", "--on", "2026-01-03", "--ct", 20, "--pt", 100)
    run("exchange", point.code, "M2", "--on", "2026-01-05", "--ct", 30)
    assert "measures" in run("remove", point.account.number, "--on", "2026-01-07", "--closing", "12.5")
    hung = point.installations.order_by("starts_on").values_list(
        "meter__serial_number", "ct_ratio", "pt_ratio", "ends_on"
    )
    assert list(hung) == [("M1", 20, 100, date(2026, 1, 5)), ("M2", 30, 100, date(2026, 1, 7))]
