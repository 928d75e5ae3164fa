"""What billing keeps: runs, bills and the ledger."""

from gridhall.apps.billing.models.bills import Bill, BillException, BillLine, BillPart, Charge
from gridhall.apps.billing.models.desk import BillCheck, BillRunWork
from gridhall.apps.billing.models.figures import MonthSoFar
from gridhall.apps.billing.models.ledger import JournalEntry, LedgerAccount, Posting
from gridhall.apps.billing.models.runs import BillCycle, BillRun, BillRunChunk
from gridhall.apps.billing.models.trials import TariffTrial

__all__ = [
    "Bill",
    "BillCheck",
    "BillCycle",
    "BillException",
    "BillLine",
    "BillPart",
    "BillRun",
    "BillRunChunk",
    "BillRunWork",
    "Charge",
    "JournalEntry",
    "LedgerAccount",
    "MonthSoFar",
    "Posting",
    "TariffTrial",
]
