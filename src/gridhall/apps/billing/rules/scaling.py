"""Integers from one scale to another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rescale(values: NDArray[Any], scale: int, places: int) -> NDArray[np.int64]:
    """
    Give integers in 1/scale as integers in 10**-places, half away from zero where they are finer.

    >>> rescale(np.array([1, -2]), 3, 2).tolist(), rescale(np.array([5]), 1000, 6).tolist()
    ([33, -67], [5000])
    """
    target = 10**places
    if target % scale == 0:
        return (values * (target // scale)).astype(np.int64)
    numbers = values.astype(object) * target
    return np.array([(2 * abs(v) + scale) // (2 * scale) * (1 if v >= 0 else -1) for v in numbers], np.int64)
