"""The desk where failures are found, judged and mended."""

from gridhall.apps.metering.actions.desk.choosing import (
    MOST_AT_ONCE,
    accept_findings,
    estimate_finding_by,
    list_suggestions,
    reopen_findings,
)
from gridhall.apps.metering.actions.desk.mending import (
    MendSummary,
    Suggestion,
    UnableToMendReads,
    accept_finding,
    correct_finding,
    estimate_finding,
    estimate_findings,
    suggest_estimate,
)
from gridhall.apps.metering.actions.desk.validating import ValidationSummary, validate_reads

__all__ = [
    "MOST_AT_ONCE",
    "MendSummary",
    "Suggestion",
    "UnableToMendReads",
    "ValidationSummary",
    "accept_finding",
    "accept_findings",
    "correct_finding",
    "estimate_finding",
    "estimate_finding_by",
    "estimate_findings",
    "list_suggestions",
    "reopen_findings",
    "suggest_estimate",
    "validate_reads",
]
