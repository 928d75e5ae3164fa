"""Finding accounts by whatever a caller can name: number, name, phone, address, bar code of the meter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q
from django.utils import timezone

from gridhall.apps.accounts.kinds import ContactKind
from gridhall.apps.accounts.models import (
    AccountAlias,
    Contact,
    CustomerAccount,
    CustomerAgreement,
    Party,
    ServiceLocation,
    UsagePoint,
)
from gridhall.apps.accounts.queries.access import AccessDenied, open_on
from gridhall.apps.accounts.queries.duties import reads_customers
from gridhall.apps.accounts.rules import masking

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

MAX_RESULTS = 50
_PER_WAY = 200  # how many each way of finding may bring before they are put together


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
    found_by: tuple[str, ...]  # NUMBER, ALIAS, NAME, PHONE, ADDRESS, USAGE_POINT, METER


def search_accounts(*, text: str, viewer: User | None, at: datetime, limit: int = 20) -> list[SearchResult]:
    """
    Find accounts by the beginning of a number, name or phone, by a part (three characters or more) of a name or
    address, by an old number or old-channel id, by the code of a usage point, or by the meter's number (from four
    characters on by its beginning). The best come first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    text = " ".join(text.replace("\x00", "").split())[:80]
    limit = max(1, min(limit, MAX_RESULTS))
    if len(text) < 2:
        return []
    found: dict[int, list[str]] = {}
    for way, ids in _ways(text, day=timezone.localdate(at)):
        for pk in ids:
            found.setdefault(pk, []).append(way)
    rows = CustomerAccount.objects.filter(pk__in=found)
    ranked = sorted(rows, key=lambda row: (row.number != text, row.name != text, -len(found[row.pk]), row.number))
    return _as_results(ranked[:limit], found, day=timezone.localdate(at))


def _ways(text: str, *, day: date) -> Iterable[tuple[str, Iterable[int]]]:
    is_digits = text.isascii() and text.isdigit()
    if is_digits:
        yield "NUMBER", _first(CustomerAccount.objects.filter(number__startswith=text), "pk")
    yield "ALIAS", _first(AccountAlias.objects.filter(value=text), "account_id")
    yield "USAGE_POINT", _first(UsagePoint.objects.filter(code=text), "account_id")
    yield "METER", _by_meter(text)
    if is_digits and len(text) >= 3:
        owners = _first(Contact.objects.filter(kind=ContactKind.PHONE, value__startswith=text), "party_id")
        yield "PHONE", _held_by(owners, day)
    if not is_digits:
        names = Q(name__startswith=text) if len(text) < 3 else Q(name__contains=text)
        yield "NAME", _first(CustomerAccount.objects.filter(names), "pk")
        yield "NAME", _held_by(_first(Party.objects.filter(names), "pk"), day)
    if not is_digits and len(text) >= 3:
        places = _first(ServiceLocation.objects.filter(address__contains=text), "pk")
        yield "ADDRESS", _first(UsagePoint.objects.filter(service_location__in=places), "account_id")


def _first(rows: object, field: str) -> list[int]:
    return list(rows.values_list(field, flat=True)[:_PER_WAY])  # type: ignore[attr-defined]


def _held_by(party_ids: list[int], day: date) -> list[int]:
    if not party_ids:
        return []
    return _first(CustomerAgreement.objects.filter(open_on(day), party__in=party_ids), "account_id")


def _by_meter(text: str) -> list[int]:
    points = {pk for finder in _meter_finders for pk in finder(text, limit=_PER_WAY, is_whole=len(text) < 4)}
    return _first(UsagePoint.objects.filter(pk__in=points), "account_id") if points else []


def _as_results(accounts: list[CustomerAccount], found: dict[int, list[str]], *, day: date) -> list[SearchResult]:
    ids = [account.pk for account in accounts]
    held = dict(CustomerAgreement.objects.filter(open_on(day), account__in=ids).values_list("account_id", "party_id"))
    contacts = Contact.objects.filter(party__in=held.values(), kind=ContactKind.PHONE)
    # The primary one comes last, and so is the one that stays.
    phones = dict(contacts.order_by("is_primary", "-id").values_list("party_id", "value"))
    points = UsagePoint.objects.filter(account__in=ids).order_by("-id")
    addresses = dict(points.values_list("account_id", "service_location__address"))
    return [
        SearchResult(
            account=account,
            number=account.number,
            kind=account.kind,
            name_masked=masking.mask_name(account.name),
            phone_masked=masking.mask_phone(phones.get(held.get(account.pk, 0), "")),
            address_masked=masking.mask_address(addresses.get(account.pk, "")),
            found_by=tuple(dict.fromkeys(found[account.pk])),
        )
        for account in accounts
    ]
