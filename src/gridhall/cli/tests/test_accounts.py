"""`gridhall accounts …` from end to end."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from django.db import connection

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
from gridhall.apps.accounts.tests.test_import import FILES, write
from gridhall.apps.identity.models import User
from gridhall.apps.metering.models import Meter, MeterInstallation, RegisterReading
from gridhall.cli.accounts import SCOPES, accounts
from gridhall.core.errors import BusinessError
from gridhall.core.models import Event


def run(*arguments: object) -> Result:
    return CliRunner().invoke(accounts, [str(argument) for argument in arguments])


def test_a_folder_comes_in_and_out_and_its_accounts_are_found(db: None, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    dry = run("import", tmp_path, "--dry-run")
    assert dry.exit_code == 0 and "nothing was changed" in dry.output and not CustomerAccount.objects.exists()
    assert run("import", tmp_path).exit_code == 0
    found = run("search", "0012345")
    assert "4228260000017" in found.output and "张*" in found.output and "张三" not in found.output
    shown = run("show", "4228260000017")
    assert "formerly oX-1 (wechat), 0012345 (旧营销系统)" in shown.output
    firm = run("show", "4228260000025").output
    assert "industry 1530" in firm and "in the group of 4228260000033" in firm and "1号变  315 kVA  2025-01-01" in firm
    head = run("show", "4228260000033").output
    assert "head of the group of 4228260000025" in head and "630 kVA, 500 kW, basic charge by demand" in head
    assert "2025-01-01 – 2026-01-01  hubei_residential, household of 4, minimum living" in shown.output
    assert "hubei_residential_tou" in shown.output and "龙潭线" in shown.output and "138****1234" in shown.output
    assert run("export", tmp_path / "out").exit_code == 0
    assert Event.objects.filter(kind="AccountsExported").exists()
    again = run("import", tmp_path / "out")
    assert again.exit_code == 0


def test_bad_rows_end_with_1_and_are_listed(db: None, tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "feeders": "code,name,substation\nF1,,\nF2,一,变\n"})
    result = run("import", tmp_path / "feeders.csv", "--faults", tmp_path / "bad.csv")
    assert result.exit_code == 1 and "feeders.csv:2 [name]" in result.output
    assert (tmp_path / "bad.csv").read_text("utf-8-sig").count("feeders.csv,2,") == 2


def test_share_and_transfer(db: None, tmp_path: Path) -> None:
    run("import", write(tmp_path, FILES))
    User.objects.create(phone="13311112222")
    number, owner = "4228260000017", "13800001234"
    assert run("grant", number, "--phone", "13311112222", "--by", owner, "--scope", "PAY").exit_code == 0
    refused = run("grant", number, "--phone", "13311112222", "--by", owner)
    assert isinstance(refused.exception, BusinessError)
    assert run("revoke", number, "--phone", "13311112222", "--by", owner).exit_code == 0
    assert run("transfer", number, "--to", "P2", "--on", "2026-03-01", "--household", "3").exit_code == 0
    assert CustomerAccount.objects.get(number=number).name == "李四"
    assert not AccountAccess.objects.filter(revoked_at=None).exists()


def test_a_folder_brings_its_meters_along(db: None, tmp_path: Path) -> None:
    meters = "表号,计量点编号,装表日期,CT变比,PT变比\nM1,U1,2025-01-01,,\nM2,U2,2025-01-01,15,100\nM3,U9,2025-01-01,,\n"
    write(tmp_path, {**FILES, "meters": meters})
    dry = run("import", tmp_path, "--dry-run")
    assert "meters.csv" in dry.output and "meters.csv:4 [usage_point_code]" in dry.output
    assert not MeterInstallation.objects.exists()
    assert run("import", tmp_path).exit_code == 1
    hung = MeterInstallation.objects.order_by("meter__serial_number")
    assert list(hung.values_list("usage_point__code", "ct_ratio", "pt_ratio")) == [("U1", 1, 1), ("U2", 15, 100)]
    assert run("import", tmp_path / "meters.csv").exit_code == 1 and MeterInstallation.objects.count() == 2
    assert "4228260000025" in run("search", "M2").output and "usage_point" in run("search", "U2").output
    short = run("search", "M")
    assert short.exit_code == 2 and "two characters" in short.output


def test_the_scopes_offered_are_those_there_are() -> None:
    assert AccessScopeKind.values == SCOPES


def test_meters_go_out_and_come_into_an_empty_hall_the_same(db: None, tmp_path: Path) -> None:
    meters = """serial_number,usage_point_code,feeder_code,transformer_code,starts_on,ct,pt,opening,digits
M1,U1,,,2025-01-01,,,12.5,8
M2,U1,,,2026-01-16,,,0,
M3,U2,,,2025-01-01,15,100,,
M3,U2,,,2026-02-01,20,100,,
C1,,F1,,2025-01-01,500,1100,,
C2,,,T1,,80,,,
"""
    first = run("import", write(tmp_path, {**FILES, "meters": meters}))
    assert first.exit_code == 0 and first.output.splitlines()[-1].split() == ["meters.csv", "6", "6", "0", "0", "0"]
    kept = list(
        Meter.objects.order_by("serial_number").values_list("serial_number", "check_multiplier", "register_digits")
    )
    hung = list(
        MeterInstallation.objects.order_by("meter__serial_number", "starts_on").values_list(
            "starts_on", "ends_on", "ct_ratio"
        )
    )
    assert ("C1", 550_000, 6) in kept
    assert run("export", tmp_path / "out").exit_code == 0
    again = run("import", tmp_path / "out")
    assert again.exit_code == 0 and again.output.splitlines()[-1].split() == ["meters.csv", "6", "0", "0", "6", "0"]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE metering_meter, metering_registerreading CASCADE")
    into_empty = run("import", tmp_path / "out")
    assert into_empty.exit_code == 0 and into_empty.output.splitlines()[-1].split()[1:3] == ["6", "6"]
    assert (
        list(
            Meter.objects.order_by("serial_number").values_list("serial_number", "check_multiplier", "register_digits")
        )
        == kept
    )
    assert (
        list(
            MeterInstallation.objects.order_by("meter__serial_number", "starts_on").values_list(
                "starts_on", "ends_on", "ct_ratio"
            )
        )
        == hung
    )
    assert list(RegisterReading.objects.order_by("read_at").values_list("value_wh", flat=True)) == [12_500, 0]


def test_an_export_that_cannot_be_written_says_why(db: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run("export", tmp_path / "file" / "out")
    assert isinstance(refused.exception, BusinessError) and "cannot be written" in str(refused.exception)
