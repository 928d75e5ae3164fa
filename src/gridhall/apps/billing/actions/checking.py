"""The sample check: drafts are drawn, looked at beside their readings, and what was found is kept."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.db import connection, transaction

from gridhall.apps.billing.actions.approving import check_may_decide
from gridhall.apps.billing.events import BillChecked, SampleDrawn
from gridhall.apps.billing.kinds import BillRunStatusKind, CheckOutcomeKind, CheckReasonKind
from gridhall.apps.billing.models import BillCheck, BillRun
from gridhall.apps.billing.rules import sampling
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToDrawSample(BusinessError):
    """No draft was drawn."""


class UnableToCheckBill(BusinessError):
    """What was found was not kept."""


_DRAWN_FROM = """
SELECT b.id, b.charge_total::float8, l.charge_total::float8,
       (SELECT count(*) FROM billing_billexception e
         WHERE e.bill_id = b.id AND e.resolved_at IS NULL AND NOT e.holds)
  FROM billing_billrunchunk c
  JOIN billing_bill b ON b.chunk_id = c.id AND b.status = 'DRAFT'
  LEFT JOIN LATERAL (
       SELECT o.charge_total FROM billing_bill o
        WHERE o.account_id = b.account_id AND o.agreement_id = b.agreement_id AND o.is_current
          AND o.first_day < b.first_day ORDER BY o.first_day DESC LIMIT 1) l ON true
 WHERE c.run_id = %(run)s AND NOT EXISTS (SELECT 1 FROM billing_billcheck k WHERE k.bill_id = b.id)
 ORDER BY b.id
"""


@transaction.atomic
def draw_sample(
    *, run: BillRun, drawn_before: int, at: datetime, actor: str,
    random_bills: int = sampling.RANDOM_BILLS, risky_bills: int = sampling.RISKY_BILLS,
) -> int:  # fmt: skip
    """
    Draw drafts of a run to be looked at, some by chance and some by risk; gives how many.

    :param drawn_before: how many the asker knows of; where others were drawn since, nothing more is.
    :raises UnableToDrawSample: if the run does not wait for approval, or no draft is left to draw.
    """
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status != BillRunStatusKind.DRAFTED:
        raise UnableToDrawSample(f"Run {run.pk} is {run.status.lower()}; drafts are drawn from.", code="not-drafted")
    drawn = BillCheck.objects.filter(run=run).count()
    if drawn != drawn_before:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN_FROM, {"run": run.pk})
        rows = cursor.fetchall()
    if not rows:
        raise UnableToDrawSample(f"Every draft of run {run.pk} is drawn already.", code="all-drawn")
    ids = np.array([row[0] for row in rows], np.int64)
    weights = sampling.weigh_risk(
        np.array([row[1] for row in rows]),
        np.array([np.nan if row[2] is None else row[2] for row in rows]),
        np.array([row[3] for row in rows], np.int64),
    )
    seed = f"{run.mrid}/{drawn}"
    risky = sampling.draw(ids, weights, risky_bills, seed=f"{seed}/risk")
    left = ids[~np.isin(ids, risky)]
    chance = sampling.draw(left, np.ones(len(left)), random_bills, seed=f"{seed}/random")
    picked = [(pk, CheckReasonKind.RISK) for pk in risky] + [(pk, CheckReasonKind.RANDOM) for pk in chance]
    BillCheck.objects.bulk_create(
        BillCheck(run=run, bill_id=pk, position=place, drawn_for=why, drawn_at=at, drawn_by=actor)
        for place, (pk, why) in enumerate(picked, start=drawn + 1)
    )
    events.publish(SampleDrawn(run.pk, len(picked)), actor=actor, at=at)
    return len(picked)


@transaction.atomic
def check_bill(*, check: BillCheck, outcome: str, remark: str, at: datetime, actor: str) -> BillCheck:
    """
    Keep what was found about a draft; until the run is approved it may be changed.

    :raises UnableToCheckBill: if the run is past checking, its preparer checks, or what is not right is not told.
    """
    run = BillRun.objects.select_for_update().get(pk=check.run_id)
    check = BillCheck.objects.select_for_update(of=("self",)).select_related("bill").get(pk=check.pk)
    if run.status != BillRunStatusKind.DRAFTED:
        raise UnableToCheckBill(f"Run {run.pk} is {run.status.lower()}; it is not checked now.", code="not-drafted")
    if outcome not in (CheckOutcomeKind.RIGHT, CheckOutcomeKind.WRONG):
        raise UnableToCheckBill(f"{outcome!r} is no outcome; say RIGHT or WRONG.", code="no-outcome")
    check_may_decide(run, actor, UnableToCheckBill, deed="check it")
    remark = remark.strip()[:300]
    if outcome == CheckOutcomeKind.WRONG and not remark:
        raise UnableToCheckBill("Say what is not right.", code="no-remark")
    if (check.outcome, check.remark) == (outcome, remark):
        return check
    check.outcome, check.remark, check.checked_at, check.checked_by = outcome, remark, at, actor
    check.save(update_fields=["outcome", "remark", "checked_at", "checked_by"])
    events.publish(BillChecked(run.pk, check.bill_id, check.bill.number, outcome, remark), actor=actor, at=at)
    return check
