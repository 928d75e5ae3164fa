"""Validation, estimation and editing (VEE) of interval reads: pure, for one series or a matrix of meters."""

from gridhall.engines.intervals.validation.matrix import LikeDays, learn_like_days, validate_matrix
from gridhall.engines.intervals.validation.rules import Rule, Severity, Thresholds, explain

__all__ = ["LikeDays", "Rule", "Severity", "Thresholds", "explain", "learn_like_days", "validate_matrix"]
