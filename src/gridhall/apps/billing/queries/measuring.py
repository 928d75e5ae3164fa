"""What the meters say for stretches of a month, folded into determinants; and credits left from the month before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.billing.queries.plans import MonthPlans
from gridhall.apps.billing.queries.population import Ints, Stretches
from gridhall.apps.billing.rules.cutting import gather, join_days
from gridhall.apps.metering import queries as metering
from gridhall.core.periods import Month
from gridhall.engines.rating.determinants import SLOT_CLASSES, Determinants, Segments
from gridhall.engines.scaling.engine import LOCAL, FoldEngine


def take(found: Determinants, rows: Any) -> Determinants:
    """Give some of the rows."""
    columns = {
        item.name: getattr(found, item.name)[rows]
        for item in fields(found)
        if isinstance(getattr(found, item.name), np.ndarray)
    }
    return Determinants(**columns, interval_s=found.interval_s, units_per_kwh=found.units_per_kwh)


def nothing(count: int) -> Determinants:
    """Give determinants of no reads."""
    return Determinants(
        *(np.zeros((count, SLOT_CLASSES), np.int64) for _ in range(3)),
        np.zeros(count, np.int64),
        *(np.zeros(count, np.int32) for _ in range(3)),
    )


@asked_once
def read_installations(account_id: int) -> metering.AccountInstallations:
    """Read what measured one account, ever; once in a look."""
    return metering.list_installations(account_id)


def fold_parts(
    month: Month,
    parts: Stretches,
    plans: Mapping[int, MonthPlans],
    engine: FoldEngine = LOCAL,
    segments: metering.MeterSegments | None = None,
) -> tuple[Determinants, Ints]:
    """
    Fold the reads of each stretch by the slot classes of its tariff.

    :param segments: what measured the accounts in the month, where it is known already.
    :returns: determinants of each stretch, and how many of its days had a meter on every usage point at best.
    """
    if not len(parts):
        return nothing(0), np.zeros(0, np.int64)
    if segments is None:
        accounts = np.unique(parts.account_id)
        if len(accounts) == 1:
            segments = read_installations(int(accounts[0])).cut(month)
        else:
            segments = metering.list_segments(month=month, account_ids=accounts)
    joined = join_days(
        parts.account_id, parts.first_day, parts.end_day, segments.account_id, segments.first_day, segments.end_day
    )
    if not len(joined.part):
        return nothing(len(parts)), np.zeros(len(parts), np.int64)
    keys = [(document, index) for document, found in sorted(plans.items()) for index in range(len(found.plans))]
    stack = np.stack([_slot_class(plans[document], index, month) for document, index in keys])
    offset = {document: keys.index((document, 0)) for document in plans}
    calendar = np.zeros(len(parts), np.int64)
    for document, found in plans.items():
        rows = parts.document_id == document
        calendar[rows] = offset[document] + sum((parts.first_day[rows] >= cut).astype(np.int64) for cut in found.cuts)
    days = (joined.end_day - joined.first_day).astype(np.int64)
    order = np.argsort(segments.series_id[joined.segment], kind="stable")  # the store reads in order of series
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    which = joined.segment[order]
    found = engine.fold(
        metering.get_store(),
        month,
        Segments(
            series_id=segments.series_id[which],
            first_day=joined.first_day[order],
            end_day=joined.end_day[order],
            calendar=calendar[joined.part[order]].astype(np.int16),
            multiplier=segments.multiplier[which],
        ),
        stack,
    )
    gathered = gather(take(found, back), joined.part, segments.usage_point_id[joined.segment], len(parts))
    return gathered, _metered_days(joined.part, segments.usage_point_id[joined.segment], days, len(parts))


def _metered_days(part: Ints, usage_point: Ints, days: Ints, parts: int) -> Ints:
    """Give the metered days of the usage point that has most of them, by part."""
    order = np.lexsort((usage_point, part))
    point, owner = usage_point[order], part[order]
    starts = np.flatnonzero(np.r_[True, (point[1:] != point[:-1]) | (owner[1:] != owner[:-1])])
    best = np.zeros(parts, np.int64)
    np.maximum.at(best, owner[starts], np.add.reduceat(days[order], starts))
    return best


def _slot_class(plans: MonthPlans, index: int, month: Month) -> NDArray[np.uint8]:
    plan = plans.plans[index]
    return plan.slot_class if plan is not None else np.zeros((month.days, 96), np.uint8)


def list_credits(month: Month, agreement_ids: Ints) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Give the credits of net billing that the last bill before a month left: agreement -> fen, Wh by period."""
    if not len(agreement_ids):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (b.agreement_id) b.agreement_id, p.carried_minor, p.carried_wh"
            "  FROM accounts_customeragreement g JOIN billing_bill b ON b.account_id = g.account_id"
            "  JOIN billing_billpart p ON p.bill_id = b.id"
            " WHERE g.id = ANY(%s::int8[]) AND b.agreement_id = g.id AND b.is_current"
            "   AND b.first_day >= %s::date - interval '1 year' AND b.first_day < %s"
            " ORDER BY b.agreement_id, p.first_day DESC",
            [agreement_ids.tolist(), month.first_day, month.first_day],
        )
        return {agreement: (minor, tuple(wh)) for agreement, minor, wh in cursor.fetchall()}
