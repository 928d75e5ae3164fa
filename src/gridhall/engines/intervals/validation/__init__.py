"""Validation, estimation and editing (VEE) of interval reads: pure, for one series or a matrix of meters."""

from gridhall.engines.intervals.validation.estimation import (
    Estimate,
    Estimated,
    RegisterAdvance,
    estimate_gaps,
    share_out,
)
from gridhall.engines.intervals.validation.findings import (
    Finding,
    check_registers,
    findings_of_flags,
    validate_series,
)
from gridhall.engines.intervals.validation.matrix import LikeDays, learn_like_days, validate_matrix
from gridhall.engines.intervals.validation.rules import Rule, Severity, Thresholds, explain
from gridhall.engines.intervals.validation.usual import usual_days

__all__ = [
    "Estimate",
    "Estimated",
    "Finding",
    "LikeDays",
    "RegisterAdvance",
    "Rule",
    "Severity",
    "Thresholds",
    "check_registers",
    "estimate_gaps",
    "explain",
    "findings_of_flags",
    "learn_like_days",
    "share_out",
    "usual_days",
    "validate_matrix",
    "validate_series",
]
