"""Settle many failures at once, take that back, or put an estimate by another method than the suggested one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from gridhall.apps.metering.actions.desk import mending
from gridhall.apps.metering.actions.desk.mending import Suggestion, UnableToMendReads
from gridhall.apps.metering.events import FindingReopened, FindingResolved
from gridhall.apps.metering.kinds import FindingStatusKind, ValidationRuleKind
from gridhall.apps.metering.models import ValidationFinding
from gridhall.core.events import publish_many

MOST_AT_ONCE = 5_000


def list_suggestions(*, finding: ValidationFinding) -> list[Suggestion]:
    """
    Work out what could stand in place of a stretch, the suggested first, then by other methods; empty without ground.

    Another method is what comes out when the registers, or the registers and the usual day, are left aside.
    """
    if finding.rule in mending.WHOLE_STRETCH:
        return []
    ground = mending.find_grounds([finding])[finding.pk]
    found: dict[str, Suggestion] = {}
    for one in (
        ground,
        replace(ground, pairs=[]),
        replace(ground, usual_wh=None),
        replace(ground, pairs=[], usual_wh=None),
    ):
        try:
            suggestion = mending.suggest_on(finding, one)
        except UnableToMendReads:
            continue
        found.setdefault(suggestion.method, suggestion)
    return list(found.values())


def estimate_finding_by(*, finding: ValidationFinding, method: str, at: datetime, actor: str) -> Suggestion:
    """
    Put the estimate of a named method in place of a stretch; what was measured stays known as an older version.

    :raises UnableToMendReads: if it is settled already, or the method gives nothing here.
    """
    suggestion = next((one for one in list_suggestions(finding=finding) if one.method == method), None)
    if suggestion is None:
        raise UnableToMendReads("There is no ground for an estimate by this method.", code="no-ground")
    return mending.put_estimate(finding=finding, suggestion=suggestion, at=at, actor=actor)


@transaction.atomic
def accept_findings(*, finding_ids: Sequence[int], at: datetime, actor: str) -> list[int]:
    """
    Accept many stretches as they were measured; gives the numbers of those that were still open.

    Missing reads stay open: nothing was measured that could be accepted.

    :raises UnableToMendReads: if there are more than can be taken back in one step.
    """
    if len(finding_ids) > MOST_AT_ONCE:
        raise UnableToMendReads(f"At most {MOST_AT_ONCE:,} at once.", code="too-many-findings")
    waiting = ValidationFinding.objects.filter(pk__in=finding_ids, status=FindingStatusKind.OPEN)
    rows = list(waiting.exclude(rule=ValidationRuleKind.MISSING).order_by("pk").select_for_update())
    ids = [one.pk for one in rows]
    ValidationFinding.objects.filter(pk__in=ids).update(
        status=FindingStatusKind.ACCEPTED, method="", resolved_at=at, resolved_by=actor[:150]
    )
    told = [FindingResolved(finding_mrid=str(one.mrid), status="ACCEPTED", method="") for one in rows]
    publish_many(told, actor=actor, at=at)
    return ids


@transaction.atomic
def reopen_findings(*, finding_ids: Sequence[int], accepted_at: datetime, at: datetime, actor: str) -> int:
    """
    Take an acceptance back: the failures wait on the desk again; gives how many.

    :raises UnableToMendReads: if any of them was settled anew, or opened by changed reads, since then.
    """
    rows = list(
        ValidationFinding.objects.select_for_update()
        .filter(pk__in=finding_ids, status=FindingStatusKind.ACCEPTED, resolved_at=accepted_at)
        .order_by("pk")
    )
    if len(rows) != len(set(finding_ids)):
        raise UnableToMendReads("Some of these failures have changed since.", code="changed-meanwhile")
    ValidationFinding.objects.filter(pk__in=[one.pk for one in rows]).update(
        status=FindingStatusKind.OPEN, resolved_at=None, resolved_by=""
    )
    publish_many([FindingReopened(finding_mrid=str(one.mrid)) for one in rows], actor=actor, at=at)
    return len(rows)
