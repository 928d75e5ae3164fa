"""Every address of the house."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("gridhall.interfaces.shared.urls")),
    path("", include("gridhall.interfaces.portal.urls")),
    path("console/", include("gridhall.interfaces.console.urls")),
]
