"""One-time codes: sent to a phone, typed in by the browser that asked, used once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from gridhall.apps.identity import rules
from gridhall.apps.identity.events import CodeSent
from gridhall.apps.identity.kinds import CodePurposeKind
from gridhall.apps.identity.models import OneTimeCode
from gridhall.apps.identity.rules import credentials, limits
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.integrations import messaging

_TEXTS = {
    "zh-hans": "【{company}】验证码 {code}，用于{purpose}，5 分钟内有效。请勿告诉任何人，我们的员工也不会向您索要。",
    "en": "[{company}] {code} is your code to {purpose}. It is good for 5 minutes. Tell it to nobody, not even us.",
}
_PURPOSES = {
    "zh-hans": {"SIGN_IN": "登录", "NEW_PASSWORD": "设置新密码", "PROOF": "确认本人操作", "LINK": "绑定登录方式"},
    "en": {
        "SIGN_IN": "sign in",
        "NEW_PASSWORD": "set a new password",
        "PROOF": "confirm that it is you",
        "LINK": "link another way to sign in",
    },
}


class UnableToSendCode(BusinessError):
    """
    No code was sent. `code` is `no-mobile`, `wait` (`wait_s` says how long) or `not-sent`.

    :param wait_s: seconds until it may be tried again.
    """

    def __init__(self, message: str, *, code: str, wait_s: int = 0) -> None:
        super().__init__(message, code=code)
        self.wait_s = wait_s


class UnableToUseCode(BusinessError):
    """
    The code does not serve. `code` is `wrong-code` (`tries_left` says how often more), `code-used-up`, `code-expired`
    or `code-used` (it was right, and is used).

    :param tries_left: how many tries are left.
    """

    def __init__(self, message: str, *, code: str, tries_left: int = 0) -> None:
        super().__init__(message, code=code)
        self.tries_left = tries_left


@dataclass(frozen=True, slots=True)
class SentCode:
    """What the browser that asked is told: never the code."""

    mrid: UUID
    phone: str
    sent_at: datetime
    expires_at: datetime


def send_code(*, phone: str, purpose: str, address: str | None, at: datetime, language: str = "zh-hans") -> SentCode:
    """
    Send a one-time code to a phone. The answer is the same whether anybody is registered with it.

    :param address: from where it was asked, for the limits against floods.
    :raises UnableToSendCode: to what is no mobile number, beyond the limits, or if the gateway does not take it.
    """
    number = rules.normalize_phone(phone)
    if number is None or not credentials.MOBILE.fullmatch(number):
        raise UnableToSendCode("Codes go to mobile numbers only; write it as 13812345678.", code="no-mobile")
    code = f"{secrets.randbelow(10**limits.CODE_LENGTH):0{limits.CODE_LENGTH}d}"
    with transaction.atomic():
        _lock(number, address)
        wait = _find_wait(number, address, at)
        if wait is not None:
            seconds = max(1, int(wait.total_seconds() + 0.999))
            raise UnableToSendCode(f"Wait {seconds} seconds, then ask again.", code="wait", wait_s=seconds)
        row = OneTimeCode(
            phone=number,
            purpose=CodePurposeKind(purpose),
            address=address,
            sent_at=at,
            expires_at=at + limits.CODE_LIVES,
        )
        row.digest = _digest(row, code)
        row.save()
        events.publish(CodeSent(phone=rules.mask_phone(number), purpose=purpose), actor="phone", at=at)
    words = _PURPOSES.get(language, _PURPOSES["zh-hans"])[purpose]
    text = _TEXTS.get(language, _TEXTS["zh-hans"]).format(
        company=settings.GRIDHALL_COMPANY_SHORT, code=code, purpose=words
    )
    try:
        messaging.get_sms_sender().send(number, text)
    except messaging.UnableToSendMessage as error:
        raise UnableToSendCode("The message could not be sent; try again in a minute.", code="not-sent") from error
    return SentCode(row.mrid, number, row.sent_at, row.expires_at)


def use_code(*, mrid: UUID | str, phone: str, purpose: str, code: str, at: datetime) -> None:
    """
    Use a code up; nothing happens but that it is used.

    Not to be called in a transaction that is rolled back on refusal: the wrong try would be forgotten.

    :param mrid: the one that `send_code` gave to the browser that asked; a code for another browser does not serve.
    :raises UnableToUseCode: if it is wrong, expired, used, or was tried too often.
    """
    refusal: UnableToUseCode | None = None
    with transaction.atomic():
        row = OneTimeCode.objects.select_for_update().filter(mrid=mrid, phone=phone, purpose=purpose).first()
        if row is None or at >= row.expires_at:
            refusal = UnableToUseCode("The code has expired; ask for another.", code="code-expired")
        elif row.used_at is not None:
            refusal = UnableToUseCode("This code was used already.", code="code-used")
        elif row.tries >= limits.CODE_TRIES:
            refusal = UnableToUseCode("Too many wrong tries; ask for another code.", code="code-used-up")
        else:
            row.tries += 1
            if constant_time_compare(row.digest, _digest(row, code.strip())):
                row.used_at = at
            else:
                left = limits.CODE_TRIES - row.tries
                refusal = UnableToUseCode(
                    "The code is wrong.", code="wrong-code" if left else "code-used-up", tries_left=left
                )
            row.save(update_fields=["tries", "used_at"])
    if refusal is not None:
        raise refusal


def _digest(row: OneTimeCode, code: str) -> str:
    """Keyed by the installation's secret, so that a copy of the table does not give the codes away."""
    return salted_hmac("gridhall.one-time-code", f"{row.mrid}:{code}", algorithm="sha256").hexdigest()


def _lock(phone: str, address: str | None) -> None:
    """Let two who ask for the same phone, or from the same address, go one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"code to {phone}"])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [f"code from {address}"])


def _find_wait(phone: str, address: str | None, at: datetime) -> timedelta | None:
    """Give the longest wait that the limits of phone, address and company ask for."""
    day = at - timedelta(days=1)

    def moments(**of: str) -> list[datetime]:
        return list(OneTimeCode.objects.filter(sent_at__gt=day, **of).values_list("sent_at", flat=True))

    waits = [limit.wait(sent, at) for sent in [moments(phone=phone)] for limit in limits.CODES_A_PHONE]
    if address is not None:
        waits += [limit.wait(sent, at) for sent in [moments(address=address)] for limit in limits.CODES_AN_ADDRESS]
    minute = timedelta(minutes=1)
    if OneTimeCode.objects.filter(sent_at__gt=at - minute).count() >= settings.GRIDHALL_CODES_A_MINUTE:
        waits.append(minute)
    return max((wait for wait in waits if wait is not None), default=None)
