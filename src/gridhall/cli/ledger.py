"""`gridhall ledger …`: is the ledger in order, and what moved on an account."""

from __future__ import annotations

import dataclasses
import json
import sys

import click

from gridhall.cli.bills_ask import find_account, json_option


@click.group()
def ledger() -> None:
    """The double-entry ledger."""
    from gridhall.cli import start_django

    start_django()


@ledger.command()
@json_option
def prove(as_json: bool) -> None:
    """Add up every posting; exits 1 if anything is off."""
    from gridhall.apps.billing.queries.ledger import prove_ledger

    proof = prove_ledger()
    if as_json:
        found = {**dataclasses.asdict(proof), "imbalance": f"{proof.imbalance:.2f}", "holds": proof.holds}
        click.echo(json.dumps(found))
    else:
        click.echo(
            f"{proof.entries:,} entries, {proof.postings:,} postings; imbalance {proof.imbalance:.2f} yuan,"
            f" {proof.unbalanced_entries:,} entries do not balance, {proof.accounts_off:,} accounts are off."
        )
        click.echo("The ledger is in order." if proof.holds else "The ledger is NOT in order.")
    if not proof.holds:
        sys.exit(1)


@ledger.command()
@click.argument("account")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows at most.")
@json_option
def show(account: str, limit: int, as_json: bool) -> None:
    """Show the balance of ACCOUNT (positive is credit) and what moved, newest first."""
    from gridhall.apps.billing.queries.ledger import list_movements, read_balance
    from gridhall.cli.bills_print import to_json

    found = find_account(account)
    balance, rows = read_balance(found.pk), list_movements(found.pk, limit)
    if as_json:
        click.echo(to_json({"account": found.number, "balance": balance, "entries": rows}))
        return
    click.echo(f"{found.number}: {balance:,} yuan")
    for row in rows:
        click.echo(f"  {row.at:%Y-%m-%d %H:%M} {row.kind:<10} {row.amount:>14,} {row.bill_number or ''} {row.memo}")
