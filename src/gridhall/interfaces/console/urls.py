"""Addresses of the staff console. The name of an address is the name of its view with hyphens."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import desk

app_name = "console"
urlpatterns = [
    path("", desk.home, name="home"),
    path("density/", desk.density, name="density"),
]
