"""The usual day of each meter, as validation compares with it and estimation copies it."""

from __future__ import annotations

from gridhall.apps.metering.queries.store import ReadMatrix, read_matrix
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.validation import LikeDays, usual_days

_LEARN_DAYS = 7
ANYTHING_WH = 2**26
"""The spread of a meter of which nothing is known."""


def learn_usual_days(month: Month, matrix: ReadMatrix) -> LikeDays:
    """
    Learn the usual days of meters: from the month before, or from the month itself where there is less than a week.

    A meter with less than a week in both has the usual day 0 and so wide a spread that nothing of it is unusual.
    """
    before = read_matrix(month.previous(), matrix.series_id)
    usual = usual_days(before.import_wh, before.quality)
    assert usual.high_wh is not None
    is_new = (before.quality != ReadingQuality.MISSING).sum(axis=1) < _LEARN_DAYS * SLOTS
    if is_new.any():
        own = usual_days(matrix.import_wh[is_new], matrix.quality[is_new])
        usual.median_wh[is_new], usual.spread_wh[is_new] = own.median_wh, own.spread_wh
        usual.high_wh[is_new] = own.high_wh
    is_unknown = is_new & ((matrix.quality != ReadingQuality.MISSING).sum(axis=1) < _LEARN_DAYS * SLOTS)
    usual.median_wh[is_unknown], usual.spread_wh[is_unknown] = 0, ANYTHING_WH
    return usual
