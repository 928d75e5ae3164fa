"""How a bill line came to be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gridhall.apps.billing.queries.views import LineExplanation


def explain_line(*, mrid: UUID, position: int, viewer: Any, language: str) -> LineExplanation:
    """Explain one line of a bill. :raises AccessDenied: for a viewer without access, or when there is no such line."""
    raise NotImplementedError
