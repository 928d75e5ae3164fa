"""Every read of billing. Queries that serve interfaces take the viewer."""

from __future__ import annotations

from gridhall.apps.billing.queries.access import AccessDenied
from gridhall.apps.billing.queries.bills import get_account_summary, get_bill, list_bills
from gridhall.apps.billing.queries.comparisons import compare_bills
from gridhall.apps.billing.queries.curves import (
    CurveBeside,
    CurveSlot,
    MeterUsage,
    SupplyMonth,
    UsageCurve,
    get_supply_month,
    get_usage_curve,
    list_meter_usage,
)
from gridhall.apps.billing.queries.explanations import explain_line
from gridhall.apps.billing.queries.groups import GroupStatement, get_group_statement
from gridhall.apps.billing.queries.looking import one_look
from gridhall.apps.billing.queries.tiers import get_tier_progress
from gridhall.apps.billing.queries.usage import get_current_month, get_time_bands, list_usage_days, list_usage_months
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
from gridhall.apps.billing.queries.waiting import WaitingRun, list_waiting_runs

__all__ = [
    "AccessDenied",
    "AccountSummary",
    "BillDetail",
    "BillView",
    "Clause",
    "Comparison",
    "CurrentMonth",
    "CurveBeside",
    "CurveSlot",
    "GroupStatement",
    "LineExplanation",
    "LineView",
    "MeterSpan",
    "MeterUsage",
    "Part",
    "Step",
    "SupplyMonth",
    "Tier",
    "TierProgress",
    "TimeBands",
    "UsageCurve",
    "UsageDay",
    "UsageMonth",
    "WaitingRun",
    "compare_bills",
    "explain_line",
    "get_account_summary",
    "get_bill",
    "get_current_month",
    "get_group_statement",
    "get_supply_month",
    "get_tier_progress",
    "get_time_bands",
    "get_usage_curve",
    "list_bills",
    "list_meter_usage",
    "list_usage_days",
    "list_usage_months",
    "list_waiting_runs",
    "one_look",
]
