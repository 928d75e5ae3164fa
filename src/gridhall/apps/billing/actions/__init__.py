"""Every write of billing. One function is one use case: ask, decide, write, tell."""

from gridhall.apps.billing.actions.approving import approve_checked_run
from gridhall.apps.billing.actions.checking import UnableToCheckBill, UnableToDrawSample, check_bill, draw_sample
from gridhall.apps.billing.actions.closing import (
    ClosingPreview,
    UnableToCloseAgreement,
    close_agreement,
    preview_closing,
)
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
from gridhall.apps.billing.actions.months_so_far import measure_months_so_far
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
from gridhall.apps.billing.actions.trials import UnableToTryTariff, ask_trial, compute_trial
from gridhall.apps.billing.actions.working import WORK_TASK, ask_for_draft, ask_for_issue, ask_for_run, work_on_run

__all__ = [
    "WORK_TASK",
    "ClosingPreview",
    "UnableToApproveRun",
    "UnableToCancelBill",
    "UnableToCancelRun",
    "UnableToCheckBill",
    "UnableToCloseAgreement",
    "UnableToDraftRun",
    "UnableToDrawSample",
    "UnableToExportUsage",
    "UnableToHoldBill",
    "UnableToIssueRun",
    "UnableToOpenRun",
    "UnableToPostEntry",
    "UnableToRebill",
    "UnableToReleaseBill",
    "UnableToTryTariff",
    "approve_checked_run",
    "approve_run",
    "ask_for_draft",
    "ask_for_issue",
    "ask_for_run",
    "ask_trial",
    "cancel_bill",
    "cancel_run",
    "check_bill",
    "close_agreement",
    "compute_trial",
    "draft_run",
    "draw_sample",
    "export_usage",
    "hold_bill",
    "issue_run",
    "measure_months_so_far",
    "open_run",
    "post_entry",
    "preview_closing",
    "preview_rebill",
    "rebill",
    "release_bill",
    "reverse_entry",
    "run_month",
    "tell_of_bills",
    "work_on_run",
]
