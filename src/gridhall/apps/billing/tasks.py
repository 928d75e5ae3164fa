"""What billing does by the clock: measure the month under way, so that pages find it."""

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
