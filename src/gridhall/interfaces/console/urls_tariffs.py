"""Addresses of the tariff desk."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import tariff_changes, tariff_effects, tariffs

TARIFFS = [
    path("tariffs/", tariffs.tariff_list, name="tariff-list"),
    path("tariffs/upload/", tariff_changes.tariff_upload, name="tariff-upload"),
    path("tariffs/<int:document_id>/", tariffs.tariff_detail, name="tariff-detail"),
    path("tariffs/<int:document_id>/file/", tariffs.tariff_file, name="tariff-file"),
    path("tariffs/<int:document_id>/compare/", tariffs.tariff_compare, name="tariff-compare"),
    path("tariffs/<int:document_id>/effect/", tariff_effects.tariff_effect, name="tariff-effect"),
    path("tariffs/<int:document_id>/effect/try/", tariff_effects.tariff_try, name="tariff-try"),
    path("tariffs/<int:document_id>/approve/", tariff_changes.tariff_approve, name="tariff-approve"),
    path("tariffs/<int:document_id>/retire/", tariff_changes.tariff_retire, name="tariff-retire"),
]
