"""Addresses of the customer app. The name of an address is the name of its view with hyphens."""

from __future__ import annotations

from django.urls import path, register_converter

from gridhall.interfaces.portal import account_addresses
from gridhall.interfaces.portal.urls_identity import IDENTITY_ADDRESSES
from gridhall.interfaces.portal.urls_messages import MESSAGE_ADDRESSES
from gridhall.interfaces.portal.views import (
    billing,
    device,
    exports,
    groups,
    home,
    mine,
    month_cards,
    offline_copy,
    prices,
    usage,
)
from gridhall.interfaces.shared.converters import DayConverter, MonthConverter

register_converter(MonthConverter, "month")
register_converter(DayConverter, "day")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("bills/", billing.bill_list, name="bill-list"),
    path("bills/<uuid:mrid>/", billing.bill_detail, name="bill-detail"),
    path("bills/<uuid:mrid>/lines/<int:position>/", billing.bill_line, name="bill-line"),
    path("bills/<uuid:mrid>/comparison/", billing.bill_comparison, name="bill-comparison"),
    path("bills/<uuid:mrid>/document/", billing.bill_document, name="bill-document"),
    path("bills/<uuid:mrid>/document/<int:position>/", billing.bill_document_page, name="bill-document-page"),
    path("usage/", usage.usage_year, name="usage-year"),
    path("usage/export/", exports.usage_export, name="usage-export"),
    path("usage/choice/", usage.usage_choice, name="usage-choice"),
    path("usage/<day:day>/", usage.usage_day, name="usage-day"),
    path("usage/<month:month>/", usage.usage_month, name="usage-month"),
    path("usage/<month:month>/card/", month_cards.month_card, name="month-card"),
    path("cards/<str:card>/", month_cards.shared_card, name="shared-card"),
    path("cards/<str:card>/picture/", month_cards.shared_card_picture, name="shared-card-picture"),
    *account_addresses.urlpatterns,
    path("prices/", prices.prices, name="prices"),
    path("prices/compare/", prices.price_comparison, name="price-comparison"),
    path("group/", groups.group, name="group"),
    path("group/<str:number>/", groups.group_site, name="group-site"),
    path("mine/", mine.mine, name="mine"),
    path("mine/preferences/", mine.preferences, name="preferences"),
    path("offline/", device.offline, name="offline"),
    path("offline/copy/", offline_copy.offline_copy, name="offline-copy"),
    path("install/", device.install, name="install"),
    path("sw.js", device.service_worker, name="service-worker"),
    path("manifest.webmanifest", device.manifest, name="manifest"),
    *IDENTITY_ADDRESSES,
    *MESSAGE_ADDRESSES,
]
