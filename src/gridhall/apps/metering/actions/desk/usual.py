"""The usual day of each meter, as validation compares with it and estimation copies it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.queries.store import ReadMatrix, get_store, read_matrix
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
    count = len(matrix.series_id)
    usual = LikeDays(np.zeros((count, SLOTS), np.int32), np.zeros((count, SLOTS), np.int32), np.zeros(count, np.int32))
    usual.spread_wh[:] = ANYTHING_WH
    is_open = np.ones(count, bool)
    if month.previous() in get_store().months():
        is_open &= ~_learn(read_matrix(month.previous(), matrix.series_id), is_open, usual)
    if is_open.any():
        _learn(matrix, is_open, usual)
    return usual


def _learn(matrix: ReadMatrix, wanted: NDArray[np.bool_], usual: LikeDays) -> NDArray[np.bool_]:
    """Learn the wanted meters that have a week of reads; tells which."""
    enough = wanted & (np.count_nonzero(matrix.quality != ReadingQuality.MISSING, axis=1) >= _LEARN_DAYS * SLOTS)
    if enough.any():
        rows = slice(None) if enough.all() else enough
        learned = usual_days(matrix.import_wh[rows], matrix.quality[rows])
        assert usual.high_wh is not None
        usual.median_wh[rows], usual.spread_wh[rows] = learned.median_wh, learned.spread_wh
        usual.high_wh[rows] = learned.high_wh
    return enough
