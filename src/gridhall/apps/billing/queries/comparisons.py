"""Why a bill differs from an earlier one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gridhall.apps.billing.queries.views import Comparison


def compare_bills(*, mrid: UUID, viewer: Any, language: str) -> list[Comparison]:
    """Compare a bill with last month's and last year's. :raises AccessDenied: for a viewer without access."""
    raise NotImplementedError
