"""Addresses of administration: the audit trail, members of staff, sessions."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import audit, oidc, staff, staff_files, staff_sessions

administration = [
    path("audit/", audit.audit_list, name="audit-list"),
    path("staff/", staff.staff_list, name="staff-list"),
    path("staff/new/", staff.staff_new, name="staff-new"),
    path("staff/import/", staff_files.staff_import, name="staff-import"),
    path("staff/export/", staff_files.staff_export, name="staff-export"),
    path("staff/<uuid:mrid>/", staff.staff_detail, name="staff-detail"),
    path("staff/<uuid:mrid>/edit/", staff.staff_edit, name="staff-edit"),
    path("staff/<uuid:mrid>/grant/", staff.staff_grant, name="staff-grant"),
    path("staff/<uuid:mrid>/end/", staff.staff_end, name="staff-end"),
    path("staff/<uuid:mrid>/reset/", staff.staff_reset, name="staff-reset"),
    path("staff/<uuid:mrid>/suspend/", staff.staff_suspend, name="staff-suspend"),
    path("staff/<uuid:mrid>/reactivate/", staff.staff_reactivate, name="staff-reactivate"),
    path("staff/<uuid:mrid>/sign-out/", staff.staff_sign_out, name="staff-sign-out"),
    path("sign-in/oidc/", oidc.oidc_start, name="oidc-start"),
    path("sign-in/oidc/return/", oidc.oidc_return, name="oidc-return"),
    path("sign-out/", oidc.sign_out, name="sign-out"),
    path("sessions/", staff_sessions.session_list, name="session-list"),
]
