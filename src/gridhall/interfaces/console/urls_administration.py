"""Addresses of administration: the audit trail, members of staff, sessions."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import audit

administration = [
    path("audit/", audit.audit_list, name="audit-list"),
]
