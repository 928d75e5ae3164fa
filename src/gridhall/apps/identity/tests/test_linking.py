"""WeChat and Alipay linked with users, and nobody's account taken over by it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import LinkedIdentity, User
from gridhall.apps.identity.tests.requests import come_again, make_request, make_user, read_code

AT = datetime.now(UTC)


def link(phone: str, subject: str, provider: str = "WECHAT", code: str = "") -> Any:
    sent = actions.send_code(phone=phone, purpose="LINK", address=None, at=AT)
    request = make_request()
    actions.link_by_code(
        request=request, provider=provider, subject=subject, mrid=sent.mrid, phone=phone,
        code=code or read_code(phone), at=AT,
    )  # fmt: skip
    return request


def test_link_and_sign_in(db: None) -> None:
    with pytest.raises(actions.UnableToSignIn) as refusal:
        actions.sign_in_linked(request=make_request(), provider="WECHAT", subject="o1", at=AT)
    assert refusal.value.code == "unknown-link"
    request = link("13800001234", "o1")
    assert request.user.phone == "13800001234"
    assert actions.sign_in_linked(request=make_request(), provider="WECHAT", subject="o1", at=AT) == request.user
    with pytest.raises(actions.UnableToSignIn):  # the same name at another vendor is somebody else
        actions.sign_in_linked(request=make_request(), provider="ALIPAY", subject="o1", at=AT)


def test_linking_takes_the_code_to_the_phone(db: None) -> None:
    victim = make_user()
    with pytest.raises(actions.UnableToUseCode):
        link(victim.phone, "thief", code="not it")
    assert not LinkedIdentity.objects.exists()


def test_nobody_takes_over_by_linking(db: None) -> None:
    link("13800001234", "victim")
    with pytest.raises(actions.UnableToLink) as refusal:  # the victim's WeChat to the thief's phone
        link("13900000000", "victim")
    assert refusal.value.code == "linked-elsewhere"
    link("13700000000", "other")
    sent = actions.send_code(phone="13600000000", purpose="LINK", address=None, at=AT)
    assert sent and LinkedIdentity.objects.get(subject="victim").user.phone == "13800001234"
    thief = link("13500000000", "thief")
    with pytest.raises(actions.UnableToLink):  # nor while signed in as the thief
        actions.link_own(request=thief, provider="WECHAT", subject="victim", at=AT)


def test_one_person_a_vendor(db: None) -> None:
    request = link("13800001234", "o1")
    with pytest.raises(actions.UnableToLink) as refusal:
        actions.link_own(request=request, provider="WECHAT", subject="o2", at=AT)
    assert refusal.value.code == "other-linked"
    actions.link_own(request=request, provider="ALIPAY", subject="a1", at=AT)
    actions.link_own(request=request, provider="ALIPAY", subject="a1", at=AT)
    assert [one.provider for one in queries.list_links(viewer=request.user)] == ["ALIPAY", "WECHAT"]


def test_unlink_asks_for_a_fresh_proof(db: None) -> None:
    request = link("13800001234", "o1")
    elsewhere = come_again(request, address="198.51.100.9")
    with pytest.raises(actions.UnableToLink) as refusal:
        actions.unlink(request=elsewhere, provider="WECHAT", at=AT)
    assert refusal.value.code == "not-proved"
    actions.unlink(request=request, provider="WECHAT", at=AT)
    with pytest.raises(actions.UnableToSignIn):
        actions.sign_in_linked(request=make_request(), provider="WECHAT", subject="o1", at=AT)


def test_closed_users_do_not_get_in(db: None) -> None:
    link("13800001234", "o1")
    User.objects.update(is_active=False)
    with pytest.raises(actions.UnableToSignIn) as refusal:
        actions.sign_in_linked(request=make_request(), provider="WECHAT", subject="o1", at=AT)
    assert refusal.value.code == "closed"
