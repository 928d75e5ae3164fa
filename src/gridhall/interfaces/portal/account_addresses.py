"""Addresses of binding, sharing, real names and consents."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.portal.views import accounts, binding, consents, real_name, sharing

ACCOUNT = "accounts/<uuid:access>/"
urlpatterns = [
    path("accounts/", accounts.account_list, name="account-list"),
    path("accounts/switch/", accounts.account_switch, name="account-switch"),
    path("accounts/manage/", accounts.account_manage, name="account-manage"),
    path("accounts/move/", accounts.account_move, name="account-move"),
    path("accounts/bind/", binding.binding, name="binding"),
    path("accounts/bind/found/", binding.binding_match, name="binding-match"),
    path("accounts/bind/number/", binding.binding_number, name="binding-number"),
    path("accounts/bind/scan/", binding.binding_scan, name="binding-scan"),
    path("accounts/bind/meter/", binding.binding_meter, name="binding-meter"),
    path("accounts/bind/code/", binding.binding_slip, name="binding-slip"),
    path(ACCOUNT, accounts.account_detail, name="account-detail"),
    path(f"{ACCOUNT}unbind/", accounts.account_unbind, name="account-unbind"),
    path(f"{ACCOUNT}restore/", accounts.account_restore, name="account-restore"),
    path(f"{ACCOUNT}sharing/", sharing.sharing_list, name="sharing-list"),
    path(f"{ACCOUNT}sharing/history/", sharing.sharing_history, name="sharing-history"),
    path(f"{ACCOUNT}sharing/invite/", sharing.sharing_invite, name="sharing-invite"),
    path(f"{ACCOUNT}sharing/<uuid:other>/", sharing.sharing_detail, name="sharing-detail"),
    path(f"{ACCOUNT}sharing/<uuid:other>/end/", sharing.sharing_end, name="sharing-end"),
    path(f"{ACCOUNT}sharing/offers/<uuid:invitation>/", sharing.sharing_withdraw, name="sharing-withdraw"),
    path("mine/invitations/", sharing.invitation_list, name="invitation-list"),
    path("mine/invitations/<uuid:invitation>/", sharing.invitation_answer, name="invitation-answer"),
    path("mine/consents/", consents.consent_list, name="consent-list"),
    path("mine/consents/change/", consents.consent_change, name="consent-change"),
    path("mine/real-name/", real_name.real_name, name="real-name"),
    path("mine/real-name/person/", real_name.real_name_person, name="real-name-person"),
    path("mine/real-name/document/", real_name.real_name_document, name="real-name-document"),
    path("mine/real-name/face/", real_name.real_name_face, name="real-name-face"),
    path("mine/real-name/test-card/<slug:side>/", real_name.sandbox_card, name="sandbox-card"),
    path("mine/real-name/merge/", real_name.real_name_merge, name="real-name-merge"),
    path("mine/business/", real_name.business, name="business"),
]
