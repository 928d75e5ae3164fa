"""What the queue does for the whole house, every minute."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate import JobContext
from procrastinate.contrib.django import app

from gridhall.core import events

LOCK = "core"


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="core-deliver-pending-events", lock=LOCK, pass_context=False)
def deliver_pending_events(timestamp: int) -> int:
    """Deliver events whose process died between commit and delivery."""
    return events.deliver_pending(at=datetime.now(UTC))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="core-retry-stalled-jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> int:
    """Queue the jobs again whose worker was killed while it did them; every task of the house can run twice."""
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs())
    for job in stalled:
        await manager.retry_job(job)
    return len(stalled)
