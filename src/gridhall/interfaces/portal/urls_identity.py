"""Addresses of signing in and of the safety of one's account."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.portal.views import identity, own_data, security, vendors

IDENTITY_ADDRESSES = [
    path("mine/security/", security.security, name="security"),
    path("mine/security/proof/", security.proof, name="proof"),
    path("mine/security/password/", security.password_change, name="password-change"),
    path("mine/security/devices/", security.session_list, name="session-list"),
    path("mine/security/devices/others/end/", security.session_end_others, name="session-end-others"),
    path("mine/security/devices/<uuid:mrid>/end/", security.session_end, name="session-end"),
    path("mine/security/passkeys/", security.passkey_list, name="passkey-list"),
    path("mine/security/passkeys/options/", security.passkey_options, name="passkey-options"),
    path("mine/security/passkeys/add/", security.passkey_add, name="passkey-add"),
    path("mine/security/passkeys/<uuid:mrid>/name/", security.passkey_rename, name="passkey-rename"),
    path("mine/security/passkeys/<uuid:mrid>/remove/", security.passkey_remove, name="passkey-remove"),
    path("mine/security/links/<slug:provider>/", security.link_add, name="link-add"),
    path("mine/security/links/<slug:provider>/remove/", security.link_remove, name="link-remove"),
    path("mine/data/", own_data.own_data, name="own-data"),
    path("mine/data/export/", own_data.own_data_export, name="own-data-export"),
    path("mine/leave/", own_data.leave, name="leave"),
    path("mine/stay/", own_data.stay, name="stay"),
    path("sign-in/", identity.sign_in, name="sign-in"),
    path("sign-in/code/", identity.sign_in_code, name="sign-in-code"),
    path("sign-in/passkey/", identity.sign_in_passkey, name="sign-in-passkey"),
    path("sign-in/passkey/options/", identity.sign_in_passkey_options, name="sign-in-passkey-options"),
    path("sign-in/forgotten/", identity.forgotten_password, name="forgotten-password"),
    path("sign-in/new-password/", identity.new_password, name="new-password"),
    path("sign-in/phone/", vendors.vendor_phone, name="vendor-phone"),
    path("sign-in/phone/code/", vendors.vendor_code, name="vendor-code"),
    path("sign-in/with/<slug:provider>/", vendors.vendor_start, name="vendor-start"),
    path("sign-in/with/<slug:provider>/return/", vendors.vendor_return, name="vendor-return"),
    path("sandbox/sign-in/<slug:provider>/", vendors.sandbox_vendor, name="sandbox-vendor"),
    path("sign-out/", identity.sign_out, name="sign-out"),
]
