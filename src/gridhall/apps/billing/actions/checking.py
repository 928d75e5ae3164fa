"""The sample check: drafts are drawn, looked at beside their readings, and what was found is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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


MOST_POOL, POOL_CHUNKS = 4_000, 40
"""Of a run with more drafts so many are drawn from, a hundred in each of forty of its chunks: every draft with the same
chance, and a run of a million bills is sampled as quickly as one of ten thousand."""

_CHUNKS = """
SELECT c.id, c.bills FROM billing_billrunchunk c WHERE c.run_id = %s AND c.bills > 0 ORDER BY c.id
"""
_DRAWN_FROM = """
SELECT b.id, b.charge_total::float8, l.charge_total::float8,
       (SELECT count(*) FROM billing_billexception e
         WHERE e.bill_id = b.id AND e.resolved_at IS NULL AND NOT e.holds)
  FROM unnest(%(chunks)s::int8[], %(counts)s::int8[]) AS chunk (id, most)
  CROSS JOIN LATERAL (
       SELECT b.* FROM billing_bill b
        WHERE b.chunk_id = chunk.id AND b.status = 'DRAFT'
          AND NOT EXISTS (SELECT 1 FROM billing_billcheck k WHERE k.bill_id = b.id)
        ORDER BY hashint8extended(b.id, %(seed)s) LIMIT chunk.most) b
  LEFT JOIN LATERAL (
       SELECT o.charge_total FROM billing_bill o
        WHERE o.account_id = b.account_id AND o.agreement_id = b.agreement_id AND o.is_current
          AND o.first_day < b.first_day ORDER BY o.first_day DESC LIMIT 1) l ON true
 ORDER BY b.id
"""


def _read_pool(run: BillRun, seed: str) -> list[tuple[Any, ...]]:
    """Read the drafts to draw from: all of a run that is small, a fair part of a large one."""
    with connection.cursor() as cursor:
        cursor.execute(_CHUNKS, [run.pk])
        chunks = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
        places, counts = sampling.choose_chunks(chunks[:, 1], MOST_POOL, POOL_CHUNKS, seed=seed)
        params = {
            "chunks": chunks[places, 0].tolist(),
            "counts": counts.tolist(),
            "seed": sampling.number_of(seed) >> 65,
        }
        cursor.execute(_DRAWN_FROM, params)
        rows = cursor.fetchall()
        if not rows and len(places) < len(chunks):  # those chunks are used up: any that is left will do
            cursor.execute(_DRAWN_FROM, params | {"chunks": chunks[:, 0].tolist(), "counts": [1] * len(chunks)})
            rows = cursor.fetchall()
    return rows


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
    seed = f"{run.mrid}/{drawn}"
    rows = _read_pool(run, f"{seed}/pool")
    if not rows:
        raise UnableToDrawSample(f"Every draft of run {run.pk} is drawn already.", code="all-drawn")
    ids = np.array([row[0] for row in rows], np.int64)
    weights = sampling.weigh_risk(
        np.array([row[1] for row in rows]),
        np.array([np.nan if row[2] is None else row[2] for row in rows]),
        np.array([row[3] for row in rows], np.int64),
    )
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
