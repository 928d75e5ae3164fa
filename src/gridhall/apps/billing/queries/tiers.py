"""How far through the annual tiers an account is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.views import TierProgress


def get_tier_progress(*, account: CustomerAccount, viewer: Any, at: datetime) -> TierProgress | None:
    """Give tier progress, None for a tariff without annual tiers. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError
