"""What metering can tell: segments for billing, spans for explanations, usage, balances, findings, versions of reads."""

from gridhall.apps.metering.queries.balance import (
    Balance,
    get_feeder_balance,
    get_transformer_balance,
    list_feeder_balance_days,
    list_transformer_balance_days,
)
from gridhall.apps.metering.queries.identifiers import identify
from gridhall.apps.metering.queries.segments import MeterSegments, list_day_segments, list_segments
from gridhall.apps.metering.queries.spans import MeterSpan, get_register_kwh, list_meter_spans
from gridhall.apps.metering.queries.store import ReadMatrix, get_store, read_matrix
from gridhall.apps.metering.queries.usage import (
    Coverage,
    DayEnergy,
    MonthEnergy,
    complete_until,
    fold_month,
    get_coverage,
    list_energy_all,
    list_energy_days,
    list_energy_months,
)

__all__ = [
    "Balance",
    "Coverage",
    "DayEnergy",
    "MeterSegments",
    "MeterSpan",
    "MonthEnergy",
    "ReadMatrix",
    "complete_until",
    "fold_month",
    "get_coverage",
    "get_feeder_balance",
    "get_register_kwh",
    "get_store",
    "get_transformer_balance",
    "identify",
    "list_day_segments",
    "list_energy_all",
    "list_energy_days",
    "list_energy_months",
    "list_feeder_balance_days",
    "list_meter_spans",
    "list_segments",
    "list_transformer_balance_days",
    "read_matrix",
]
