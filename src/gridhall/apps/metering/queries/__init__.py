"""What metering can tell: segments to bill, spans to explain, usage, balances, failures, versions of reads."""

from gridhall.apps.metering.queries.balance import (
    Balance,
    get_feeder_balance,
    get_transformer_balance,
    list_feeder_balance_days,
    list_transformer_balance_days,
)
from gridhall.apps.metering.queries.curves import (
    Curve,
    MeterStretch,
    StretchReads,
    add_up,
    iter_reads,
    list_stretches,
    read_stretch,
)
from gridhall.apps.metering.queries.export import get_file_statements
from gridhall.apps.metering.queries.finding_pages import (
    FindingChoice,
    choose_findings,
    find_neighbors,
    list_feeders,
    list_finding_page,
)
from gridhall.apps.metering.queries.findings import (
    FindingView,
    count_findings,
    get_finding,
    list_findings,
    select_findings,
    view_finding,
)
from gridhall.apps.metering.queries.identifiers import identify
from gridhall.apps.metering.queries.meter_pages import (
    ExchangeCheck,
    MeterSheet,
    NewestExchange,
    check_exchange,
    find_meter,
    get_meter_sheet,
    list_exchanges,
)
from gridhall.apps.metering.queries.segments import (
    AccountInstallations,
    MeterSegments,
    list_day_segments,
    list_installations,
    list_segments,
)
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
from gridhall.apps.metering.queries.versions import ReadVersion, list_read_versions, read_as_of

__all__ = [
    "AccountInstallations",
    "Balance",
    "Coverage",
    "Curve",
    "DayEnergy",
    "ExchangeCheck",
    "FindingChoice",
    "FindingView",
    "MeterSegments",
    "MeterSheet",
    "MeterSpan",
    "MeterStretch",
    "MonthEnergy",
    "NewestExchange",
    "ReadMatrix",
    "ReadVersion",
    "StretchReads",
    "add_up",
    "check_exchange",
    "choose_findings",
    "complete_until",
    "count_findings",
    "find_meter",
    "find_neighbors",
    "fold_month",
    "get_coverage",
    "get_feeder_balance",
    "get_file_statements",
    "get_finding",
    "get_meter_sheet",
    "get_register_kwh",
    "get_store",
    "get_transformer_balance",
    "identify",
    "iter_reads",
    "list_day_segments",
    "list_energy_all",
    "list_energy_days",
    "list_energy_months",
    "list_exchanges",
    "list_feeder_balance_days",
    "list_feeders",
    "list_finding_page",
    "list_findings",
    "list_installations",
    "list_meter_spans",
    "list_read_versions",
    "list_segments",
    "list_stretches",
    "list_transformer_balance_days",
    "read_as_of",
    "read_matrix",
    "read_stretch",
    "select_findings",
    "view_finding",
]
