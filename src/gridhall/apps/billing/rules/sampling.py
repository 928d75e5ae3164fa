"""Which drafts a person looks at: some by pure chance, some by chance with the unusual more likely."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

RANDOM_BILLS, RISKY_BILLS = 10, 10
WEIGHT_OF_A_FINDING = 5.0
LARGEST_CHANGE = 3.0
"""Changes of more than e³ (about twenty times) count the same."""


def weigh_risk(
    amount: NDArray[np.float64], last_amount: NDArray[np.float64], findings: NDArray[np.int64]
) -> NDArray[np.float64]:
    """
    Weigh bills by how much may be wrong with them: what was found, how far they moved, how much money it is.

    :param amount, last_amount: yuan, of this month and of the month before (NaN where there was none).
    :param findings: exceptions that do not hold the bill.
    :returns: weights of one and more.

    >>> weigh_risk(np.array([9.0, 9.0, 99.0]), np.array([9.0, 9.0, np.nan]), np.array([0, 1, 0])).round(1).tolist()
    [2.0, 12.0, 6.0]
    """
    money = 1 + np.log10(1 + np.abs(amount))
    moved = np.abs(np.log((np.abs(amount) + 1) / (np.abs(last_amount) + 1)))
    moved = np.where(np.isnan(last_amount), 1.0, np.minimum(moved, LARGEST_CHANGE))
    return money * (1 + moved) * (1 + WEIGHT_OF_A_FINDING * findings)


def draw(ids: NDArray[np.int64], weights: NDArray[np.float64], count: int, *, seed: str) -> list[int]:
    """
    Draw some without putting back, each with a chance by its weight; the same seed draws the same.

    Source: Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006: the largest u^(1/w).

    :param ids: in order, each once. :param weights: above zero.
    """
    if not len(ids):
        return []
    keys = np.log(np.random.default_rng(number_of(seed)).random(len(ids))) / weights
    return ids[np.argsort(-keys, kind="stable")[:count]].tolist()


def number_of(seed: str) -> int:
    """Give a number of 128 bits for a seed in words."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16])


def choose_chunks(
    bills: NDArray[np.int64], most: int, chunks: int, *, seed: str
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """
    Choose from which chunks of a run how many bills are looked at, so that every bill has the same chance.

    A chunk is chosen with a chance by its size, maybe more than once, and each time gives the same number of bills.

    :param bills: of each chunk, above zero. :param most: bills in all. :param chunks: how often one is chosen.
    :returns: places of chunks, and how many bills of each; all of all where that is not more than `most`.

    >>> choose_chunks(np.array([3, 2]), 10, 4, seed="a")
    (array([0, 1]), array([3, 2]))
    >>> places, counts = choose_chunks(np.full(500, 2_000), 4_000, 40, seed="a")
    >>> int(counts.sum()), int(counts.min())
    (4000, 100)
    """
    if bills.sum() <= most:
        return np.arange(len(bills)), bills
    # One in every fortieth of the bills in a row (systematic sampling): spread over the whole run.
    start = np.random.default_rng(number_of(seed)).random()
    marks = (np.arange(chunks) + start) * (bills.sum() / chunks)
    places, times = np.unique(np.searchsorted(np.cumsum(bills), marks, side="right"), return_counts=True)
    return places, np.asarray(times * (most // chunks), np.int64)
