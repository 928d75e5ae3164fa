"""What notifications does on the queue: deliver what is due."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from gridhall.apps.notifications import actions

_NAME = actions.DELIVER_TASK


@app.periodic(cron="* * * * *")
@app.task(name=_NAME, queueing_lock=_NAME, pass_context=False)
def deliver_due(timestamp: int) -> int:
    """Deliver everything whose time has come: asked when something is sent, and every minute."""
    return actions.deliver_due(clock=timezone.now)
