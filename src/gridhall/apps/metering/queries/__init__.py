"""What metering can tell: segments for billing, spans for explanations, usage, balances, findings, versions of reads."""

from gridhall.apps.metering.queries.segments import MeterSegments, list_day_segments, list_segments

__all__ = ["MeterSegments", "list_day_segments", "list_segments"]
