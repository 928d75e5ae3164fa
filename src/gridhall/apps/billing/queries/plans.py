"""Tariffs compiled for a month: which plans a month has, kept in memory because documents never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.errors import FaultyInput
from gridhall.core.periods import Month
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.language.loader import parse_tariff
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import Tariff


@dataclass(frozen=True)
class MonthPlans:
    """
    One tariff document in one month.

    :param cuts: days of the month (0 is the first) at which another version begins.
    :param plans: one plan for each stretch between cuts; None where the tariff has no prices.
    :param problem: why some stretch cannot be priced.
    """

    document_id: int
    cuts: tuple[int, ...]
    plans: tuple[MonthPlan | None, ...]
    problem: str = ""

    def index_on(self, day: int) -> int:
        """Give the index of the plan that holds on a day of the month."""
        return sum(cut <= day for cut in self.cuts)


@lru_cache(maxsize=256)
def _parse(code: str, sha256: str, text: str) -> Tariff:
    return parse_tariff(text.encode(), f"{code}.yaml")


def read_tariff(document_id: int) -> Tariff:
    """Give the tariff of a document."""
    document = TariffDocument.objects.get(pk=document_id)
    return _parse(document.code, document.sha256, document.text)


def read_month_plans(document_id: int, month: Month) -> MonthPlans:
    """Compile a document for a month, once for each version that holds in it."""
    return _compile(document_id, read_tariff(document_id), month)


_compiled: dict[tuple[int, int, Month], tuple[Tariff, MonthPlans]] = {}


def _compile(document_id: int, tariff: Tariff, month: Month) -> MonthPlans:
    key = (document_id, id(tariff), month)
    if key not in _compiled:
        if len(_compiled) > 2_000:
            _compiled.clear()
        _compiled[key] = tariff, _compile_now(document_id, tariff, month)  # the tariff is kept so that its id is
    return _compiled[key][1]


def _compile_now(document_id: int, tariff: Tariff, month: Month) -> MonthPlans:
    first, end = month.first_day, month.next().first_day
    edges = {edge for version in tariff.versions for edge in (version.first_day, version.end_day) if edge}
    cuts = tuple(sorted((edge - first).days for edge in edges if first < edge < end))
    plans: list[MonthPlan | None] = []
    problem = ""
    for start in (0, *cuts):
        try:
            plan = compile_month(tariff, month, on=first + timedelta(days=start))
        except FaultyInput as refusal:
            plan, problem = None, refusal.message
        if plan is not None and plan.needs_order:
            plan, problem = None, f"{tariff.code} fills its tiers in order of time, which a bill run does not do"
        plans.append(plan)
    return MonthPlans(document_id, cuts, tuple(plans), problem)
