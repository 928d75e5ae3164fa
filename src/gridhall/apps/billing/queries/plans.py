"""Tariffs compiled for a month: which plans a month has, kept in memory because documents never change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.tariffs import queries as tariffs
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.errors import FaultyInput
from gridhall.core.periods import Month
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import Tariff, TariffVersion


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


@asked_once
def read_tariff(document_id: int) -> Tariff:
    """Give the tariff of a document, parsed once a process."""
    known = {found[0]: (code, found[1]) for code, found in _documents_in_force().items()}
    code, sha256 = known.get(document_id) or TariffDocument.objects.values_list("code", "sha256").get(pk=document_id)
    return tariffs.get_tariff_by_sha(code, sha256)


def find_month_plans(code: str, month: Month) -> MonthPlans | None:
    """Compile a tariff as it is in force now for a month; None if none was approved."""
    document = _documents_in_force().get(code)
    if document is None:
        return None
    return compile_plans(document[0], code, document[1], month)


@asked_once
def _documents_in_force() -> dict[str, tuple[int, str]]:
    return tariffs.map_documents_in_force()


def read_month_plans(document_id: int, month: Month) -> MonthPlans:
    """Compile a document for a month, once for each version that holds in it."""
    return _compile(document_id, read_tariff(document_id), month)


def compile_document(document_id: int, tariff: Tariff, month: Month) -> MonthPlans:
    """Compile a tariff that is at hand with its document's key; kept like the others."""
    return _compile(document_id, tariff, month)


def compile_plans(document_id: int, code: str, sha256: str, month: Month) -> MonthPlans:
    """As `read_month_plans`, for who knows the digest of the document already."""
    return _compile(document_id, tariffs.get_tariff_by_sha(code, sha256), month)


def try_version(document_id: int, tariff: Tariff, version: TariffVersion, month: Month) -> MonthPlans:
    """
    Compile a version as if it held on every day of a month, in the place of a document; nothing is kept.

    :param document_id: the document in whose place it is tried.
    """
    alone = replace(version, first_day=min(version.first_day, month.first_day), end_day=None)
    return _compile_now(document_id, replace(tariff, versions=(alone,)), month)


_compiled: dict[tuple[int, int, Month], tuple[Tariff, MonthPlans]] = {}


def _compile(document_id: int, tariff: Tariff, month: Month) -> MonthPlans:
    key = (document_id, id(tariff), month)
    found = _compiled.get(key)
    if found is None:
        found = tariff, _compile_now(document_id, tariff, month)  # the tariff is kept so that its id is
        if len(_compiled) > 2_000:
            _compiled.clear()  # while other threads read: each goes by what it has found itself
        _compiled[key] = found
    return found[1]


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
        if plan is not None and tariff.metering.startswith("net_interval"):
            plan, problem = None, f"{tariff.code} nets in each interval, which a bill run does not do"
        if plan is not None and any(component.rounding.places > 2 for component in plan.components):
            plan, problem = None, f"{tariff.code} rounds lines to less than a fen, which a bill cannot show"
        plans.append(plan)
    return MonthPlans(document_id, cuts, tuple(plans), problem)
