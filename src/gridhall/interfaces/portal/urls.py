"""Addresses of the customer app. The name of an address is the name of its view with hyphens."""

from __future__ import annotations

from django.urls import path, register_converter

from gridhall.interfaces.portal import account_addresses
from gridhall.interfaces.portal.views import billing, device, home, identity, mine, usage
from gridhall.interfaces.shared.converters import MonthConverter

register_converter(MonthConverter, "month")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("bills/", billing.bill_list, name="bill-list"),
    path("bills/<uuid:mrid>/", billing.bill_detail, name="bill-detail"),
    path("bills/<uuid:mrid>/lines/<int:position>/", billing.bill_line, name="bill-line"),
    path("bills/<uuid:mrid>/comparison/", billing.bill_comparison, name="bill-comparison"),
    path("usage/", usage.usage_year, name="usage-year"),
    path("usage/<month:month>/", usage.usage_month, name="usage-month"),
    *account_addresses.urlpatterns,
    path("mine/", mine.mine, name="mine"),
    path("mine/preferences/", mine.preferences, name="preferences"),
    path("sign-in/", identity.sign_in, name="sign-in"),
    path("sign-out/", identity.sign_out, name="sign-out"),
    path("offline/", device.offline, name="offline"),
    path("sw.js", device.service_worker, name="service-worker"),
    path("manifest.webmanifest", device.manifest, name="manifest"),
]
