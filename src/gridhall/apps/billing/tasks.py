"""What billing does on the queue: tell users of their new bills."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from gridhall.apps.billing import actions


@app.task(name="billing.tell_of_bills", pass_context=False)
def tell_of_bills(run_id: int) -> int:
    """Tell those who may see the bills of a run; told of before, nobody is told again."""
    return actions.tell_of_bills(run_id=run_id, at=timezone.now(), actor="billing")
