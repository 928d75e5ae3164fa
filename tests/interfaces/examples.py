"""Values for the addresses that have some in them: things of the owner's first account."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from gridhall.core.periods import Month
from gridhall.interfaces.portal.month_cards import MonthCard, write_card
from tests.company import CUSTOMERS, STAFF_PHONE

OWN_PAGES: frozenset[str] = frozenset({"portal:group-site"})
"""Addresses whose answer may repeat what was asked for, such as a number that a stranger typed himself."""


def make_address(address: str, bill: Any) -> str:
    """Give the path of an address (`portal:bill-line`) with examples of the owner's."""
    from django.urls import get_resolver

    namespace, _, name = address.partition(":")
    resolver = get_resolver().namespace_dict[namespace][1]
    (candidates, *_rest) = resolver.reverse_dict.getlist(name)
    wanted = candidates[0][0][1]
    values = {"mrid": bill.mrid, "position": 1, "month": Month.of(bill.first_day), "day": bill.first_day}
    if "run" in wanted:
        values["run"] = bill.run.mrid
    if set(wanted) & {"access", "other", "invitation"}:
        values |= _list_accesses(bill)
    if "document_id" in wanted:
        values["document_id"] = _find_tariff()
    if address == "console:staff-detail":
        values["mrid"] = _find_clerk()
    values |= OTHER_VALUES.get(address, {})
    return reverse(address, kwargs={key: values[key] for key in wanted})


_ACCOUNT = {"number": CUSTOMERS[0].number}
_VENDOR = {"provider": "wechat"}
_CARD = {"card": write_card(MonthCard("2026-10", "12345" * 6 + "0", -12, "YEAR", 43, "zh-hans"))}
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "portal:group-site": {"number": CUSTOMERS[0].number},
    "portal:help-article": {"slug": "tiers"},
    "portal:feedback-thanks": {"number": "Y261123ABCDE"},
    "portal:shared-card": _CARD,
    "portal:shared-card-picture": _CARD,
    "portal:vendor-start": _VENDOR,
    "portal:vendor-return": _VENDOR,
    "portal:sandbox-vendor": _VENDOR,
    "portal:link-add": _VENDOR,
    "portal:link-remove": _VENDOR,
    "console:account-detail": _ACCOUNT,
    "console:account-mask": _ACCOUNT,
    "console:account-unmask": _ACCOUNT,
    "console:note-write": _ACCOUNT,
}
"""For addresses whose `mrid` is not that of a bill, and for other converters: address -> converter name -> value."""


def _find_tariff() -> int:
    """The tariff of the owner's second account, in force."""
    from gridhall.apps.tariffs.models import TariffDocument

    return TariffDocument.objects.get(code=CUSTOMERS[1].tariff, status="APPROVED").pk


def _find_clerk() -> Any:
    from gridhall.apps.identity.models import User

    return User.objects.get(phone=STAFF_PHONE).mrid


def _list_accesses(bill: Any) -> dict[str, Any]:
    """The owner's access to the account of a bill, that of his family, and an invitation that nobody has."""
    from gridhall.apps.accounts.models import AccountAccess

    rows = AccountAccess.objects.filter(account_id=bill.account_id, revoked_at=None)
    theirs = rows.filter(role="FAMILY").order_by("id").first()
    own = rows.get(role="OWNER").mrid
    return {"access": own, "other": theirs.mrid if theirs else own, "invitation": NOBODY}


NOBODY = "00000000-0000-4000-8000-000000000000"
