"""Finding accounts by whatever a caller can name: number, name, pinyin, phone, address, bar code of the meter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol

from django.db import connection
from django.utils import timezone

from gridhall.apps.accounts.models import CustomerAccount, UsagePoint
from gridhall.apps.accounts.queries.access import AccessDenied
from gridhall.apps.accounts.queries.duties import reads_customers
from gridhall.apps.accounts.queries.finding import make_statement
from gridhall.apps.accounts.rules import masking, pinyin
from gridhall.core.fixed_queries import FixedQuery

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

MAX_RESULTS = 50
LONGEST_TEXT = 80
_METERS = 200


class MeterFinder(Protocol):
    """Gives ids of usage points by a meter's serial number: metering knows them and tells accounts how to ask."""

    def __call__(self, serial_number: str, *, limit: int, is_whole: bool = False) -> Iterable[int]:
        """Give the ids of usage points where a meter hangs now whose number begins so, or is so if `is_whole`."""


_meter_finders: list[MeterFinder] = []


def register_meter_finder(finder: MeterFinder) -> None:
    """Let accounts find usage points by meter; called once, when metering is ready."""
    if finder not in _meter_finders:
        _meter_finders.append(finder)


def find_usage_point_by_meter(serial_number: str) -> UsagePoint | None:
    """Give the usage point where exactly this meter hangs. For actions."""
    if not serial_number:
        return None
    ids = {pk for finder in _meter_finders for pk in finder(serial_number, limit=2, is_whole=True)}
    return UsagePoint.objects.select_related("account").get(pk=ids.pop()) if len(ids) == 1 else None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One account found; personal data masked."""

    account: CustomerAccount
    number: str
    kind: str
    name_masked: str
    phone_masked: str
    address_masked: str
    found_by: tuple[str, ...]  # NUMBER, ALIAS, NAME, PINYIN, PHONE, ADDRESS, NAME_ADDRESS, USAGE_POINT, METER


@cache
def _accounts() -> FixedQuery:
    return FixedQuery(CustomerAccount, tail="FROM accounts_customeraccount WHERE id = ANY(%s)")


def search_accounts(*, text: str, viewer: User | None, at: datetime, limit: int = 20) -> list[SearchResult]:
    """
    Find accounts by what a caller says. The best come first.

    By the beginning of a number, name or phone; by pinyin or its initials (`zhangwei`, `zw`); by a part (three
    characters or more) of a name or address; by a name, or a surname, and a part of the address (`王芳 龙潭路`,
    `王 龙潭路`); by an old number or old-channel id; by the code of a usage point; by the meter's number (from four
    characters on by its beginning).

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    text = clean(text)
    limit = max(1, min(limit, MAX_RESULTS))
    if len(text) < 2:
        return []
    day = timezone.localdate(at)
    points = _find_points_by_meter(text)
    statement, params = make_statement(text, typed=pinyin.as_typed(text), day=day, points=points, limit=limit)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    accounts = {account.pk: account for (account,) in _accounts().ask([[row[0] for row in rows]])} if rows else {}
    return [_as_result(accounts[row[0]], *row[1:]) for row in rows]


def clean(text: str) -> str:
    """
    Give a text as it is searched for: one space between words, half-width, digits together.

    >>> clean("  4228 2600 ０１ "), clean("+86 138-0000-1234"), clean("王芳　龙潭路")
    ('4228260001', '13800001234', '王芳 龙潭路')
    """
    text = " ".join(unicodedata.normalize("NFKC", text.replace("\x00", " ")).split())[:LONGEST_TEXT]
    digits = re.sub(r"[\s()-]", "", text)
    if re.fullmatch(r"\+?[0-9]+", digits):
        return re.sub(r"^(\+86|0086)(?=1[0-9]{10}$)", "", digits).lstrip("+")
    return text


def _find_points_by_meter(text: str) -> list[int]:
    if not re.search(r"[0-9]", text):  # meters' numbers have digits; words need not be looked up among them
        return []
    points = {pk for finder in _meter_finders for pk in finder(text, limit=_METERS, is_whole=len(text) < 4)}
    return sorted(points)


def _as_result(account: CustomerAccount, ways: list[str], phone: str, address: str) -> SearchResult:
    return SearchResult(
        account=account,
        number=account.number,
        kind=account.kind,
        name_masked=masking.mask_name(account.name),
        phone_masked=masking.mask_phone(phone or ""),
        address_masked=masking.mask_address(address or ""),
        found_by=tuple(ways),
    )
