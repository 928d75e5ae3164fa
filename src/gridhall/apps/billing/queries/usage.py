"""Usage by month and day, with its time-of-use split as the account's tariff sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.views import CurrentMonth, UsageDay, UsageMonth
from gridhall.core.periods import Month


def list_usage_months(
    *, account: CustomerAccount, viewer: Any, first: Month, last: Month, at: datetime
) -> list[UsageMonth]:
    """List usage month by month. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError


def list_usage_days(*, account: CustomerAccount, viewer: Any, month: Month, at: datetime) -> list[UsageDay]:
    """List usage day by day of one month. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError


def get_current_month(*, account: CustomerAccount, viewer: Any, at: datetime) -> CurrentMonth:
    """Give the month under way, priced so far. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError
