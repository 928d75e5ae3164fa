"""Price determinants under a compiled month: one pass over columns, integers only."""

from __future__ import annotations

from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import LineTable, MonthPlan
from gridhall.engines.rating.terms import Terms


def price(plan: MonthPlan, determinants: Determinants, terms: Terms) -> LineTable:
    """
    Price n parts (account-months or stretches of them) under one plan.

    :raises ValueError: if the plan needs order and the determinants do not bring `tier_energy`.
    """
    raise NotImplementedError
