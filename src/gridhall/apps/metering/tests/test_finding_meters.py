"""Accounts finds its customers by the meter on their wall."""

from __future__ import annotations

from datetime import date

import pytest

from gridhall.apps.accounts.queries import search_accounts
from gridhall.apps.accounts.queries.search import find_usage_point_by_meter
from gridhall.apps.identity.models import User
from gridhall.apps.metering import actions
from gridhall.apps.metering.queries.finding_meters import find_usage_points_by_meter
from gridhall.apps.metering.tests.conftest import AT


def test_account_search_finds_by_the_beginning_of_a_meter_number(town):
    point, _ = town.metered("B4228001")
    town.metered("B4228999")
    staff = User.objects.create_user("13600000000", is_staff=True, is_superuser=True)
    found = search_accounts(text="B42280", viewer=staff, at=AT)
    assert [(one.number, one.found_by) for one in found] == [(point.account.number, ("METER",))]


def test_bar_code_means_one_whole_number(town):
    point, _ = town.metered("B4228001")
    town.metered("B42280011")
    assert find_usage_point_by_meter("B4228001") == point
    assert find_usage_point_by_meter("B422800") is None
    assert find_usage_point_by_meter("%") is None
    assert find_usage_points_by_meter("%", limit=9) == find_usage_points_by_meter("B\x00", limit=9) == []


def test_exchanged_meter_is_found_no_more(town):
    point, _ = town.metered("OLD1")
    actions.exchange_meter(usage_point=point, new_meter=town.meter("NEW1"), on=date(2026, 1, 6), at=AT, actor="test")
    assert find_usage_point_by_meter("OLD1") is None
    assert find_usage_point_by_meter("NEW1") == point


@pytest.mark.parametrize("limit", [1, 2])
def test_finding_stops_at_the_limit(town, limit):
    for at in range(3):
        town.metered(f"C{at}")
    assert len(find_usage_points_by_meter("C", limit=limit)) == limit
