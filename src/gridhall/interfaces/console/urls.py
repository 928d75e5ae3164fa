"""Addresses of the staff console. The name of an address is the name of its view with hyphens."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import customers, desk, notes, search

app_name = "console"
urlpatterns = [
    path("", desk.home, name="home"),
    path("density/", desk.density, name="density"),
    path("keyboard/", desk.keyboard, name="keyboard"),
    path("search/", search.search, name="search"),
    path("accounts/", customers.account_list, name="account-list"),
    path("accounts/<str:number>/", customers.account_detail, name="account-detail"),
    path("accounts/<str:number>/unmask/", customers.account_unmask, name="account-unmask"),
    path("accounts/<str:number>/mask/", customers.account_mask, name="account-mask"),
    path("accounts/<str:number>/notes/", notes.note_write, name="note-write"),
    path("notes/<uuid:mrid>/", notes.note_edit, name="note-edit"),
    path("notes/<uuid:mrid>/delete/", notes.note_delete, name="note-delete"),
    path("steps/<uuid:mrid>/undo/", notes.step_undo, name="step-undo"),
    path("views/", notes.view_save, name="view-save"),
    path("views/<uuid:mrid>/delete/", notes.view_delete, name="view-delete"),
]
