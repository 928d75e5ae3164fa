"""What the bill commands ask for: months, runs, bills, who is at the keyboard."""

from __future__ import annotations

import getpass
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gridhall.core.periods import Month

if TYPE_CHECKING:
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing.models import Bill, BillRun
    from gridhall.engines.scaling.engine import FoldEngine


class MonthType(click.ParamType):
    """A month, as 2026-01."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """Read a month."""
        try:
            return value if isinstance(value, Month) else Month.parse(value)
        except ValueError:
            self.fail(f"{value!r} is not a month; write it as 2026-01.", param, ctx)


class DayType(click.ParamType):
    """A local day, as 2026-01-31."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-01-31.", param, ctx)


MONTH, DAY = MonthType(), DayType()
WORKERS = click.IntRange(1, 64)


def _whoami() -> str:
    try:
        return f"cli:{getpass.getuser()}"[:150]
    except (KeyError, OSError):
        return "cli"


actor_option = click.option("--actor", default=_whoami, help="Who does this, for the record.")
ENGINES = click.Choice(["local", "spark"])


def engine_options(command: Any) -> Any:
    """Ask who folds the reads: this machine's cores, or a cluster that speaks Spark Connect."""
    command = click.option(
        "--spark",
        metavar="URL",
        envvar="GRIDHALL_SPARK",
        help="Spark Connect server: sc://host:15002. [GRIDHALL_SPARK]",
    )(command)
    return click.option(
        "--engine",
        type=ENGINES,
        default="local",
        show_default=True,
        help="Who folds the reads: this machine, or Spark.",
    )(command)


def pick_engine(engine: str, spark: str | None) -> AbstractContextManager[FoldEngine]:
    """Open the engine that was asked for."""
    from gridhall.engines.scaling.engine import open_engine

    if engine == "local" and click.get_current_context().get_parameter_source("spark") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--spark goes with --engine spark.")
    return open_engine(engine, spark=spark)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def now() -> datetime:
    """Give the moment."""
    from django.utils import timezone

    return timezone.now()


def find_run(run_id: int) -> BillRun:
    """Find a run by its number."""
    from gridhall.apps.billing.models import BillRun

    found = BillRun.objects.select_related("cycle").filter(pk=run_id).first()
    if found is None:
        raise click.ClickException(f"There is no bill run {run_id}; list them: gridhall bills runs.")
    return found


def find_bill(number: str) -> Bill:
    """Find a bill by its number."""
    from gridhall.apps.billing.models import Bill

    found = Bill.objects.select_related("account", "party", "run").filter(number=number).first()
    if found is None:
        raise click.ClickException(f"There is no bill {number}.")
    return found


def find_account(number: str) -> CustomerAccount:
    """Find an account by its number, or by an old number that leads to it."""
    from gridhall.apps.accounts.queries.access import find_account as find

    found = find(number)
    if found is None:
        raise click.ClickException(f"There is no account {number}.")
    return found
