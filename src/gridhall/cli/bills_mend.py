"""`gridhall bills hold | release | cancel | rebill | close | group | show`: single bills and single accounts."""

from __future__ import annotations

import click

from gridhall.cli import bills_print as show
from gridhall.cli.bills_ask import DAY, MONTH, actor_option, find_account, find_bill, json_option, now


@click.command()
@click.argument("number", metavar="BILL")
@click.option("--reason", required=True, help="Why, for the record.")
@actor_option
def hold(number: str, reason: str, actor: str) -> None:
    """Keep a draft from being issued."""
    from gridhall.apps.billing import actions

    actions.hold_bill(bill=find_bill(number), reason=reason, at=now(), actor=actor)
    click.echo(f"Bill {number} is held. Let it go: gridhall bills release {number}")


@click.command()
@click.argument("number", metavar="BILL")
@click.option("--as-is", is_flag=True, help="Keep what was computed, whatever is missing.")
@actor_option
def release(number: str, as_is: bool, actor: str) -> None:
    """Let a held draft go; it is computed again first, with reads that came since."""
    from gridhall.apps.billing import actions

    bill = actions.release_bill(bill=find_bill(number), at=now(), actor=actor, as_is=as_is)
    if bill.number != number:
        click.echo(f"Computed again as bill {bill.number}, {bill.amount} yuan.")
    else:
        click.echo(f"Bill {number} may be issued, {bill.amount} yuan.")
    click.echo(f"It goes out with run {bill.run_id}: gridhall bills issue {bill.run_id}")


@click.command()
@click.argument("number", metavar="BILL")
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@actor_option
def cancel(number: str, reason: str, yes: bool, actor: str) -> None:
    """Take a bill back: its ledger entry is reversed and its days may be billed again."""
    from gridhall.apps.billing import actions

    bill = find_bill(number)
    if not yes:
        click.confirm(
            f"Take back bill {number} of account {bill.account.number}, {bill.amount} yuan ({bill.status.lower()})?",
            abort=True,
        )
    actions.cancel_bill(bill=bill, reason=reason, at=now(), actor=actor)
    click.echo(f"Bill {number} is canceled. Later months of the year may change: gridhall bills rebill.")


@click.command()
@click.argument("account", required=False)
@click.option("--all-corrected", is_flag=True, help="Every account whose bills would come out differently now.")
@click.option("--from", "first", type=MONTH, required=True, help="First month to compute again.")
@click.option("--preview", is_flag=True, help="Show the differences; nothing is written.")
@click.option("--cycle", default="MONTHLY", show_default=True, help="Bill cycle, with --all-corrected.")
@click.option("--reason", default="", help="Why, for the record.")
@actor_option
@json_option
def rebill(account, all_corrected, first, preview, cycle, reason, actor, as_json) -> None:  # type: ignore[no-untyped-def]
    """
    Compute the issued bills of ACCOUNT again and draft what they differ by; unchanged inputs write nothing.

    Later months follow, because annual tiers do. The adjustments are approved and issued like any run.
    """
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.models import Bill

    if bool(account) == all_corrected:
        raise click.UsageError("Name one ACCOUNT, or use --all-corrected.")
    if account:
        found = find_account(account)
        ids, cycle = [found.pk], found.billing_cycle
    else:
        issued = Bill.objects.filter(is_current=True, issued_at__isnull=False, first_day__gte=first.first_day)
        waiting = Bill.objects.filter(kind="REBILL", issued_at=None).exclude(status="CANCELED").values("account_id")
        ids = list(
            issued.filter(account__billing_cycle=cycle)
            .exclude(account_id__in=waiting)
            .values_list("account_id", flat=True)
            .distinct()
        )
    if preview:
        changes = list(actions.preview_rebill(account_ids=ids, first=first, cycle=cycle))
        show.print_changes(changes, None, as_json=as_json)
        return
    with show.progress_bar("Computing again", "accounts", quiet=as_json) as tell:
        run, changes = actions.rebill(
            account_ids=ids, first=first, at=now(), actor=actor, reason=reason, cycle=cycle,
            progress=lambda done, total: tell(done, total, 0),
        )  # fmt: skip
    show.print_changes(changes, run and run.pk, as_json=as_json)


@click.command()
@click.argument("account")
@click.argument("day", type=DAY)
@actor_option
@json_option
def close(account: str, day, actor: str, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    """
    Draft the final bill of ACCOUNT; DAY (2026-01-31) is the first day the customer no longer pays for.

    What was billed for later days is given back, and the year's tiers are settled for the months the customer stayed.
    """
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.queries import previews

    run = actions.close_agreement(account=find_account(account), ends_on=day, at=now(), actor=actor)
    show.print_preview(previews.preview_run(run=run), as_json=as_json)


@click.command()
@click.argument("account")
@click.argument("month", type=MONTH)
@json_option
def group(account: str, month, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    """Add up a month's bills of ACCOUNT and the accounts grouped under it."""
    from gridhall.apps.billing.queries.groups import add_up_group

    show.print_statement(add_up_group(find_account(account), month), as_json=as_json)


@click.command("show")
@click.argument("number", metavar="BILL")
@click.option("--explain", is_flag=True, help="Every line with its clause, readings and steps.")
@click.option(
    "--language", default="en", show_default=True, type=click.Choice(["en", "zh-hans"]), help="Of what is explained."
)
@json_option
def show_bill(number: str, explain: bool, language: str, as_json: bool) -> None:
    """Show one bill and why it differs from earlier ones."""
    from gridhall.apps.billing.models import BillLine
    from gridhall.apps.billing.queries.bills import detail_of
    from gridhall.apps.billing.queries.comparisons import compare
    from gridhall.apps.billing.queries.explanations import explain as explain_one

    bill = find_bill(number)
    lines = BillLine.objects.filter(bill_id=bill.pk).select_related("charge").order_by("position")
    explanations = [explain_one(bill, line, language) for line in lines] if explain else []
    show.print_bill(detail_of(bill), explanations, compare(bill, language), language=language, as_json=as_json)
