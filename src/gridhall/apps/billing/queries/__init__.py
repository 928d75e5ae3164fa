"""Every read of billing. Queries that serve interfaces take the viewer."""

from __future__ import annotations

from gridhall.apps.billing.queries.access import AccessDenied, know_sights
from gridhall.apps.billing.queries.bills import (
    get_account_summary,
    get_bill,
    list_bill_lines,
    list_bills,
    list_bills_beside,
)
from gridhall.apps.billing.queries.choices import Choice, ComparedMonth, TariffComparison, compare_tariffs
from gridhall.apps.billing.queries.comparisons import compare_bills
from gridhall.apps.billing.queries.curves import (
    CurveBeside,
    CurveSlot,
    MeterUsage,
    SupplyMonth,
    UsageCurve,
    get_supply_month,
    get_usage_curve,
    list_meter_days,
    list_meter_usage,
)
from gridhall.apps.billing.queries.explanations import explain_bill, explain_line
from gridhall.apps.billing.queries.exports import UsageExport, WorkbookWords
from gridhall.apps.billing.queries.finding import find_bills
from gridhall.apps.billing.queries.groups import GroupStatement, get_group_statement
from gridhall.apps.billing.queries.load import ChargingSession, LoadCurve, find_sessions, get_load_curve
from gridhall.apps.billing.queries.looking import one_look
from gridhall.apps.billing.queries.prices import (
    PriceClock,
    PriceDay,
    PriceMonth,
    PriceSpan,
    get_price_clock,
    get_price_month,
    get_tariff_sheet,
)
from gridhall.apps.billing.queries.sites import PAGE as SITES_A_PAGE
from gridhall.apps.billing.queries.sites import (
    Site,
    SiteDetail,
    SitePage,
    get_latest_group_month,
    get_site,
    heads_group,
    list_sites,
)
from gridhall.apps.billing.queries.so_far import DemandSoFar, MonthCosts, PowerFactorSoFar, get_month_costs
from gridhall.apps.billing.queries.tiers import get_tier_progress
from gridhall.apps.billing.queries.trials import ChangedAccount, TrialView, find_trial, list_trial_months
from gridhall.apps.billing.queries.usage import (
    get_current_month,
    get_time_bands,
    list_recent_days,
    list_usage_days,
    list_usage_months,
)
from gridhall.apps.billing.queries.views import (
    AccountSummary,
    BillDetail,
    BillView,
    Clause,
    Comparison,
    CurrentMonth,
    LineExplanation,
    LineView,
    MeterSpan,
    Part,
    Step,
    Tier,
    TierProgress,
    TimeBands,
    UsageDay,
    UsageMonth,
)
from gridhall.apps.billing.queries.waiting import RecentRun, WaitingRun, list_recent_runs, list_waiting_runs

__all__ = [
    "SITES_A_PAGE",
    "AccessDenied",
    "AccountSummary",
    "BillDetail",
    "BillView",
    "ChangedAccount",
    "ChargingSession",
    "Choice",
    "Clause",
    "ComparedMonth",
    "Comparison",
    "CurrentMonth",
    "CurveBeside",
    "CurveSlot",
    "DemandSoFar",
    "GroupStatement",
    "LineExplanation",
    "LineView",
    "LoadCurve",
    "MeterSpan",
    "MeterUsage",
    "MonthCosts",
    "Part",
    "PowerFactorSoFar",
    "PriceClock",
    "PriceDay",
    "PriceMonth",
    "PriceSpan",
    "RecentRun",
    "Site",
    "SiteDetail",
    "SitePage",
    "Step",
    "SupplyMonth",
    "TariffComparison",
    "Tier",
    "TierProgress",
    "TimeBands",
    "TrialView",
    "UsageCurve",
    "UsageDay",
    "UsageExport",
    "UsageMonth",
    "WaitingRun",
    "WorkbookWords",
    "compare_bills",
    "compare_tariffs",
    "explain_bill",
    "explain_line",
    "find_bills",
    "find_sessions",
    "find_trial",
    "get_account_summary",
    "get_bill",
    "get_current_month",
    "get_group_statement",
    "get_latest_group_month",
    "get_load_curve",
    "get_month_costs",
    "get_price_clock",
    "get_price_month",
    "get_site",
    "get_supply_month",
    "get_tariff_sheet",
    "get_tier_progress",
    "get_time_bands",
    "get_usage_curve",
    "heads_group",
    "know_sights",
    "list_bill_lines",
    "list_bills",
    "list_bills_beside",
    "list_meter_days",
    "list_meter_usage",
    "list_recent_days",
    "list_recent_runs",
    "list_sites",
    "list_trial_months",
    "list_usage_days",
    "list_usage_months",
    "list_waiting_runs",
    "one_look",
]
