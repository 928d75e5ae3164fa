"""What identity does by itself: erase who asked for it, forget old records."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from gridhall.apps.identity import actions
from gridhall.core.clock import nightly

LOCK = "identity"


@app.periodic(cron="*/30 * * * *")
@app.task(queueing_lock="identity-erase-due-users", lock=LOCK, pass_context=False)
def erase_due_users(timestamp: int) -> int:
    """Erase the users whose week to think it over is past."""
    return actions.erase_due_users(at=datetime.now(UTC))


@app.periodic(cron=nightly(100))
@app.task(queueing_lock="identity-forget-old-records", lock=LOCK, pass_context=False)
def forget_old_records(timestamp: int) -> int:
    """Forget codes, wrong tries and sessions of long ago."""
    return actions.forget_old_records(at=datetime.now(UTC))
