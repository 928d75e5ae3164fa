"""Users, sessions, passwords and preferences, against the real database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import RequestFactory

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import User
from gridhall.core.models import Event

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
PASSWORD = "清江边的灯火 1"


@pytest.fixture
def user(db: None) -> User:
    return actions.create_user(phone="+86 138 0000 1234", name="张三", password=PASSWORD, at=AT, actor="test")


def make_request(user: User | None = None) -> HttpRequest:
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
    request.session = SessionStore()
    request.user = user or AnonymousUser()
    return request


def sign_in(password: str, phone: str = "138 0000 1234", request: HttpRequest | None = None) -> User:
    return actions.sign_in(request=request or make_request(), phone=phone, password=password, at=AT)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_sign_in_and_out(user: User) -> None:
    request = make_request()
    before = request.session.session_key
    assert sign_in(PASSWORD, request=request) == user
    assert request.session.session_key != before
    actions.sign_out(request=request, at=AT)
    assert isinstance(request.user, AnonymousUser)
    actions.sign_out(request=request, at=AT)
    assert kinds() == ["UserCreated", "SignedIn", "SignedOut"]


@pytest.mark.parametrize("phone", ["13800001234", "13900000000", "", "no phone", "\x00"])
def test_wrong_credentials_tell_nothing(user: User, phone: str) -> None:
    with pytest.raises(actions.UnableToSignIn) as refusal:
        sign_in("wrong", phone=phone)
    assert refusal.value.code == "wrong-credentials"
    assert kinds() == ["UserCreated"]


def test_leavers_do_not_get_in(user: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(actions.UnableToSignIn):
        sign_in(PASSWORD)


def test_wrong_tries_are_throttled(user: User) -> None:
    codes = []
    for _ in range(10):
        with pytest.raises(actions.UnableToSignIn) as refusal:
            sign_in("wrong")
        codes.append(refusal.value.code)
    assert codes[0] == "wrong-credentials" and codes[-1] == "throttled"
    with pytest.raises(actions.UnableToSignIn) as refusal:  # now even the right one
        sign_in(PASSWORD)
    assert refusal.value.code == "throttled"


@pytest.mark.parametrize(
    ("phone", "password", "code"),
    [
        ("12345", PASSWORD, "no-phone-number"),
        ("13800001234", PASSWORD, "phone-taken"),
        ("008613800001234", PASSWORD, "phone-taken"),
        ("13900000000", "password123", "weak-password"),
        ("13900000000", "short", "weak-password"),
    ],
)
def test_create_user_refusals_change_nothing(user: User, phone: str, password: str, code: str) -> None:
    with pytest.raises(actions.UnableToCreateUser) as refusal:
        actions.create_user(phone=phone, name="李四", password=password, at=AT, actor="test")
    assert refusal.value.code == code
    assert User.objects.count() == 1 and kinds() == ["UserCreated"]


def test_staff(db: None) -> None:
    staff = actions.create_staff(phone="13600000000", name="赵工", password=PASSWORD, at=AT, actor="test")
    assert staff.is_staff and not staff.is_superuser


def test_the_first_member_of_staff_is_made_as_the_installation_guide_says(db: None, monkeypatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", phone="+86 136 0000 0001", interactive=False, verbosity=0)
    made = User.objects.get(phone="13600000001")
    assert made.is_staff and made.is_superuser and made.check_password(PASSWORD)
    with pytest.raises(CommandError, match="is not a phone number"):
        call_command("createsuperuser", phone="12", interactive=False, verbosity=0)


def test_change_password(user: User) -> None:
    request = make_request()
    sign_in(PASSWORD, request=request)
    for old, new, code in [
        ("wrong", "another good one", "wrong-credentials"),
        (PASSWORD, "short", "weak-password"),
        (PASSWORD, PASSWORD, "same-password"),
    ]:
        with pytest.raises(actions.UnableToChangePassword) as refusal:
            actions.change_password(request=request, old_password=old, new_password=new, at=AT)
        assert refusal.value.code == code
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    actions.change_password(request=request, old_password=PASSWORD, new_password="another good one", at=AT)
    user.refresh_from_db()
    assert user.check_password("another good one")
    assert kinds() == ["UserCreated", "SignedIn", "PasswordChanged"]


def test_preferences(user: User) -> None:
    assert queries.get_preferences(viewer=None) == queries.Preferences("zh-hans", "AUTO", "NORMAL")
    actions.update_preferences(user=user, reading_mode="LARGE", language="en", at=AT, actor="test")
    user.refresh_from_db()
    assert queries.get_preferences(viewer=user) == queries.Preferences("en", "AUTO", "LARGE")
    actions.update_preferences(user=user, reading_mode="LARGE", at=AT, actor="test")
    with pytest.raises(actions.UnableToChangePreferences):
        actions.update_preferences(user=user, appearance="PINK", language="zh-hans", at=AT, actor="test")
    user.refresh_from_db()
    assert user.language == "en"
    assert kinds() == ["UserCreated", "PreferencesChanged"]


def test_import_users_is_idempotent(user: User) -> None:
    assert actions.import_users(phones=["13800001234", "13900000001"], at=AT, actor="test") == 1
    assert actions.import_users(phones=["13800001234", "13900000001"], at=AT, actor="test") == 0
    assert not User.objects.get(phone="13900000001").has_usable_password()


def test_verify_phone_and_find(user: User) -> None:
    actions.verify_phone(user=user, at=AT, actor="test")
    actions.verify_phone(user=user, at=AT, actor="test")
    assert queries.find_user(phone="+8613800001234").phone_verified_at == AT
    assert queries.find_user(phone="nonsense") is None
    assert kinds() == ["UserCreated", "PhoneVerified"]
