"""When a user may bind a customer number, and what he may then do with it."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, BindingMethodKind

MAX_WRONG_TRIES = 5  # of one user
MAX_WRONG_TRIES_AT_A_NUMBER = 15  # of all users together: many hands guess too
MAX_WRONG_TRIES_FROM_AN_ADDRESS = 30  # many customers of a mobile network share one
MAX_WRONG_TRIES_A_DAY = 15
MAX_WRONG_TRIES_AT_A_NUMBER_A_DAY = 30
MAX_WRONG_TRIES_FROM_AN_ADDRESS_A_DAY = 120
REFUSED_FOR = timedelta(minutes=30)
COUNTED_FOR = timedelta(days=1)
UNBOUND_FOR_GOOD_AFTER = timedelta(minutes=30)
CHECK_DIGITS = (4, 6, 8, 11)

ALL_SCOPES = tuple(AccessScopeKind.values)
BARCODE_SCOPES = (AccessScopeKind.VIEW_BILLS.value, AccessScopeKind.PAY.value)
HOUSEHOLD_SCOPES = (AccessScopeKind.VIEW_BILLS.value, AccessScopeKind.VIEW_USAGE.value, AccessScopeKind.PAY.value)


def normalize_name(name: str) -> str:
    """
    Give a name in the form in which names are compared.

    >>> normalize_name(" 张 三 ") == normalize_name("张三"), normalize_name("Ａ公司（北）")
    (True, 'a公司(北)')
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def names_agree(one: str, other: str) -> bool:
    """Tell whether two names are the same and there is one."""
    return bool(normalize_name(one)) and hmac.compare_digest(
        normalize_name(one).encode(), normalize_name(other).encode()
    )


def tail_agrees(tail: str, *, of: Iterable[str]) -> bool:
    """
    Tell whether a tail of at least four characters ends one of the texts.

    >>> tail_agrees("1234", of=["13800001234"]), tail_agrees("4", of=["13800001234"]), tail_agrees("", of=[""])
    (True, False, False)
    """
    tail = "".join(unicodedata.normalize("NFKC", tail).split()).upper()
    return len(tail) >= min(CHECK_DIGITS) and any(text.endswith(tail) for text in of)


@dataclass(frozen=True, slots=True)
class WrongTries:
    """Wrong tries of a user, at a number and from a network address, in the last half hour or in the last day."""

    of_user: int = 0
    at_number: int = 0
    from_address: int = 0


def is_throttled(lately: WrongTries, today: WrongTries | None = None) -> bool:
    """
    Tell whether binding is refused for a time.

    The half hour stops a hand that guesses fast, the day one that has time.

    >>> is_throttled(WrongTries(of_user=5)), is_throttled(WrongTries(4, 14, 29), WrongTries(14, 29, 119))
    (True, False)
    >>> is_throttled(WrongTries(), WrongTries(at_number=30))
    True
    """
    today = today or WrongTries()
    return (
        lately.of_user >= MAX_WRONG_TRIES
        or lately.at_number >= MAX_WRONG_TRIES_AT_A_NUMBER
        or lately.from_address >= MAX_WRONG_TRIES_FROM_AN_ADDRESS
        or today.of_user >= MAX_WRONG_TRIES_A_DAY
        or today.at_number >= MAX_WRONG_TRIES_AT_A_NUMBER_A_DAY
        or today.from_address >= MAX_WRONG_TRIES_FROM_AN_ADDRESS_A_DAY
    )


def throttled_since(at: datetime) -> datetime:
    """Give the moment from which wrong tries count as lately."""
    return at - REFUSED_FOR


def may_be_undone(unbound_at: datetime, *, at: datetime) -> bool:
    """Tell whether an unbinding can still be taken back."""
    return timedelta() <= at - unbound_at <= UNBOUND_FOR_GOOD_AFTER


def access_for(
    method: BindingMethodKind | str, *, is_holder: bool, has_other_owner: bool
) -> tuple[AccessRoleKind, tuple[str, ...]]:
    """
    Decide the role and scopes that a proved binding gives.

    Only who was shown to be the account holder himself becomes its owner, and only if nobody else is. Everyone else
    who knows enough of the household sees and pays, but neither applies for anything nor lets others in. A bar code
    shows only that someone stood before the meter: usage by the hour, which tells when nobody is home, stays hidden.

    :param is_holder: phone (verified) and name are the holder's, or staff saw his papers.
    """
    if is_holder and not has_other_owner:
        return AccessRoleKind.OWNER, ALL_SCOPES
    scopes = BARCODE_SCOPES if method == BindingMethodKind.METER_BARCODE else HOUSEHOLD_SCOPES
    return AccessRoleKind.FAMILY, scopes
