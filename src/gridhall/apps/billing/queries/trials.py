"""Trials of tariffs as their viewers see them, and the months on whose bills one can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import BillRunKind, BillRunStatusKind
from gridhall.apps.billing.models import BillRun, TariffTrial
from gridhall.apps.billing.queries.access import AccessDenied
from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role

READERS = (Role.TARIFF, Role.TARIFF_APPROVER, Role.MANAGER, Role.AUDITOR)
TRIERS = (Role.TARIFF, Role.TARIFF_APPROVER)
MOST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class TrialView:
    """
    How far a trial is and what it found.

    :param result: see `rules.trial_sums`, with `set_aside`; None until it is done. The accounts that change most stand
        only in `winners` and `losers` of the view.
    :param shows_accounts: whether the viewer's work is with customers: only then those lists are filled.
    """

    status: str
    month: date
    version_from: date
    accounts: int
    accounts_done: int
    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    problem: str
    result: Mapping[str, Any] | None
    shows_accounts: bool
    winners: tuple[ChangedAccount, ...] = ()
    losers: tuple[ChangedAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedAccount:
    """An account whose bill would change much, personal data masked; money in fen."""

    number: str
    kind: str
    name_masked: str
    energy_wh: int
    before: int
    after: int


def list_trial_months() -> list[date]:
    """List the months of which regular bills were issued, newest first: on their bills a tariff can be tried."""
    issued = BillRun.objects.filter(kind=BillRunKind.REGULAR, status=BillRunStatusKind.ISSUED)
    return list(issued.order_by("-month").values_list("month", flat=True).distinct()[:MOST_MONTHS])


def find_trial(*, document_id: int, version_from: date, month: date | None = None, viewer: Any) -> TrialView | None:
    """
    Find the trial of a version on a month; without one the trial that was asked for last.

    :raises AccessDenied: if the viewer has nothing to do with tariffs.
    """
    if not identity.has_role(viewer, *READERS):
        raise AccessDenied
    trials = TariffTrial.objects.filter(document_id=document_id, version_from=version_from)
    trial = (trials.filter(month=month) if month else trials).order_by("-asked_at", "-id").first()
    if trial is None:
        return None
    shows = accounts.reads_customers(viewer)
    result = trial.result
    winners: tuple[ChangedAccount, ...] = ()
    losers: tuple[ChangedAccount, ...] = ()
    if result is not None and result["bills"]:
        if shows:
            winners, losers = _list_changed(result["winners"]["most"], result["losers"]["most"])
        result = result | {side: {**result[side], "most": []} for side in ("winners", "losers")}
    return TrialView(
        status=trial.status, month=trial.month, version_from=trial.version_from, accounts=trial.accounts,
        accounts_done=trial.accounts_done, asked_at=trial.asked_at, asked_by=trial.asked_by,
        finished_at=trial.finished_at, problem=trial.problem, result=result, shows_accounts=shows, winners=winners,
        losers=losers,
    )  # fmt: skip


def _list_changed(*sides: list[list[int]]) -> tuple[tuple[ChangedAccount, ...], ...]:
    wanted = {row[0] for rows in sides for row in rows}
    known = {
        key: (number, kind, masking.mask_name(name))
        for key, number, kind, name in CustomerAccount.objects.filter(pk__in=wanted).values_list(
            "id", "number", "kind", "name"
        )
    }
    return tuple(tuple(ChangedAccount(*known[row[0]], *row[1:]) for row in rows if row[0] in known) for rows in sides)
