"""Every write of billing. One function is one use case: ask, decide, write, tell."""

from gridhall.apps.billing.actions.closing import UnableToCloseAgreement, close_agreement
from gridhall.apps.billing.actions.exporting import UnableToExportUsage, export_usage
from gridhall.apps.billing.actions.holding import (
    UnableToCancelBill,
    UnableToHoldBill,
    UnableToReleaseBill,
    cancel_bill,
    hold_bill,
    release_bill,
)
from gridhall.apps.billing.actions.issuing import UnableToIssueRun, issue_run
from gridhall.apps.billing.actions.ledger import UnableToPostEntry, post_entry, reverse_entry
from gridhall.apps.billing.actions.months import run_month
from gridhall.apps.billing.actions.rebilling import UnableToRebill, preview_rebill, rebill
from gridhall.apps.billing.actions.runs import (
    UnableToApproveRun,
    UnableToCancelRun,
    UnableToDraftRun,
    UnableToOpenRun,
    approve_run,
    cancel_run,
    draft_run,
    open_run,
)
from gridhall.apps.billing.actions.telling import tell_of_bills

__all__ = [
    "UnableToApproveRun",
    "UnableToCancelBill",
    "UnableToCancelRun",
    "UnableToCloseAgreement",
    "UnableToDraftRun",
    "UnableToExportUsage",
    "UnableToHoldBill",
    "UnableToIssueRun",
    "UnableToOpenRun",
    "UnableToPostEntry",
    "UnableToRebill",
    "UnableToReleaseBill",
    "approve_run",
    "cancel_bill",
    "cancel_run",
    "close_agreement",
    "draft_run",
    "export_usage",
    "hold_bill",
    "issue_run",
    "open_run",
    "post_entry",
    "preview_rebill",
    "rebill",
    "release_bill",
    "reverse_entry",
    "run_month",
    "tell_of_bills",
]
