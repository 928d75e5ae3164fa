"""Addresses of the metering desk."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import balances, findings, meters, read_files

urlpatterns = [
    path("findings/", findings.finding_list, name="finding-list"),
    path("findings/accept/", findings.finding_accept_rule, name="finding-accept-rule"),
    path("findings/<uuid:mrid>/", findings.finding_detail, name="finding-detail"),
    path("findings/<uuid:mrid>/settle/", findings.finding_settle, name="finding-settle"),
    path("read-files/", read_files.read_file_list, name="read-file-list"),
    path("read-files/<int:pk>/", read_files.read_file_detail, name="read-file-detail"),
    path("read-files/<int:pk>/faults/", read_files.read_file_faults, name="read-file-faults"),
    path("meters/", meters.exchange_list, name="exchange-list"),
    path("meters/exchange/", meters.exchange_write, name="exchange-write"),
    path("balance/", balances.balance_list, name="balance-list"),
    path("balance/feeders/<path:code>/", balances.balance_feeder, name="balance-feeder"),
    path("balance/transformers/", balances.balance_transformer_list, name="balance-transformer-list"),
    path("balance/transformers/<path:code>/", balances.balance_transformer, name="balance-transformer"),
    path("meters/<path:serial>/", meters.meter_detail, name="meter-detail"),
]
