"""`gridhall users …`: staff, their roles and second factor, from the command line."""

from __future__ import annotations

import csv
import getpass
import io
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridhall.cli import start_django
from gridhall.core.errors import BusinessError, Fault, FaultyInput

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

COLUMNS = ("phone", "name", "roles")


class UnableToFindUser(BusinessError):
    """There is no such user."""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One line of the staff file that can be used."""

    line: int
    phone: str
    name: str
    roles: tuple[str, ...]


def _told() -> dict[str, object]:
    return {"at": datetime.now(UTC), "actor": f"command line, {getpass.getuser()}"}


def _find(phone: str) -> User:
    from gridhall.apps.identity.queries import find_user

    user = find_user(phone=phone)
    if user is None:
        raise UnableToFindUser(f"There is no active user with the phone number {phone}.", code="no-such-user")
    return user


@click.group()
def users() -> None:
    """Members of staff: list and make them, give and end roles, reset a lost second factor."""
    start_django()


@users.command("list")
def list_command() -> None:
    """List members of staff with their roles."""
    from gridhall.apps.identity import queries

    for member in queries.list_staff(viewer=None):
        state = "" if member.is_active else "  (closed)"
        click.echo(f"{member.phone}  {member.name}  {', '.join(member.roles) or '–'}{state}")


@users.command("create-staff")
@click.argument("phone")
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times.")
def create_staff_command(phone: str, name: str, roles: tuple[str, ...]) -> None:
    """Make a member of staff; prints a first password, which he changes. His second factor is set up at sign-in."""
    from django.db import transaction

    from gridhall.apps.identity import actions

    password = make_first_password()
    with transaction.atomic():
        user = actions.create_staff(phone=phone, name=name, password=password, **_told())  # type: ignore[arg-type]
        for role in roles:
            actions.grant_role(user=user, role=role.upper(), granted_by=None, **_told())  # type: ignore[arg-type]
    click.echo(f"{user.phone}  {user.name}  first password: {password}")


@users.command("grant")
@click.argument("phone")
@click.argument("role")
def grant_command(phone: str, role: str) -> None:
    """Give a member of staff a role."""
    from gridhall.apps.identity import actions

    actions.grant_role(user=_find(phone), role=role.upper(), granted_by=None, **_told())  # type: ignore[arg-type]
    click.echo(f"{phone} holds {role.upper()}.")


@users.command("end-role")
@click.argument("phone")
@click.argument("role")
def end_role_command(phone: str, role: str) -> None:
    """Take a role back; it ends at once."""
    from gridhall.apps.identity import actions

    actions.end_role(user=_find(phone), role=role.upper(), ended_by=None, **_told())  # type: ignore[arg-type]
    click.echo(f"{phone} no longer holds {role.upper()}.")


@users.command("reset-second-factor")
@click.argument("phone")
def reset_second_factor_command(phone: str) -> None:
    """Take a lost second factor away: all sessions end, and another is set up at the next sign-in."""
    from gridhall.apps.identity import actions

    actions.reset_second_factor(user=_find(phone), by=None, **_told())  # type: ignore[arg-type]
    click.echo(f"{phone} sets up a second factor at the next sign-in.")


@users.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file only.")
def import_command(path: Path, dry_run: bool) -> None:
    """
    Make members of staff from a CSV file: phone,name,roles (roles apart by spaces).

    Good lines are kept, bad ones listed with line and field. Who is there already gets the roles he lacks; roles that
    the file does not name stay. First passwords of new ones are printed, this once.
    """
    rows, faults = read_staff_file(path)
    for row in rows if not dry_run else []:
        try:
            click.echo(_take(row))
        except BusinessError as refusal:
            faults.append(Fault(path.name, row.line, "roles", refusal.message))
    click.echo(f"{len(rows)} lines read, {len(faults)} faults.")
    for fault in sorted(faults, key=lambda one: one.line or 0):
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(1)


def _take(row: StaffRow) -> str:
    from django.db import transaction

    from gridhall.apps.identity import actions, queries

    with transaction.atomic():
        user = queries.find_user(phone=row.phone)
        password = ""
        if user is None:
            password = make_first_password()
            user = actions.create_staff(phone=row.phone, name=row.name, password=password, **_told())  # type: ignore[arg-type]
        for role in row.roles:
            actions.grant_role(user=user, role=role, granted_by=None, **_told())  # type: ignore[arg-type]
    first = f"  first password: {password}" if password else ""
    return f"{row.phone}  {row.name}  {', '.join(row.roles)}{first}"


def make_first_password() -> str:
    """Make a password for the first sign-in: 80 bits, easy to read out."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    return "-".join("".join(secrets.choice(letters) for _unused in range(4)) for _unused in range(4))


def read_staff_file(path: Path) -> tuple[list[StaffRow], list[Fault]]:
    """
    Read a staff file; gives the good lines, and what is wrong with the others.

    :raises FaultyInput: if it is no such file at all.
    """
    from gridhall.apps.identity import rules
    from gridhall.apps.identity.kinds import StaffRoleKind

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(path.name, None, None, "is not text in UTF-8", "save it as CSV UTF-8")
        raise FaultyInput([fault]) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise FaultyInput([Fault(path.name, 1, ", ".join(missing), "is missing", f"write {','.join(COLUMNS)} on top")])
    rows: list[StaffRow] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for record in reader:
        line = reader.line_num
        phone = rules.normalize_phone(record["phone"] or "")
        name = (record["name"] or "").strip()
        roles = tuple(dict.fromkeys((record["roles"] or "").upper().replace(",", " ").replace(";", " ").split()))
        before = len(faults)
        if phone is None:
            faults.append(Fault(path.name, line, "phone", f"{record['phone']!r} is no phone number", "13812345678"))
        elif phone in seen:
            faults.append(Fault(path.name, line, "phone", f"{phone} stands in line {seen[phone]} too", "keep one"))
        if not 0 < len(name) <= 60:
            faults.append(Fault(path.name, line, "name", "is empty or longer than 60 characters", "write the name"))
        for position, role in enumerate(roles):
            if role not in StaffRoleKind.values:
                known = ", ".join(StaffRoleKind.values)
                faults.append(Fault(path.name, line, "roles", f"there is no role {role}", f"choose of {known}"))
            elif conflict := rules.find_conflict(roles[:position], role):
                faults.append(Fault(path.name, line, "roles", f"{role} must not be held with {conflict}", "end one"))
        if len(faults) == before and phone is not None:
            seen[phone] = line
            rows.append(StaffRow(line, phone, name, roles))
    return rows, faults
