"""What metering can tell: segments for billing, spans for explanations, usage, balances, findings, versions of reads."""

from gridhall.apps.metering.queries.segments import MeterSegments, list_day_segments, list_segments
from gridhall.apps.metering.queries.store import ReadMatrix, get_store, read_matrix

__all__ = ["MeterSegments", "ReadMatrix", "get_store", "list_day_segments", "list_segments", "read_matrix"]
