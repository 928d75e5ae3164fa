"""One-time codes: sent, guessed, flooded, used twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from gridhall.apps.identity import actions
from gridhall.apps.identity.models import OneTimeCode, User
from gridhall.apps.identity.tests.requests import make_request, make_user, read_code

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
PHONE = "13800001234"


def send(phone: str = PHONE, *, at: datetime = AT, address: str = "192.0.2.1", purpose: str = "SIGN_IN") -> Any:
    return actions.send_code(phone=phone, purpose=purpose, address=address, at=at)


def use(sent: Any, code: str, *, at: datetime = AT, purpose: str = "SIGN_IN") -> None:
    actions.use_code(mrid=sent.mrid, phone=sent.phone, purpose=purpose, code=code, at=at)


def refuse(sent: Any, code: str, **changes: Any) -> str:
    with pytest.raises(actions.UnableToUseCode) as refusal:
        use(sent, code, **changes)
    return refusal.value.code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_is_used_once(db: None) -> None:
    sent = send("+86 138 0000 1234")
    code = read_code(PHONE)
    use(sent, code)
    assert refuse(sent, code) == "code-used"


def test_only_a_digest_is_kept(db: None) -> None:
    send()
    code = read_code(PHONE)
    row = OneTimeCode.objects.get()
    assert code not in row.digest and len(row.digest) == 64


def test_a_code_expires(db: None) -> None:
    sent = send()
    assert refuse(sent, read_code(PHONE), at=AT + timedelta(minutes=5)) == "code-expired"


def test_code_guessed_is_void_after_five_tries(db: None) -> None:
    sent = send()
    code = read_code(PHONE)
    codes = [refuse(sent, wrong(code)) for _unused in range(5)]
    assert codes == ["wrong-code"] * 4 + ["code-used-up"]
    assert refuse(sent, code) == "code-used-up"  # the right one does not serve either
    assert OneTimeCode.objects.get().tries == 5


def test_a_code_serves_its_purpose_and_its_browser_only(db: None) -> None:
    mine = send()
    code = read_code(PHONE)
    assert refuse(mine, code, purpose="NEW_PASSWORD") == "code-expired"
    other = send(at=AT + timedelta(seconds=61))
    later = read_code(PHONE)
    if later != code:
        assert refuse(other, code) == "wrong-code"
    use(mine, code, at=AT + timedelta(seconds=61))  # what another browser asked for does not void it


def test_code_flood_to_one_phone_is_stopped(db: None) -> None:
    moment, sent, waits = AT, 0, []
    for _unused in range(200):
        try:
            send(at=moment)
            sent += 1
        except actions.UnableToSendCode as refusal:
            assert refusal.code == "wait" and refusal.wait_s > 0
            waits.append(refusal.wait_s)
        moment += timedelta(seconds=30)
    assert sent <= 10 and max(waits) > 60
    with pytest.raises(actions.UnableToSendCode) as refusal:
        send(at=moment)
    send(at=moment + timedelta(seconds=refusal.value.wait_s))  # what it says is true


def test_code_flood_from_one_address_is_stopped(db: None) -> None:
    for number in range(30):
        send(f"138{number:08d}")
    with pytest.raises(actions.UnableToSendCode):
        send("13900000000")
    send("13900000000", address="198.51.100.7")  # others are not kept out


def test_code_flood_over_the_company_is_stopped(db: None, settings: Any) -> None:
    settings.GRIDHALL_CODES_A_MINUTE = 3
    for number in range(3):
        send(f"138{number:08d}", address=f"192.0.2.{number}")
    with pytest.raises(actions.UnableToSendCode):
        send("13900000000", address="198.51.100.7")


@pytest.mark.parametrize("phone", ["", "123", "07186822345", "+12125550100", "abc", "1" * 500, "\x00"])
def test_codes_go_to_mobile_numbers_only(db: None, phone: str) -> None:
    with pytest.raises(actions.UnableToSendCode) as refusal:
        send(phone)
    assert refusal.value.code == "no-mobile" and not OneTimeCode.objects.exists()


def test_the_answer_tells_nobody_who_is_registered(db: None) -> None:
    make_user()
    known, unknown = send(), send("13900000000")
    assert type(known) is type(unknown) and known.expires_at == unknown.expires_at


def test_a_new_phone_makes_a_user_and_an_imported_one_gets_in(db: None) -> None:
    actions.import_users(phones=["13900000001"], at=AT, actor="test")
    for phone in ("13900000001", "13900000002"):
        sent = send(phone)
        request = make_request()
        user = actions.sign_in_by_code(request=request, mrid=sent.mrid, phone=phone, code=read_code(phone), at=AT)
        assert user.phone == phone and user.phone_verified_at == AT and not user.has_usable_password()
        assert request.user == user
    assert User.objects.count() == 2


def test_closed_users_do_not_get_in_by_code(db: None) -> None:
    make_user(is_active=False)
    sent = send()
    with pytest.raises(actions.UnableToSignIn) as refusal:
        actions.sign_in_by_code(request=make_request(), mrid=sent.mrid, phone=PHONE, code=read_code(PHONE), at=AT)
    assert refusal.value.code == "closed"


@pytest.mark.django_db(transaction=True)
def test_double_click_uses_a_code_once_and_sends_one_message() -> None:
    def run(doing: Any) -> list[str]:
        def once(_unused: int) -> str:
            try:
                doing()
                return "done"
            except (actions.UnableToSendCode, actions.UnableToUseCode) as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as threads:
            return sorted(threads.map(once, range(4)))

    assert run(lambda: send()) == ["done", "wait", "wait", "wait"]
    sent = OneTimeCode.objects.get()
    code = read_code(PHONE)
    assert run(lambda: use(sent, code)) == ["code-used", "code-used", "code-used", "done"]
