"""`gridhall meters validate`, `failures` and `mend`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from gridhall.cli.meters import printing

if TYPE_CHECKING:
    from gridhall.apps.metering.models import ValidationFinding

RULES = (
    "MISSING", "DUPLICATE", "SPIKE", "NEGATIVE", "STUCK", "REGISTER_SUM", "CLOCK", "ZERO_RUN", "REVERSE_FLOW",
    "OVER_LIMIT",
)  # fmt: skip
STATUSES = ("OPEN", "ACCEPTED", "ESTIMATED", "CORRECTED", "ALL")


@click.command()
@click.argument("month", required=False)
@click.option("--from", "first", help="First day, 2026-01-01.")
@click.option("--to", "last", help="The day after the last one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def validate(month: str | None, first: str | None, last: str | None, as_json: bool) -> None:
    """Run the validation rules over a MONTH, or the months of --from to --to."""
    from gridhall.apps.metering import actions, queries

    first_day, end_day = printing.find_days(month, first, last)
    with printing.progress("Validating") as ticker:
        summary = actions.validate_reads(
            first_day=first_day, end_day=end_day, at=printing.now(), actor=printing.actor(),
            progress=lambda done, of: ticker.tell(f"{done:,} of {of:,} meters"),
        )  # fmt: skip
    by_rule = queries.count_findings(first_day=first_day, end_day=end_day)
    if as_json:
        printing.print_json({**printing.as_plain(summary), "open_by_rule": by_rule})
        return
    click.echo(f"{summary.meters:,} meters, {summary.reads:,} reads")
    click.echo(f"  {summary.found:,} failures are new, {summary.reopened:,} came back, {summary.settled:,} settled")
    click.echo(f"  {summary.open:,} wait for someone" + (":" if by_rule else "."))
    for rule, count in sorted(by_rule.items(), key=lambda one: -one[1]):
        click.echo(f"    {rule:<14}{count:>8,}")


@click.command()
@click.option("--rule", type=click.Choice(RULES, case_sensitive=False))
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), default="OPEN", show_default=True)
@click.option("--meter", help="Only of the meter with this serial number.")
@click.option("--limit", default=50, show_default=True, help="At most so many; 0 for all.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def failures(rule: str | None, status: str, meter: str | None, limit: int, as_json: bool) -> None:
    """List validation failures."""
    from gridhall.apps.metering import queries

    chosen = None if status == "ALL" else status
    found = queries.list_findings(rule=rule, status=chosen, meter_serial=meter, limit=limit or None)
    if as_json:
        printing.print_json(found)
        return
    if not found:
        click.echo("Nothing waits." if status == "OPEN" else "There is none.")
        return
    rows = [
        [
            str(one.id), one.meter_serial, one.rule, one.severity, one.status, f"{one.start_at:%Y-%m-%d %H:%M}",
            str(one.slots), _energy(one.measured_kwh), _energy(one.expected_kwh), one.note,
        ]
        for one in found
    ]  # fmt: skip
    printing.print_table(
        "Validation failures",
        ["id", "meter", "rule", "severity", "status", "from", "slots", "kWh", "expected", "what"],
        rows,
    )
    if limit and len(found) == limit:
        click.echo(f"The first {limit}; --limit 0 lists all.", err=True)


def _energy(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.3f}"


@click.command()
@click.argument("key", required=False)
@click.option("--all", "is_all", is_flag=True, help="All open failures of --rule.")
@click.option("--rule", type=click.Choice(RULES, case_sensitive=False))
@click.option("--meter", help="With --all: only of this meter.")
@click.option("--accept", is_flag=True, help="It was measured rightly.")
@click.option("--estimate", is_flag=True, help="Put an estimate in its place.")
@click.option("--value", help="Put this many kWh in its place, as the meter counts.")
@click.option("--note", default="", help="Why, for whoever looks later.")
@click.option("--dry-run", is_flag=True, help="With one failure and --estimate: show the estimate only.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def mend(
    key: str | None, is_all: bool, rule: str | None, meter: str | None, accept: bool, estimate: bool,
    value: str | None, note: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Settle the failure KEY (its id or mRID), or --all of a rule: accept, estimate, or give a value."""
    from gridhall.apps.metering import queries

    if accept + estimate + (value is not None) != 1:
        raise click.UsageError("Give one of --accept, --estimate and --value.")
    if is_all:
        if key is not None or value is not None or rule is None:
            raise click.UsageError("--all goes with --rule and --accept or --estimate.")
        _mend_all(rule, meter, accept, note, as_json)
        return
    if key is None:
        raise click.UsageError("Say which failure: its id, or --all with --rule.")
    finding = queries.get_finding(key=key)
    if finding is None:
        raise click.ClickException(f"There is no failure {key}. List them: gridhall meters failures")
    _mend_one(finding, accept, value, note, dry_run, as_json)


def _mend_one(
    finding: ValidationFinding, accept: bool, value: str | None, note: str, dry_run: bool, as_json: bool
) -> None:
    from gridhall.apps.metering import actions

    at, who = printing.now(), printing.actor()
    if accept:
        actions.accept_finding(finding=finding, at=at, actor=who, note=note)
        result = {"id": finding.pk, "status": "ACCEPTED"}
    else:
        if dry_run:
            suggestion = actions.suggest_estimate(finding=finding)
        elif value is not None:
            suggestion = actions.correct_finding(finding=finding, energy_wh=_wh(value), at=at, actor=who)
        else:
            suggestion = actions.estimate_finding(finding=finding, at=at, actor=who)
        result = {
            "id": finding.pk,
            "status": "OPEN" if dry_run else ("CORRECTED" if value is not None else "ESTIMATED"),
            "method": suggestion.method,
            "slots": len(suggestion.import_wh),
            "energy_kwh": str(Decimal(int(suggestion.import_wh.sum())).scaleb(-3)),
            "values_wh": suggestion.import_wh.tolist(),
        }
    if as_json:
        printing.print_json(result)
        return
    click.echo(f"Failure {finding.pk} of meter {finding.meter}: {result['status']}")
    if "method" in result:
        click.echo(f"  {result['slots']} quarter hours, {result['energy_kwh']} kWh, {result['method']}")


def _wh(value: str) -> int:
    try:
        energy_wh = Decimal(value) * 1000
    except InvalidOperation as error:
        raise click.BadParameter(f"{value!r} is not a number of kWh.", param_hint="--value") from error
    if not energy_wh.is_finite() or energy_wh != energy_wh.to_integral_value():
        raise click.BadParameter("give at most three decimals.", param_hint="--value")
    return int(energy_wh)


def _mend_all(rule: str, meter: str | None, accept: bool, note: str, as_json: bool) -> None:
    from gridhall.apps.metering import actions, queries

    found = queries.select_findings(rule=rule.upper(), status="OPEN", meter_serial=meter).select_related("meter")
    total = found.count()
    with printing.progress("Mending") as ticker:
        if accept:
            mended = 0
            for finding in found.iterator():
                actions.accept_finding(finding=finding, at=printing.now(), actor=printing.actor(), note=note)
                mended += 1
                ticker.tell(f"{mended:,} of {total:,}")
            summary = actions.MendSummary(mended, 0, [])
        else:
            summary = actions.estimate_findings(
                findings=list(found), at=printing.now(), actor=printing.actor(),
                progress=lambda done: ticker.tell(f"{done:,} of {total:,}"),
            )  # fmt: skip
    if as_json:
        printing.print_json(summary)
        return
    click.echo(f"{summary.mended:,} of {total:,} failures settled, {summary.slots:,} quarter hours estimated")
    for number, why in summary.refused[:20]:
        click.echo(f"  {number}: {why}")
    if len(summary.refused) > 20:
        click.echo(f"  … and {len(summary.refused) - 20:,} more")
