"""`gridhall bills …`: run a month's bills, look at them, approve and issue them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gridhall.cli import bills_mend as mend
from gridhall.cli import bills_print as show
from gridhall.cli.bills_ask import MONTH, WORKERS, actor_option, engine_options, find_run, json_option, now, pick_engine

if TYPE_CHECKING:
    from gridhall.engines.scaling.engine import FoldEngine


@click.group()
def bills() -> None:
    """Bills: run a month, preview, approve, issue; hold, cancel, re-bill, close; show and explain."""
    from gridhall.cli import start_django

    start_django()


@bills.command()
@click.argument("month", type=MONTH)
@click.option("--cycle", default="MONTHLY", show_default=True, help="Bill cycle.")
@click.option("--preview", is_flag=True, help="Compute and add up only; nothing is written.")
@click.option("--workers", type=WORKERS, default=2, show_default=True, help="Chunks computed side by side.")
@engine_options
@actor_option
@json_option
def run(month, cycle, preview, workers, engine, spark, actor, as_json) -> None:  # type: ignore[no-untyped-def]
    """
    Draft every bill of MONTH (2026-01) that is not billed yet.

    A run that was killed is taken up where it stopped; a run that is drafted already is only shown. Nothing goes out
    before somebody approves and issues it.
    """
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.actions.runs import get_cycle
    from gridhall.apps.billing.models import BillRun
    from gridhall.apps.billing.queries import previews

    if preview:
        with (
            pick_engine(engine, spark) as opened,
            show.progress_bar("Computing", "accounts", quiet=as_json) as tell,
        ):
            found = previews.preview_month(month=month, cycle=get_cycle(cycle), progress=tell, engine=opened)
        show.print_month(found, as_json=as_json)
        return
    found = BillRun.objects.filter(
        cycle__code=cycle, month=month.first_day, kind="REGULAR", status__in=["OPEN", "DRAFTED", "APPROVED"]
    ).first()
    if found is not None and found.status != "OPEN":
        click.echo(f"Run {found.pk} of {month} is {found.status.lower()} already; nothing was computed.", err=True)
        show.print_preview(previews.preview_run(run=found), as_json=as_json)
        return
    with pick_engine(engine, spark) as opened:  # before the run: one that cannot be reached leaves nothing open
        found = found or actions.open_run(month=month, at=now(), actor=actor, cycle=cycle)
        _draft(found, actor=actor, workers=workers, engine=opened, as_json=as_json)


def _draft(found, *, actor: str, workers: int, engine: FoldEngine, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.queries import previews

    with show.progress_bar("Drafting", "chunks", quiet=as_json) as tell:
        drafted = actions.draft_run(run=found, at=now(), actor=actor, progress=tell, workers=workers, engine=engine)
    show.print_preview(previews.preview_run(run=drafted), as_json=as_json)


@bills.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--workers", type=WORKERS, default=2, show_default=True, help="Chunks computed side by side.")
@engine_options
@actor_option
@json_option
def resume(run_id: int, workers: int, engine: str, spark: str | None, actor: str, as_json: bool) -> None:
    """Go on with a run that was stopped."""
    found = find_run(run_id)
    with pick_engine(engine, spark) as opened:
        _draft(found, actor=actor, workers=workers, engine=opened, as_json=as_json)


@bills.command()
@click.argument("run_id", metavar="RUN", type=int)
@json_option
def preview(run_id: int, as_json: bool) -> None:
    """Add up a run, with its exceptions, the biggest changes and the month before."""
    from gridhall.apps.billing.queries import previews

    show.print_preview(previews.preview_run(run=find_run(run_id)), as_json=as_json)


@bills.command()
@click.option("--month", type=MONTH, help="Of this month only.")
@json_option
def runs(month, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    """List bill runs, newest first."""
    from gridhall.apps.billing.queries import previews

    show.print_runs(previews.list_runs(month=month), as_json=as_json)


@bills.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@json_option
def exceptions(run_id: int, everything: bool, as_json: bool) -> None:
    """List what to look at in a run."""
    from gridhall.apps.billing.queries import previews

    show.print_exceptions(previews.list_exceptions(run=find_run(run_id), resolved=everything), as_json=as_json)


@bills.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option(
    "--four-eyes/--no-four-eyes",
    default=False,
    envvar="GRIDHALL_FOUR_EYES",
    help="Refuse whoever opened the run (default: warn).",
)
@actor_option
@json_option
def approve(run_id: int, four_eyes: bool, actor: str, as_json: bool) -> None:
    """Approve a drafted run."""
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.queries import previews

    found = find_run(run_id)
    if not four_eyes and found.opened_by == actor:
        click.echo(f"Note: {actor} both ran and approves this; --four-eyes would refuse it.", err=True)
    approved = actions.approve_run(run=found, at=now(), actor=actor, four_eyes=four_eyes)
    show.print_step(previews.view_run(approved), f"Issue it: gridhall bills issue {run_id}", as_json=as_json)


@bills.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--workers", type=WORKERS, default=2, show_default=True, help="Chunks issued side by side.")
@actor_option
@json_option
def issue(run_id: int, workers: int, actor: str, as_json: bool) -> None:
    """
    Issue an approved run; held bills stay behind.

    Bills, ledger entries and events go out chunk by chunk. A killed command is started again and goes on; bills that
    were released since go out with their run when it is issued again.
    """
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.queries import previews

    with show.progress_bar("Issuing", "chunks", quiet=as_json) as tell:
        issued = actions.issue_run(run=find_run(run_id), at=now(), actor=actor, progress=tell, workers=workers)
    show.print_preview(previews.preview_run(run=issued), as_json=as_json)


@bills.command("cancel-run")
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--reason", default="", help="Why, for the record.")
@actor_option
@json_option
def cancel_run(run_id: int, reason: str, actor: str, as_json: bool) -> None:
    """Cancel a run that was not issued."""
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.queries import previews

    canceled = actions.cancel_run(run=find_run(run_id), at=now(), actor=actor, reason=reason)
    show.print_step(previews.view_run(canceled), "Its days can be billed again.", as_json=as_json)


for command in (mend.hold, mend.release, mend.cancel, mend.rebill, mend.close, mend.group, mend.show_bill):
    bills.add_command(command)
