"""`gridhall accounts …`: bring accounts in and out, find them, share and transfer them."""

from __future__ import annotations

import csv
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridhall.core.errors import BusinessError, Fault
from gridhall.engines.rating.report import plain

if TYPE_CHECKING:
    from gridhall.apps.accounts.models import AgreementTerms
    from gridhall.apps.identity.models import User


SCOPES = ["VIEW_BILLS", "VIEW_USAGE", "PAY", "APPLY", "MANAGE"]  # AccessScopeKind, known before Django starts


class Day(click.ParamType):
    """A local day, as 2026-01-31."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-01-31.", param, ctx)


@click.group()
def accounts() -> None:
    """Customer accounts: import, export, search, show, transfer, grant, revoke."""
    from gridhall.cli import start_django

    start_django()


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


def _actor() -> str:
    """Who is at the keyboard, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"[:150]
    except (KeyError, OSError):
        return "cli"


def _operator() -> User:
    """The person at the keyboard sees what staff see: whoever runs the command line has the database anyway."""
    from gridhall.apps.identity.models import User

    return User(phone="cli", name=_actor(), is_staff=True, is_superuser=True)


def _user(phone: str) -> User:
    from gridhall.apps.identity.queries import find_user

    user = find_user(phone=phone)
    if user is None:
        raise BusinessError(f"There is no user with the phone number {phone}.", code="no-user")
    return user


@contextmanager
def _fault_file(path: Path | None) -> Iterator[Any]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "field", "severity", "problem", "mend"])

        def write(fault: Fault) -> None:
            severity = "warning" if fault.is_warning else "fault"
            writer.writerow([fault.file, fault.line, fault.field, severity, fault.problem, fault.remedy])

        yield write


@accounts.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option(
    "--faults", "fault_path", type=click.Path(dir_okay=False, path_type=Path), help="Write every fault here, as CSV."
)
@click.option("--kind", help="What the file holds, if its name does not say: places, parties, accounts, …")
def import_(path: Path, dry_run: bool, fault_path: Path | None, kind: str | None) -> None:
    """
    Import a file, or every known file of a folder. Run again it changes nothing, and goes on where it was stopped.

    Good rows are kept; bad ones are listed, and the command exits with 1.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from gridhall.apps.accounts.actions import import_accounts
    from gridhall.apps.metering.actions import import_meters

    at, actor = _now(), _actor()
    sizes = {file.name: file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]) if file.is_file()}
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with _fault_file(fault_path) as sink, Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def progress(file: str, rows: int, done: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=sizes.get(file), rows=0)
            bar.update(tasks[file], completed=done, rows=rows)

        report = import_accounts(
            path=path, at=at, actor=actor, is_dry_run=dry_run, kind=kind, sink=sink, progress=progress,
            further={"meters": lambda file, tell: import_meters(path=file, at=at, actor=actor, sink=tell)},
        )  # fmt: skip
    _print_report(report, fault_path)
    if report.fault_count:
        sys.exit(1)


def _print_report(report: Any, fault_path: Path | None) -> None:
    click.echo(f"{'file':<28}{'rows':>11}{'new':>11}{'changed':>11}{'as before':>11}{'bad':>9}")
    for file in report.files:
        if file.kind == "groups" and not file.counts.updated and not file.counts.faulty:
            continue
        name = f"{file.file} (groups)" if file.kind == "groups" else file.file
        counts = file.counts
        if file.is_unusable:
            click.echo(f"{name:<28}{'cannot be used':>24}")
            continue
        click.echo(
            f"{name:<28}{counts.rows:>11,}{counts.created:>11,}{counts.updated:>11,}{counts.unchanged:>11,}{counts.faulty:>9,}"
        )
    shown = report.faults[:20]
    for fault in shown:
        click.echo(("note: " if fault.is_warning else "") + str(fault), err=True)
    more = report.fault_count + report.warning_count - len(shown)
    if more > 0:
        where = f"all are in {fault_path}" if fault_path else "list them all with --faults FILE"
        click.echo(f"… and {more:,} more; {where}.", err=True)
    if report.is_dry_run:
        click.echo("This was a dry run: nothing was changed.")


@accounts.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write all accounts and meters as the files that `import` reads. They hold personal data, but no ID numbers."""
    from gridhall.apps.accounts.actions import export_accounts
    from gridhall.apps.metering.queries import get_file_statements

    try:
        sizes = export_accounts(folder=folder, by=_operator(), at=_now(), actor=_actor(), further=get_file_statements())
    except OSError as error:
        raise BusinessError(
            f"{error.filename or folder} cannot be written: {error.strerror}.", code="unwritable"
        ) from None
    for name, size in sizes.items():
        click.echo(f"{folder / name}  {size:,} bytes")


