"""Bills and balances as people see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.views import AccountSummary, BillDetail, BillView


def get_account_summary(*, account: CustomerAccount, viewer: Any, at: datetime) -> AccountSummary:
    """Give balance, amount due and the latest bill of an account. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError


def list_bills(*, account: CustomerAccount, viewer: Any, limit: int = 24) -> list[BillView]:
    """List the issued bills of an account, newest first. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError


def get_bill(*, mrid: UUID, viewer: Any) -> BillDetail:
    """Give one bill with its lines. :raises AccessDenied: for a viewer without access; if there is no such bill."""
    raise NotImplementedError
