"""Which bills a person should look at before they go out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEWEST_DAYS = 7  # shorter bills say little about a change


def is_huge_change(
    minor: NDArray[np.int64], days: NDArray[np.int64], last_minor: NDArray[np.int64], last_days: NDArray[np.int64],
    *, factor: int, least_minor: int,
) -> NDArray[np.bool_]:  # fmt: skip
    """
    Tell whether an amount a day is `factor` times more or less than the month before, and the amount matters.

    >>> is_huge_change(np.array([60_000, 9_000]), np.array([30, 30]), np.array([10_000, 10_000]), np.array([31, 31]),
    ...     factor=5, least_minor=20_000).tolist()
    [True, False]
    """
    now, before = minor * last_days, last_minor * days
    known = (days >= FEWEST_DAYS) & (last_days >= FEWEST_DAYS) & (np.maximum(minor, last_minor) >= least_minor)
    return known & ((now > factor * before) | (before > factor * now))
