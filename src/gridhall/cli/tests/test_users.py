"""`gridhall users`: staff by the command line and by a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gridhall.apps.identity import queries
from gridhall.apps.identity.models import User
from gridhall.cli.users import users

pytestmark = pytest.mark.django_db


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(users, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_staff_are_made_listed_and_given_roles() -> None:
    told = run("create-staff", "13600000000", "赵工", "--role", "clerk")
    password = told.rpartition(" ")[2].strip()
    assert User.objects.get().check_password(password)
    run("grant", "13600000000", "METERING")
    run("end-role", "13600000000", "CLERK")
    assert "赵工  METERING" in run("list")
    run("reset-second-factor", "136 0000 0000")
    assert CliRunner().invoke(users, ["grant", "13600000000", "KING"]).exception.code == "no-such-role"  # type: ignore[union-attr]
    assert CliRunner().invoke(users, ["grant", "13900000000", "CLERK"]).exception.code == "no-such-user"  # type: ignore[union-attr]


def test_a_refused_role_leaves_no_half_made_member() -> None:
    told = ["create-staff", "13600000000", "赵工", "--role", "BILLING", "--role", "BILLING_APPROVER"]
    assert CliRunner().invoke(users, told).exit_code == 1
    assert not User.objects.exists()


def test_a_file_of_staff_keeps_good_lines_and_lists_bad_ones(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(
        "phone,name,roles\n13600000001,赵工,CLERK METERING\n12,钱工,CLERK\n13600000003,,CLERK\n"
        "13600000004,孙工,KING\n13600000005,李工,BILLING BILLING_APPROVER\n13600000001,周工,CLERK\n"
        "13600000007,吴工,\n",
        encoding="utf-8-sig",
    )
    assert "2 lines read, 5 faults" in run("import", str(path), "--dry-run", code=1)
    assert not User.objects.exists()
    told = run("import", str(path), code=1)
    for place in ("staff.csv:3 [phone]", "staff.csv:4 [name]", "staff.csv:5 [roles]", "staff.csv:6 [roles]", ":7 [pho"):
        assert place in told
    held = {member.phone: member.roles for member in queries.list_staff(viewer=None)}
    assert held == {"13600000001": ("CLERK", "METERING"), "13600000007": ()}
    assert "first password" not in run("import", str(path), code=1)  # again: nobody twice, nobody's password changed


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"phone;name\n", b"\x89PNG\r\n"])
def test_a_wrong_file_is_told_of(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "staff.csv"
    path.write_bytes(content)
    result = CliRunner().invoke(users, ["import", str(path)])
    assert result.exit_code == 1 and "faulty-input" in repr(getattr(result.exception, "code", ""))


def test_a_customer_in_the_file_is_not_made_staff(tmp_path: Path) -> None:
    User.objects.create_user("13800000000")
    path = tmp_path / "staff.csv"
    path.write_text("phone,name,roles\n13800000000,田大山,CLERK\n")
    assert "staff.csv:2 [roles] This user is not a member of staff" in run("import", str(path), code=1)
