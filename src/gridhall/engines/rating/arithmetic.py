"""Exact integer columns: int64 where it fits, Python integers where it does not."""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
"""int64[n], or object[n] of Python integers: the same operators serve both."""

SAFE = 2**62


def largest(column: Column | int) -> int:
    """Give the largest magnitude in a column."""
    if isinstance(column, int):
        return abs(column)
    if not column.size:
        return 0
    return max(int(column.max()), -int(column.min()))


def multiply(left: Column, right: Column | int) -> Column:
    """
    Multiply without overflow: goes over to Python integers where int64 could not hold the product.

    >>> multiply(np.array([2**40]), 2**40)[0] == 2**80
    True
    """
    if left.dtype != object and largest(left) * largest(right) >= SAFE:
        left = left.astype(object)
    return left * right


def divide_rounded(numerator: Column, denominator: int) -> Column:
    """
    Divide and round half away from zero.

    >>> divide_rounded(np.array([5, -5, 4, 15]), 10).tolist()
    [1, -1, 0, 2]
    """
    if denominator == 1:
        return numerator
    # floor((x + floor(d / 2)) / d) rounds halves up for even d, and there are no halves for odd d
    half = denominator // 2
    if numerator.size and numerator.min() >= 0:
        return (numerator + half) // denominator
    rounded = (np.abs(numerator) + half) // denominator
    return np.where(numerator < 0, -rounded, rounded)


def share_rounded(part: Column, numerator: Column, denominator: Column) -> Column:
    """
    Give part x numerator / denominator by row, rounded half up; 0 where the denominator is 0. All are 0 or more.

    >>> share_rounded(np.array([10]), np.array([1]), np.array([3])).tolist()
    [3]
    """
    if part.dtype != object and largest(part) * largest(numerator) >= SAFE // 2:
        part = part.astype(object)
    safe = np.where(denominator == 0, 1, denominator)
    return narrow((2 * (part * numerator) + safe) // (2 * safe))


def narrow(column: Column) -> Column:
    """Give an int64 column where the values fit."""
    if column.dtype == object and largest(column) < SAFE:
        return column.astype(np.int64)
    return column


def amount_of(quantity: Column, price: Column | int, *, quantity_scale: int, price_scale: int, places: int) -> Column:
    """
    Give quantity x price in 10**-places of the currency, rounded once, half away from zero.

    >>> amount_of(np.array([2161_000]), 558_000, quantity_scale=1000, price_scale=10**6, places=2).tolist()
    [120584]
    """
    factor, scale = 10**places, quantity_scale * price_scale
    if isinstance(price, int):
        factor *= price
    common = gcd(factor, scale)
    factor, scale = factor // common, scale // common
    product = quantity if isinstance(price, int) else multiply(quantity, price)
    product = multiply(product, factor) if factor != 1 else product
    if product.dtype != object and scale > SAFE // 4:
        product = product.astype(object)
    return narrow(divide_rounded(product, scale))


def scaled(value: Decimal, scale: int) -> int:
    """
    Give a decimal as an integer in 1/scale.

    :raises ValueError: if it does not come out exactly.
    """
    product = value * scale
    if product != int(product):
        raise ValueError(f"{value} is finer than 1/{scale}")
    return int(product)


def zeros(n: int, like: Column) -> Column:
    """Give a column of zeros of the same kind of integer."""
    return np.zeros(n, np.int64) if like.dtype != object else np.array([0] * n, dtype=object)


def fitting(value: int, like: Column) -> int:
    """Give a limit that a column of the same kind can be compared with: beyond all energies it makes no difference."""
    return value if like.dtype == object else min(value, SAFE // 2)
