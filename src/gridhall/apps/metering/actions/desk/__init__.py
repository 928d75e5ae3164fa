"""The desk where failures are found, judged and mended."""

from gridhall.apps.metering.actions.desk.validating import ValidationSummary, validate_reads

__all__ = ["ValidationSummary", "validate_reads"]