@accounts.command()
@click.argument("text")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 50))
def search(text: str, limit: int) -> None:
    """Find accounts by number, old number, name, phone, address, usage point or meter. Personal data is masked."""
    if len(text.strip()) < 2:
        raise click.BadParameter("write at least two characters.", param_hint="TEXT")
    from gridhall.apps.accounts.queries import search_accounts

    found = search_accounts(text=text, viewer=_operator(), at=_now(), limit=limit)
    for row in found:
        ways = ", ".join(way.lower() for way in row.found_by)
        click.echo(
            f"{row.number:<14} {row.kind:<11} {row.name_masked}  {row.phone_masked}  {row.address_masked}  ({ways})"
        )
    if not found:
        click.echo("Nothing was found.")


@accounts.command()
@click.argument("number")
def show(number: str) -> None:
    """Show an account: who answered for it when, on which terms, where its supply comes from, who sees it."""
    from gridhall.apps.accounts import queries
    from gridhall.apps.accounts.rules import masking

    viewer, at = _operator(), _now()
    account = queries.get_account(number=number, viewer=viewer, at=at)
    industry = f"  industry {account.industry_code}" if account.industry_code else ""
    click.echo(f"{account.number}  {masking.mask_name(account.name)}  {account.kind}{industry}")
    click.echo(f"open {account.opened_on} – {account.closed_on or ''}".rstrip())
    if account.group:
        click.echo(f"billed in the group of {account.group.number}")
    members = queries.list_group(account=account, viewer=viewer, at=at)
    if members:
        shown = ", ".join(member.number for member in members[:5])
        click.echo(f"head of the group of {shown}" + (f" and {len(members) - 5:,} more" if len(members) > 5 else ""))
    aliases = queries.list_aliases(account=account, viewer=viewer)
    if aliases:
        click.echo("formerly " + ", ".join(f"{alias.value} ({alias.source})" for alias in aliases))
    for agreement in queries.list_agreements(account=account, viewer=viewer, at=at):
        until = agreement.ends_on or "today"
        click.echo(f"\n{agreement.starts_on} – {until}  {masking.mask_name(agreement.party.name)}")
        for terms in sorted(agreement.terms.all(), key=lambda row: row.starts_on):
            click.echo(f"  {terms.starts_on} – {terms.ends_on or 'today'!s:<10}  {_tell_terms(terms)}")
    for point in queries.list_usage_points(account=account, viewer=viewer, at=at):
        path = queries.get_network_path(usage_point=point, viewer=viewer, at=at)
        above = [
            path.transformer.name if path.transformer else "",
            path.feeder.name if path.feeder else "",
            path.substation,
        ]
        address = masking.mask_address(point.service_location.address)
        click.echo(f"\n{point.code}  {point.voltage}  {point.status}  {address}")
        click.echo("  from " + (" < ".join(part for part in above if part) or "nowhere that is written here"))
        for own in queries.list_customer_transformers(usage_point=point, viewer=viewer, at=at):
            click.echo(f"  {own.name}  {plain(own.capacity_kva)} kVA  {own.starts_on} – {own.ends_on or 'today'}")
    accesses = queries.list_accesses(account=account, viewer=viewer, at=at)
    for access in accesses:
        until = f" until {access.ends_on}" if access.ends_on else ""
        click.echo(f"\n{access.role:<7} {access.phone_masked}  {', '.join(access.scopes)}{until}")


def _tell_terms(terms: AgreementTerms) -> str:
    facts = [terms.tariff_code]
    facts += [f"{plain(terms.contract_capacity_kva)} kVA"] if terms.contract_capacity_kva is not None else []
    facts += [f"{plain(terms.contract_demand_kw)} kW"] if terms.contract_demand_kw is not None else []
    facts += [f"basic charge by {terms.basic_charge.lower()}"] if terms.basic_charge != "NONE" else []
    facts += [f"power factor {terms.power_factor_standard}"] if terms.power_factor_standard is not None else []
    facts += [f"household of {terms.household_size}"] if terms.household_size else []
    facts += [terms.get_social_display().lower()] if terms.social != "NONE" else []
    return ", ".join(facts)


