"""Sessions: bound to a device, ended, too old; and passwords under attack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import SignInFailure, User, UserSession
from gridhall.apps.identity.tests.requests import DESK_BROWSER, come_again, make_request

AT = datetime.now(UTC)
PASSWORD = "清江边的灯火 1"
PHONE = "13800001234"


@pytest.fixture
def user(db: None) -> User:
    return actions.create_user(phone=PHONE, name="张三", password=PASSWORD, at=AT, actor="test")


def enter(*, at: datetime = AT, **device: str) -> Any:
    request = make_request(**device)
    actions.sign_in(request=request, phone=PHONE, password=PASSWORD, at=at)
    return request


def watch(request: Any, *, at: datetime = AT) -> str | None:
    return actions.watch_session(request=request, at=at)


def test_session_stolen_from_another_device_is_noticed(user: User) -> None:
    request = enter()
    assert watch(come_again(request)) is None
    stolen = come_again(request, browser=DESK_BROWSER, address="198.51.100.9")
    assert watch(stolen) == "OTHER_DEVICE"
    assert not stolen.user.is_authenticated
    assert not come_again(request).user.is_authenticated  # the thief's copy and the owner's are both void
    assert UserSession.objects.get().end_kind == "OTHER_DEVICE"


def test_a_customer_walks_from_one_network_to_another_but_proves_himself_anew(user: User) -> None:
    request = enter()
    moved = come_again(request, address="198.51.100.9")
    assert watch(moved) is None
    assert queries.is_proved(come_again(request), at=AT) and not queries.is_proved(moved, at=AT)


def test_staff_stay_in_their_network(user: User) -> None:
    User.objects.update(is_staff=True)
    request = enter()
    assert watch(come_again(request, address="192.0.2.77")) is None
    assert watch(come_again(request, address="198.51.100.9")) == "OTHER_NETWORK"


@pytest.mark.parametrize(
    ("is_staff", "after", "reason"),
    [
        (False, timedelta(days=6), None),
        (False, timedelta(days=7), "IDLE"),
        (False, timedelta(days=30), "TOO_OLD"),
        (True, timedelta(minutes=29), None),
        (True, timedelta(minutes=30), "IDLE"),
        (True, timedelta(hours=12), "TOO_OLD"),
    ],
)
def test_sessions_end_by_themselves(user: User, is_staff: bool, after: timedelta, reason: str | None) -> None:
    User.objects.update(is_staff=is_staff)
    assert watch(come_again(enter()), at=AT + after) == reason


def test_being_used_keeps_a_session_open_but_not_for_ever(user: User) -> None:
    request = enter()
    for day in range(1, 30):
        assert watch(come_again(request), at=AT + timedelta(days=day)) is None
    assert watch(come_again(request), at=AT + timedelta(days=30)) == "TOO_OLD"


def test_sessions_are_listed_and_ended(user: User) -> None:
    here, there = enter(), enter(browser=DESK_BROWSER, address="198.51.100.9")
    row = come_again(here).session
    row.get("x")
    listed = queries.list_sessions(viewer=user, here=row.user_session, at=AT)
    assert [one.is_here for one in listed] == [True, False]
    assert (listed[1].browser, listed[1].system, listed[1].address) == ("Edge", "Windows", "198.51.*.*")
    actions.end_session(user=user, mrid=listed[1].mrid, at=AT, actor="test")
    actions.end_session(user=user, mrid=listed[1].mrid, at=AT, actor="test")  # pressed twice
    assert not come_again(there).user.is_authenticated and come_again(here).user.is_authenticated
    other = actions.create_user(phone="13900000000", name="", password=None, at=AT, actor="test")
    with pytest.raises(actions.UnableToEndSession):
        actions.end_session(user=other, mrid=listed[0].mrid, at=AT, actor="test")
    assert come_again(here).user.is_authenticated


def test_changing_the_password_ends_all_other_sessions(user: User) -> None:
    here, there = enter(), enter(browser=DESK_BROWSER)
    before = here.session.session_key
    mine = come_again(here)
    mine.session.get("x")
    actions.change_password(request=mine, old_password=PASSWORD, new_password="another good one", at=AT)
    assert not come_again(there).user.is_authenticated
    assert mine.session.session_key != before and not Session.objects.filter(session_key=before).exists()
    again = come_again(mine)
    assert again.user.is_authenticated and watch(again) is None


def test_signing_in_again_here_ends_what_was_open_here(user: User) -> None:
    request = enter()
    actions.sign_in(request=request, phone=PHONE, password=PASSWORD, at=AT)
    assert UserSession.objects.filter(ended_at=None).count() == 1


def test_password_spraying_from_one_address_is_stopped(user: User) -> None:
    codes = set()
    for number in range(45):
        with pytest.raises(actions.UnableToSignIn) as refusal:
            actions.sign_in(request=make_request(), phone=f"139{number:08d}", password="Summer2026!", at=AT)
        codes.add(refusal.value.code)
    assert codes == {"wrong-credentials", "throttled"}
    with pytest.raises(actions.UnableToSignIn) as refusal:
        actions.sign_in(request=make_request(), phone=PHONE, password=PASSWORD, at=AT)
    assert refusal.value.code == "throttled"
    assert enter(address="198.51.100.9").user == user


def test_a_victim_of_guessing_from_many_addresses_is_not_locked_out(user: User) -> None:
    for number in range(25):
        with pytest.raises(actions.UnableToSignIn):
            actions.sign_in(request=make_request(address=f"203.0.{number}.7"), phone=PHONE, password="wrong", at=AT)
    assert SignInFailure.objects.count() == 20  # then nothing is looked at any more
    with pytest.raises(actions.UnableToSignIn):
        enter(address="198.51.100.9")
    known = make_request(address="198.51.100.9")
    known.COOKIES[queries.KNOWN_DEVICE_COOKIE] = queries.make_known_device(known, user)
    assert actions.sign_in(request=known, phone=PHONE, password=PASSWORD, at=AT) == user
    forged = make_request(address="198.51.100.9")
    forged.COOKIES[queries.KNOWN_DEVICE_COOKIE] = "e30:1abc:forged"
    with pytest.raises(actions.UnableToSignIn):
        actions.sign_in(request=forged, phone=PHONE, password=PASSWORD, at=AT)
    assert enter(address="198.51.100.9", at=AT + timedelta(hours=1)).user == user


def test_old_records_are_forgotten(user: User) -> None:
    request = enter()
    actions.sign_out(request=request, at=AT)
    actions.send_code(phone=PHONE, purpose="SIGN_IN", address=None, at=AT)
    assert actions.forget_old_records(at=AT + timedelta(days=1)) == 0
    assert actions.forget_old_records(at=AT + timedelta(days=91)) == 2


def test_what_is_forgotten_does_not_come_to_life_again(user: User) -> None:
    request = enter()
    later = AT + timedelta(days=31)
    Session.objects.update(expire_date=later + timedelta(days=30))
    actions.forget_old_records(at=later)
    assert not come_again(request).user.is_authenticated and not Session.objects.exists()
