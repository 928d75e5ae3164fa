"""Addresses of the billing desk."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import bill_checks, bill_mending, bill_runs

BILLDESK = [
    path("bills/", bill_runs.bill_run_list, name="bill-run-list"),
    path("bills/open/", bill_runs.bill_run_open, name="bill-run-open"),
    path("bills/exceptions/", bill_checks.bill_exception_list, name="bill-exception-list"),
    path("bills/rebill/", bill_mending.bill_rebill, name="bill-rebill"),
    path("bills/close/", bill_mending.bill_close, name="bill-close"),
    path("bills/runs/<uuid:run>/", bill_runs.bill_run_detail, name="bill-run-detail"),
    path("bills/runs/<uuid:run>/progress/", bill_runs.bill_run_progress, name="bill-run-progress"),
    path("bills/runs/<uuid:run>/draft/", bill_runs.bill_run_draft, name="bill-run-draft"),
    path("bills/runs/<uuid:run>/approve/", bill_runs.bill_run_approve, name="bill-run-approve"),
    path("bills/runs/<uuid:run>/issue/", bill_runs.bill_run_issue, name="bill-run-issue"),
    path("bills/runs/<uuid:run>/cancel/", bill_runs.bill_run_cancel, name="bill-run-cancel"),
    path("bills/runs/<uuid:run>/comparison/", bill_runs.bill_run_comparison, name="bill-run-comparison"),
    path("bills/runs/<uuid:run>/sample/", bill_checks.bill_sample, name="bill-sample"),
    path("bills/<uuid:mrid>/", bill_checks.bill_review, name="bill-review"),
    path("bills/<uuid:mrid>/check/", bill_checks.bill_check, name="bill-check"),
    path("bills/<uuid:mrid>/hold/", bill_checks.bill_hold, name="bill-hold"),
    path("bills/<uuid:mrid>/release/", bill_checks.bill_release, name="bill-release"),
    path("bills/<uuid:mrid>/cancel/", bill_mending.bill_cancel, name="bill-cancel"),
]
