"""Addresses of the staff console. The name of an address is the name of its view with hyphens."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console import urls_metering
from gridhall.interfaces.console.urls_administration import administration
from gridhall.interfaces.console.urls_billdesk import BILLDESK
from gridhall.interfaces.console.urls_feedback import FEEDBACK
from gridhall.interfaces.console.urls_tariffs import TARIFFS
from gridhall.interfaces.console.views import customers, desk, identity, notes, search

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
    path("sign-in/", identity.sign_in, name="sign-in"),
    path("second-factor/", identity.second_factor, name="second-factor"),
    path("second-factor/options/", identity.second_factor_options, name="second-factor-options"),
    path("second-factor/passkey/", identity.second_factor_passkey, name="second-factor-passkey"),
    path("second-factor/set-up/", identity.second_factor_set_up, name="second-factor-set-up"),
    path("second-factor/set-up/options/", identity.second_factor_set_up_options, name="second-factor-set-up-options"),
    path("second-factor/set-up/passkey/", identity.second_factor_set_up_passkey, name="second-factor-set-up-passkey"),
    path("recovery-codes/", identity.recovery_codes, name="recovery-codes"),
    *BILLDESK,
    *FEEDBACK,
    *administration,
    *TARIFFS,
    *urls_metering.urlpatterns,
]
