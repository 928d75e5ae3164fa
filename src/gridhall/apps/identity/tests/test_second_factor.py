"""The second factor of staff: set up, shown, lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import Authenticator, RecoveryCode, User
from gridhall.apps.identity.rules import totp
from gridhall.apps.identity.tests.requests import come_again, make_request

AT = datetime.now(UTC)
PASSWORD = "清江边的灯火 1"


@pytest.fixture
def clerk(db: None) -> User:
    return actions.create_staff(phone="13600000000", name="赵工", password=PASSWORD, at=AT, actor="test")


def enter(at: datetime = AT) -> Any:
    request = make_request()
    actions.sign_in(request=request, phone="13600000000", password=PASSWORD, at=at)
    return request


def set_up(request: Any) -> tuple[str, list[str]]:
    secret = actions.begin_authenticator(request=request)
    return secret, actions.confirm_authenticator(request=request, code=totp.make_code(secret, at=AT), at=AT)


def test_rfc_6238_vectors() -> None:
    """RFC 6238, appendix B, the last six of the eight digits, SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for moment, code in [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]:
        assert totp.make_code(secret, at=datetime.fromtimestamp(moment, UTC)) == code


def test_it_is_set_up_and_asked_for_at_each_sign_in(clerk: User) -> None:
    first = enter()
    assert not queries.has_second_factor(first)
    key = first.session.session_key
    secret, codes = set_up(first)
    assert queries.has_second_factor(first) and len(set(codes)) == 10
    assert first.session.session_key != key  # it may do more from now on
    assert secret.encode() not in bytes(Authenticator.objects.get().secret_encrypted)
    assert all(code.replace("-", "") not in RecoveryCode.objects.values_list("digest", flat=True) for code in codes)
    later = enter()
    assert not queries.has_second_factor(later)
    at = AT + timedelta(seconds=30)
    actions.show_second_factor(request=later, code=totp.make_code(secret, at=at), at=at)
    assert queries.has_second_factor(later)
    with pytest.raises(actions.UnableToShowSecondFactor):  # a code looked at over the shoulder
        actions.show_second_factor(request=enter(), code=totp.make_code(secret, at=at), at=at)


def test_whoever_has_one_cannot_set_up_another_without_it(clerk: User) -> None:
    set_up(enter())
    thief = enter()
    for attempt in (
        lambda: actions.begin_authenticator(request=thief),
        lambda: actions.renew_recovery_codes(request=thief, at=AT),
    ):
        with pytest.raises(actions.UnableToSetUpSecondFactor):
            attempt()
    with pytest.raises(actions.UnableToKeepPasskey):
        actions.begin_passkey(request=thief, at=AT)


def test_guessing_is_stopped(clerk: User) -> None:
    secret, codes = set_up(enter())
    thief = enter()
    for _unused in range(5):
        with pytest.raises(actions.UnableToShowSecondFactor) as refusal:
            actions.show_second_factor(request=thief, code="000000", at=AT)
        assert refusal.value.code == "wrong-code"
    for code in (totp.make_code(secret, at=AT + timedelta(seconds=30)), codes[0]):
        with pytest.raises(actions.UnableToShowSecondFactor) as refusal:
            actions.show_second_factor(request=thief, code=code, at=AT)
        assert refusal.value.code == "throttled"
    actions.show_second_factor(request=thief, code=codes[0], at=AT + timedelta(minutes=15))


def test_a_recovery_code_works_once(clerk: User) -> None:
    _secret, codes = set_up(enter())
    actions.show_second_factor(request=enter(), code=codes[3].upper(), at=AT)
    with pytest.raises(actions.UnableToShowSecondFactor):
        actions.show_second_factor(request=enter(), code=codes[3], at=AT)
    assert queries.count_recovery_codes(viewer=clerk) == 9


def test_a_lost_one_is_reset_by_another_administrator(clerk: User) -> None:
    session = enter()
    set_up(session)
    chief = actions.create_staff(phone="13600000001", name="钱工", password=PASSWORD, at=AT, actor="test")
    for by in (clerk, chief):
        with pytest.raises(actions.UnableToSetUpSecondFactor):
            actions.reset_second_factor(user=clerk, by=by, at=AT, actor="test")
    actions.grant_role(user=chief, role="ADMINISTRATOR", granted_by=None, at=AT, actor="test")
    chief = User.objects.get(pk=chief.pk)
    actions.reset_second_factor(user=clerk, by=chief, at=AT, actor="test")
    assert not queries.has_second_factor_set_up(clerk) and not come_again(session).user.is_authenticated


def test_customers_have_none(db: None) -> None:
    request = make_request()
    actions.create_user(phone="13800000000", name="", password=PASSWORD, at=AT, actor="test")
    actions.sign_in(request=request, phone="13800000000", password=PASSWORD, at=AT)
    with pytest.raises(actions.UnableToShowSecondFactor):
        actions.begin_authenticator(request=request)
