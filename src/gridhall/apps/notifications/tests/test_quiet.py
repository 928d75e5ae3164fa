"""Quiet hours by the clocks of a zone: across midnight, and where clocks are put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.notifications.rules.quiet import USUAL, Quiet, find_loud_moment, is_quiet

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = [
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Havana", "Africa/Casablanca", "Pacific/Apia", "UTC",
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-01T12:00", "2026-01-01T12:00"),
        ("2026-01-01T21:59", "2026-01-01T21:59"),
        ("2026-01-01T22:00", "2026-01-02T08:00"),
        ("2026-01-01T23:59", "2026-01-02T08:00"),
        ("2026-01-02T00:00", "2026-01-02T08:00"),
        ("2026-01-02T07:59", "2026-01-02T08:00"),
        ("2026-01-02T08:00", "2026-01-02T08:00"),
        ("2026-12-31T23:00", "2027-01-01T08:00"),
        ("2028-02-28T23:00", "2028-02-29T08:00"),
    ],
)
def test_usual_hours_go_across_midnight(at: str, expected: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert find_loud_moment(USUAL, moment, SHANGHAI) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (Quiet(time(12), time(14)), "2026-01-01T13:00", "2026-01-01T14:00"),  # a nap, within the day
        (Quiet(time(12), time(14)), "2026-01-01T14:00", "2026-01-01T14:00"),
        (Quiet(time(22), time(22)), "2026-01-01T22:00", "2026-01-01T22:00"),  # the same: never
        (Quiet(time(22), time(8), is_on=False), "2026-01-01T23:00", "2026-01-01T23:00"),
        (Quiet(time(0), time(23, 59)), "2026-01-01T10:00", "2026-01-01T23:59"),
        (Quiet(time(20), time(0)), "2026-01-01T21:00", "2026-01-02T00:00"),
    ],
)
def test_other_hours(quiet: Quiet, at: str, expected: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert find_loud_moment(quiet, moment, SHANGHAI) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


def test_clocks_put_forward_end_the_quiet_when_they_jump() -> None:
    quiet = Quiet(time(22), time(2, 30))  # 29 March 2026: after 01:59 comes 03:00
    found = find_loud_moment(quiet, datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN), BERLIN)
    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert found.astimezone(BERLIN).time() == time(3, 0)


def test_clocks_put_back_show_the_quiet_hours_twice() -> None:
    quiet = Quiet(time(22), time(2, 30))  # 25 October 2026: 02:00 to 03:00 comes twice
    first = find_loud_moment(quiet, datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN), BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert find_loud_moment(quiet, again, BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


times = st.times().map(lambda value: value.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)).map(lambda value: value.replace(tzinfo=UTC))


@given(starts=times, ends=times, at=moments, zone=st.sampled_from(ZONES))
def test_loud_moment_is_the_first_that_is_not_quiet(starts: time, ends: time, at: datetime, zone: str) -> None:
    quiet, place = Quiet(starts, ends), ZoneInfo(zone)
    found = find_loud_moment(quiet, at, place)
    assert found >= at
    assert not is_quiet(quiet, found, place)
    assert found - at <= timedelta(hours=50)
    if found > at:
        for share in (0, 0.25, 0.5, 0.75, 0.999):
            assert is_quiet(quiet, at + (found - at) * share, place)
        assert is_quiet(quiet, found - timedelta(microseconds=1), place)


@given(starts=times, ends=times, at=moments, zone=st.sampled_from(ZONES))
def test_waiting_once_is_enough(starts: time, ends: time, at: datetime, zone: str) -> None:
    quiet, place = Quiet(starts, ends), ZoneInfo(zone)
    found = find_loud_moment(quiet, at, place)
    assert find_loud_moment(quiet, found, place) == found
