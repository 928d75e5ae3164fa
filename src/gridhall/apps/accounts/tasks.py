"""What accounts does by the clock: close checks that nobody finished, with what is left of their pictures."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from gridhall.apps.accounts import actions

ACTOR = "accounts"


@app.periodic(cron="*/10 * * * *")
@app.task(name="accounts.drop_abandoned_checks", queueing_lock="accounts.drop_abandoned_checks", pass_context=False)
def drop_abandoned_checks(timestamp: int) -> None:
    """Delete pictures half an hour after they were sent, whatever became of the check."""
    actions.drop_abandoned_checks(at=timezone.now(), actor=ACTOR)
