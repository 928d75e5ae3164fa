"""What billing does on the queue: measure the month under way, tell users of their bills, try tariffs."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from gridhall.apps.billing import actions

LOCK = "billing.measure_months_so_far"


@app.periodic(cron="20 * * * *")
@app.task(name=LOCK, queueing_lock=LOCK, lock=LOCK, pass_context=False)
def measure_months_so_far(timestamp: int) -> int:
    """Measure what changed since the last hour: after midnight that is everything."""
    return actions.measure_months_so_far(at=timezone.now())


@app.task(name="billing.tell_of_bills", pass_context=False)
def tell_of_bills(run_id: int) -> int:
    """Tell those who may see the bills of a run; told of before, nobody is told again."""
    return actions.tell_of_bills(run_id=run_id, at=timezone.now(), actor="billing")


@app.task(name=actions.WORK_TASK, pass_context=False)
def work_on_run(work_id: int) -> None:
    """Compute or issue a run as somebody asked for at the desk."""
    actions.work_on_run(work_id=work_id, at=timezone.now())


@app.task(name="billing.compute_trial", pass_context=False)
def compute_trial(trial_id: int, attempt: int) -> bool:
    """Try a version of a tariff on real bills; done before, nothing is computed again."""
    return actions.compute_trial(trial_id=trial_id, attempt=attempt, clock=timezone.now, actor="billing")
