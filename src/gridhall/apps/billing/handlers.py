"""What billing does when something about bills is told: it has those told who may see them."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gridhall.apps.billing.events import BillRunIssued
from gridhall.core import events

TELL_TASK = "billing.tell_of_bills"


@events.on(BillRunIssued)
def tell_of_bills(event: BillRunIssued) -> None:
    """Have the users told of a run's bills: a job of its own, so that who issues bills does not wait for it."""
    app.configure_task(TELL_TASK, allow_unknown=True, lock=f"{TELL_TASK}:{event.run_id}").defer(run_id=event.run_id)
