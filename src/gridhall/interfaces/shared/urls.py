"""Addresses that belong to no audience: the style guide."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.shared import views

app_name = "shared"
urlpatterns = [path("styleguide/", views.styleguide, name="styleguide")]
