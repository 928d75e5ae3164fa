"""Try a version of a tariff on the real bills of a month, before a second person approves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction

from gridhall.apps.billing.events import TariffTrialAsked, TariffTrialFinished
from gridhall.apps.billing.kinds import TrialStatusKind
from gridhall.apps.billing.models import TariffTrial
from gridhall.apps.billing.queries.plans import MonthPlans, try_version
from gridhall.apps.billing.queries.trials import list_trial_months
from gridhall.apps.billing.queries.trying import GROUPS, KINDS, list_trial_accounts, try_bills
from gridhall.apps.billing.rules.trial_sums import TriedBills, join_bills, sum_up
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month

ACCOUNTS_AT_ONCE = 2_000
SILENT_FOR = timedelta(minutes=3)
"""A trial of which nothing was heard for so long has lost its job, and may be asked for again."""


class UnableToTryTariff(BusinessError):
    """Nothing is computed."""


@transaction.atomic
def ask_trial(*, document_id: int, version_from: date, month: date, at: datetime, actor: str) -> TariffTrial:
    """
    Have a version of a loaded tariff tried on the issued bills of a month; the queue computes it.

    Asked again while it is under way nothing happens; afterwards it is computed anew.

    :raises UnableToTryTariff: if there is no such version, or no bills were issued for that month.
    """
    loaded = tariffs.get_loaded(document_id)
    if loaded.version_from(version_from).first_day != version_from:
        raise UnableToTryTariff(f"The tariff has no version from {version_from}.", code="no-such-version")
    if month not in list_trial_months():
        raise UnableToTryTariff(f"No bills were issued for {month:%Y-%m}.", code="no-bills")
    trial, is_new = TariffTrial.objects.select_for_update().get_or_create(
        document=loaded.document, version_from=version_from, month=month,
        defaults={"asked_at": at, "asked_by": actor[:150], "heard_at": at},
    )  # fmt: skip
    if not is_new:
        under_way = trial.status in (TrialStatusKind.WAITING, TrialStatusKind.RUNNING)
        if under_way and trial.heard_at > at - SILENT_FOR:
            return trial
        trial.status, trial.attempt = TrialStatusKind.WAITING, trial.attempt + 1
        trial.accounts = trial.accounts_done = 0
        trial.asked_at, trial.asked_by, trial.heard_at = at, actor[:150], at
        trial.finished_at, trial.problem, trial.result = None, "", None
        trial.save()
    events.publish(TariffTrialAsked(trial.pk, trial.attempt, document_id, f"{month:%Y-%m}"), actor=actor, at=at)
    return trial


def compute_trial(*, trial_id: int, attempt: int, clock: Callable[[], datetime], actor: str) -> bool:
    """
    Compute a trial that was asked for, and keep what it comes to.

    :param clock: tells the time: progress is kept with it, so that a lost job is known by its silence.
    :returns: False where another attempt has taken its place.
    """
    trial = TariffTrial.objects.select_related("document").filter(pk=trial_id, attempt=attempt).first()
    if trial is None or trial.status == TrialStatusKind.DONE:
        return False
    try:
        result = _compute(trial, clock)
    except UnableToTryTariff as refusal:
        return _keep(trial, clock(), actor, status=TrialStatusKind.FAILED, problem=refusal.message[:300])
    except Exception:
        _keep(trial, clock(), actor, status=TrialStatusKind.FAILED, problem="")
        raise
    if result is None:
        return False
    return _keep(trial, clock(), actor, status=TrialStatusKind.DONE, result=result)


def _compute(trial: TariffTrial, clock: Callable[[], datetime]) -> dict[str, object] | None:
    month, code = Month.of(trial.month), trial.document.code
    accounts = list_trial_accounts(code=code, month=month)
    if not _tell_progress(trial, clock(), accounts=len(accounts), done=0):
        return None
    instead = _compile(trial, month)
    parts: list[TriedBills] = []
    aside: Counter[str] = Counter()
    aside_minor: Counter[str] = Counter()
    for begin in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        some = accounts[begin : begin + ACCOUNTS_AT_ONCE]
        tried = try_bills(code=code, month=month, account_ids=some.tolist(), instead=instead)
        parts.append(tried.bills)
        for why, (bills, minor) in tried.set_aside.items():
            aside[why] += bills
            aside_minor[why] += minor
        if not _tell_progress(trial, clock(), accounts=len(accounts), done=begin + len(some)):
            return None
    set_aside = [{"why": why, "bills": aside[why], "before": aside_minor[why]} for why in sorted(aside)]
    if not parts:
        return {"bills": 0, "set_aside": set_aside}
    return sum_up(join_bills(parts), groups=GROUPS, kinds=KINDS) | {"set_aside": set_aside}


def _compile(trial: TariffTrial, month: Month) -> dict[int, MonthPlans]:
    """Compile the version that is tried, in the place of the state that is in force."""
    in_force = tariffs.map_documents_in_force().get(trial.document.code)
    if in_force is None:
        raise UnableToTryTariff("No state of this tariff is in force, so no bill can be computed.", code="not-in-force")
    loaded = tariffs.get_loaded(trial.document_id)
    plans = try_version(in_force[0], loaded.tariff, loaded.version_from(trial.version_from), month)
    if plans.problem:
        raise UnableToTryTariff(plans.problem, code="unpriceable")
    return {in_force[0]: plans}


def _tell_progress(trial: TariffTrial, at: datetime, *, accounts: int, done: int) -> bool:
    """Keep how far it is; False where another attempt has taken its place."""
    mine = TariffTrial.objects.filter(pk=trial.pk, attempt=trial.attempt)
    return bool(
        mine.update(status=TrialStatusKind.RUNNING, accounts=accounts, accounts_done=done, heard_at=at, problem="")
    )


@transaction.atomic
def _keep(trial: TariffTrial, at: datetime, actor: str, **kept: object) -> bool:
    mine = TariffTrial.objects.filter(pk=trial.pk, attempt=trial.attempt)
    if not mine.update(finished_at=at, heard_at=at, **kept):
        return False
    events.publish(TariffTrialFinished(trial.pk, trial.document_id, str(kept["status"])), actor=actor, at=at)
    return True
