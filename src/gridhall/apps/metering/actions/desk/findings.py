"""Failures as rows: those found now against those on the desk, in three statements whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from gridhall.apps.metering.rules.stretches import KIND_OF
from gridhall.engines.intervals.validation import Rule, explain


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of reads of a meter that did not pass a rule."""

    meter_id: int
    rule: Rule
    start_at: datetime
    end_at: datetime
    slots: int
    measured_wh: int | None
    expected_wh: int | None
    fingerprint: int


@dataclass(frozen=True)
class Reconciled:
    """What became of the desk: new failures, opened again, and settled because the reads are good now."""

    new: int = 0
    reopened: int = 0
    settled: int = 0

    def __add__(self, other: Reconciled) -> Reconciled:
        return Reconciled(self.new + other.new, self.reopened + other.reopened, self.settled + other.settled)


_FOUND = """
WITH found AS (
  SELECT * FROM unnest(%(meters)s::int8[], %(rules)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
                       %(slots)s::int4[], %(measured)s::int8[], %(expected)s::int8[], %(notes)s::text[],
                       %(prints)s::int8[])
       AS f (meter_id, rule, start_at, end_at, slots, measured, expected, note, print)
)
"""
_UPSERT = (
    _FOUND
    + """
INSERT INTO metering_validationfinding AS v
       (mrid, meter_id, rule, status, period_start_at, period_end_at, slots, measured_wh, expected_wh, method, note,
        fingerprint, found_at, resolved_by)
SELECT gen_random_uuid(), meter_id, rule, 'OPEN', start_at, end_at, slots, measured, expected, '', note, print,
       %(at)s, '' FROM found
    ON CONFLICT (meter_id, rule, period_start_at, period_end_at) DO UPDATE
   SET status = 'OPEN', measured_wh = excluded.measured_wh, expected_wh = excluded.expected_wh, method = '',
       note = excluded.note, fingerprint = excluded.fingerprint, found_at = excluded.found_at, resolved_at = NULL,
       resolved_by = ''
 WHERE v.fingerprint <> excluded.fingerprint OR v.status IN ('ESTIMATED', 'CORRECTED')
RETURNING xmax = 0
"""
)
# A stretch that grew, shrank or split stands on the desk anew; the old row says nothing that the new ones do not.
_REPLACED = (
    _FOUND
    + """
DELETE FROM metering_validationfinding v
 WHERE v.status = 'OPEN' AND v.meter_id = ANY(%(batch)s::int8[])
   AND v.period_end_at > %(from)s AND v.period_end_at <= %(until)s
   AND EXISTS (SELECT FROM found f WHERE f.meter_id = v.meter_id AND f.rule = v.rule
                  AND f.start_at < v.period_end_at AND f.end_at > v.period_start_at)
   AND NOT EXISTS (SELECT FROM found f WHERE f.meter_id = v.meter_id AND f.rule = v.rule
                      AND f.start_at = v.period_start_at AND f.end_at = v.period_end_at)
"""
)
_SETTLED = (
    _FOUND
    + """
UPDATE metering_validationfinding v SET status = 'CORRECTED', resolved_at = %(at)s, resolved_by = ''
 WHERE v.status = 'OPEN' AND v.meter_id = ANY(%(batch)s::int8[])
   AND v.period_end_at > %(from)s AND v.period_end_at <= %(until)s
   AND NOT EXISTS (SELECT FROM found f WHERE f.meter_id = v.meter_id AND f.rule = v.rule
                      AND f.start_at = v.period_start_at AND f.end_at = v.period_end_at)
"""
)
_HAS_OPEN = """
SELECT 1 FROM metering_validationfinding
 WHERE status = 'OPEN' AND meter_id = ANY(%(batch)s::int8[]) AND period_end_at > %(from)s AND period_end_at <= %(until)s
 LIMIT 1
"""


def reconcile(
    found: Sequence[Found], *, meter_ids: Sequence[int], start_at: datetime, end_at: datetime, at: datetime
) -> Reconciled:
    """
    Bring the desk in line with what was found for some meters between two moments.

    Failures found before and settled by a person stay settled while their reads are the same. Call it in a transaction.
    """
    params = {
        "meters": [one.meter_id for one in found], "rules": [str(KIND_OF[one.rule]) for one in found],
        "starts": [one.start_at for one in found], "ends": [one.end_at for one in found],
        "slots": [one.slots for one in found], "measured": [one.measured_wh for one in found],
        "expected": [one.expected_wh for one in found], "notes": [_note(one) for one in found],
        "prints": [one.fingerprint for one in found], "batch": list(meter_ids),
        "from": start_at, "until": end_at, "at": at,
    }  # fmt: skip
    settled, is_new = 0, list[bool]()
    with connection.cursor() as cursor:
        cursor.execute(_HAS_OPEN, params)
        if cursor.fetchone() is not None:
            cursor.execute(_REPLACED, params)
            cursor.execute(_SETTLED, params)
            settled = cursor.rowcount
        if found:
            cursor.execute(_UPSERT, params)
            is_new = [row[0] for row in cursor.fetchall()]
    return Reconciled(new=sum(is_new), reopened=len(is_new) - sum(is_new), settled=settled)


def _note(found: Found) -> str:
    slots = max(found.slots, 1)
    value, expected = found.measured_wh or 0, found.expected_wh or 0
    if found.rule in (Rule.STUCK, Rule.ZERO_RUN):
        value //= slots
    if found.rule == Rule.OVER_LIMIT:
        value, expected = value // slots, expected // slots
    return explain(found.rule, value=value, expected=expected, count=found.slots)[1][:300]
