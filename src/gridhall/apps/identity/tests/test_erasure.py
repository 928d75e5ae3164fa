"""Erasing a user: asked for, thought over, done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import OneTimeCode, User, UserSession
from gridhall.apps.identity.tests.requests import come_again, make_request, read_code

AT = datetime.now(UTC)
PHONE = "13800001234"


def enter(at: datetime = AT) -> Any:
    sent = actions.send_code(phone=PHONE, purpose="SIGN_IN", address="192.0.2.1", at=at)
    request = make_request()
    actions.sign_in_by_code(request=request, mrid=sent.mrid, phone=PHONE, code=read_code(PHONE), at=at)
    return request


def test_a_user_is_erased_after_a_week(db: None) -> None:
    request = enter()
    user = request.user
    due_at = actions.request_erasure(request=request, at=AT)
    assert due_at == AT + timedelta(days=7) and not request.user.is_authenticated
    assert actions.erase_due_users(at=due_at - timedelta(seconds=1)) == 0
    assert actions.erase_due_users(at=due_at) == 1 and actions.erase_due_users(at=due_at) == 0
    gone = User.objects.get(pk=user.pk)
    assert (gone.name, gone.email, gone.is_active) == ("", "", False)
    assert gone.phone == f"erased-{gone.pk}" and gone.erased_at == due_at
    assert not UserSession.objects.exists() and not OneTimeCode.objects.filter(phone=PHONE).exists()
    assert enter(at=due_at).user.pk != user.pk  # the number is free: the next owner of it is somebody else


def test_he_may_think_better_of_it(db: None) -> None:
    actions.request_erasure(request=enter(), at=AT)
    back = enter(at=AT + timedelta(days=1))
    actions.withdraw_erasure(user=back.user, at=AT, actor="test")
    actions.withdraw_erasure(user=back.user, at=AT, actor="test")
    assert actions.erase_due_users(at=AT + timedelta(days=30)) == 0
    assert User.objects.get().phone == PHONE


def test_it_takes_a_fresh_proof_and_no_staff(db: None) -> None:
    request = enter()
    with pytest.raises(actions.UnableToErase) as refusal:
        actions.request_erasure(request=come_again(request), at=AT + timedelta(minutes=10))
    assert refusal.value.code == "not-proved"
    User.objects.update(is_staff=True)
    request.user.refresh_from_db()
    with pytest.raises(actions.UnableToErase) as refusal:
        actions.request_erasure(request=request, at=AT)
    assert refusal.value.code == "staff" and User.objects.get().erasure_due_at is None


def test_the_export_holds_all_but_secrets(db: None) -> None:
    request = enter()
    exported = queries.export_user(viewer=request.user, at=AT)
    assert exported["user"]["phone"] == PHONE and len(exported["sessions"]) == 1 and len(exported["codes_sent"]) == 1
    assert {event["kind"] for event in exported["events"]} >= {"UserCreated", "SignedIn"}
    told = repr(exported)
    assert request.session.session_key not in told and "digest" not in told and request.user.password not in told


def test_who_signed_in_by_password_from_where_is_kept_nowhere_else(db: None) -> None:
    from axes.models import AccessAttempt, AccessLog

    request = enter()
    request.user.set_password("山里的夜很安静 7")
    request.user.save()
    with pytest.raises(actions.UnableToSignIn):
        actions.sign_in(request=make_request(), phone=PHONE, password="wrong", at=AT)
    actions.sign_in(request=make_request(), phone=PHONE, password="山里的夜很安静 7", at=AT)
    assert not AccessLog.objects.exists()
    AccessAttempt.objects.create(username=PHONE, ip_address="192.0.2.1", failures_since_start=1)
    AccessLog.objects.create(username=PHONE, ip_address="192.0.2.1")  # as it was kept by earlier versions
    due_at = actions.request_erasure(request=request, at=AT)
    actions.erase_due_users(at=due_at)
    assert not AccessAttempt.objects.exists() and not AccessLog.objects.exists()