@accounts.command()
@click.argument("number")
@click.option("--phone", required=True, help="Phone number of the user who is let in.")
@click.option("--role", type=click.Choice(["FAMILY", "STAFF", "AGENT"]), default="FAMILY", show_default=True)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=SCOPES[:2],
    show_default=True,
    help="What he may do; again for more.",
)
@click.option("--ends-on", type=Day(), help="First day on which it no longer holds.")
@click.option("--by", "granter", required=True, help="Phone number of who lets him in: the holder, or staff.")
def grant(number: str, phone: str, role: str, scopes: tuple[str, ...], ends_on: date | None, granter: str) -> None:
    """Let a user see an account."""
    from gridhall.apps.accounts import actions, queries

    at = _now()
    account = queries.get_account(number=number, viewer=_operator(), at=at)
    access = actions.grant_access(
        account=account,
        granter=_user(granter),
        grantee=_user(phone),
        role=role,
        scopes=scopes,
        ends_on=ends_on,
        at=at,
        actor=_actor(),
    )
    click.echo(f"{phone} sees {account.number} from {access.starts_on}: {', '.join(access.scopes)}.")


@accounts.command()
@click.argument("number")
@click.option("--phone", required=True, help="Phone number of the user who no longer sees it.")
@click.option("--by", "revoker", required=True, help="Phone number of who ends it: the holder, himself, or staff.")
def revoke(number: str, phone: str, revoker: str) -> None:
    """End a user's access to an account, and those that he handed on."""
    from gridhall.apps.accounts import actions, queries

    at = _now()
    account = queries.get_account(number=number, viewer=_operator(), at=at)
    access = queries.get_access(account=account, viewer=_user(phone), at=at)
    if access is None:
        raise BusinessError(f"{phone} has no open access to {account.number}.", code="no-access")
    actions.revoke_access(access=access, by=_user(revoker), at=at, actor=_actor())
    click.echo(f"{phone} no longer sees {account.number}.")


@accounts.command()
@click.argument("number")
@click.option("--to", "party_code", required=True, help="Code of the party that takes it over.")
@click.option("--on", "on_day", type=Day(), required=True, help="First day on which the new party answers for it.")
@click.option("--tariff", help="Tariff of the new agreement; without, as before.")
@click.option("--household", type=click.IntRange(0, 99), default=0, help="People in the new household.")
def transfer(number: str, party_code: str, on_day: date, tariff: str | None, household: int) -> None:
    """Pass an account to another party. The old one's history stays; all access to the account ends."""
    from dataclasses import replace

    from gridhall.apps.accounts import actions, queries
    from gridhall.apps.accounts.actions.agreements import terms_of
    from gridhall.apps.accounts.rules.masking import mask_name

    at, viewer = _now(), _operator()
    account = queries.get_account(number=number, viewer=viewer, at=at)
    party = queries.find_party(code=party_code)
    if party is None:
        raise BusinessError(f"There is no party with the code {party_code}; import parties.csv first.", code="no-party")
    held = queries.get_terms(account=account, day=on_day, viewer=viewer, at=at)
    terms = None
    if held is not None:
        terms = replace(terms_of(held), household_size=household, social="NONE")
        terms = replace(terms, tariff_code=tariff) if tariff else terms
    agreement = actions.transfer_account(
        account=account, party=party, on_day=on_day, terms=terms, at=at, actor=_actor()
    )
    click.echo(f"{account.number} is {mask_name(agreement.party.name)}'s from {agreement.starts_on}.")


@accounts.command("slip")
@click.argument("number")
@click.option("--phone", required=True, help="Phone number with which alone the code works.")
@click.option("--holder", "is_holder", is_flag=True, help="His papers were seen: he is the account holder.")
def slip(number: str, phone: str, is_holder: bool) -> None:
    """Hand out a code at the counter, with which a customer binds an account in the app; it is shown once."""
    from gridhall.apps.accounts import actions, queries

    at = _now()
    account = queries.get_account(number=number, viewer=_operator(), at=at)
    made, code = actions.issue_binding_slip(
        account=account, phone=phone, is_holder=is_holder, by=_operator(), at=at, actor=_actor()
    )
    click.echo(f"{code}  binds {account.number} for {made.phone} until {made.expires_at:%Y-%m-%d %H:%M} UTC.")


@accounts.command("papers")
@click.argument("phone")
@click.option("--name", required=True, help="Name as it stands in the document.")
@click.option("--id-number", prompt="ID number", hide_input=True, help="Asked for when left out.")
def papers(phone: str, name: str, id_number: str) -> None:
    """Note that the papers of a user were seen at the counter."""
    from gridhall.apps.accounts import actions

    actions.show_at_counter(
        user=_user(phone), name=name, id_number=id_number, by=_operator(), at=_now(), actor=_actor()
    )
    click.echo(f"{phone} was shown to be this person.")
