"""The desk where failures are found, judged and mended."""

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
    "MendSummary",
    "Suggestion",
    "UnableToMendReads",
    "ValidationSummary",
    "accept_finding",
    "correct_finding",
    "estimate_finding",
    "estimate_findings",
    "suggest_estimate",
    "validate_reads",
]
