"""What billing does when something is told: it has users told of their bills, and tariffs tried."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gridhall.apps.billing.events import BillRunIssued, TariffTrialAsked
from gridhall.core import events

TELL_TASK = "billing.tell_of_bills"
TRIAL_TASK = "billing.compute_trial"


@events.on(BillRunIssued)
def tell_of_bills(event: BillRunIssued) -> None:
    """Have the users told of a run's bills: a job of its own, so that who issues bills does not wait for it."""
    app.configure_task(TELL_TASK, allow_unknown=True, lock=f"{TELL_TASK}:{event.run_id}").defer(run_id=event.run_id)


@events.on(TariffTrialAsked)
def compute_trial(event: TariffTrialAsked) -> None:
    """Have a tariff tried: a job of its own; one that died does not keep the next attempt waiting."""
    task = app.configure_task(TRIAL_TASK, allow_unknown=True, lock=f"{TRIAL_TASK}:{event.trial_id}:{event.attempt}")
    task.defer(trial_id=event.trial_id, attempt=event.attempt)
