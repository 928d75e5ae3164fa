"""What a user could bind, and how often he tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone

from gridhall.apps.accounts.kinds import ContactKind
from gridhall.apps.accounts.models import BindingAttempt, Contact, CustomerAccount, CustomerAgreement, UsagePoint
from gridhall.apps.accounts.queries.access import open_on
from gridhall.apps.accounts.queries.real_names import list_proved_parties
from gridhall.apps.accounts.rules import binding, masking

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class MatchView:
    """An account that seems to be the viewer's own, masked until he has bound it."""

    number: str
    kind: str
    name_masked: str
    address_masked: str


def list_matching_accounts(*, viewer: User | None, at: datetime, name: str = "") -> list[CustomerAccount]:
    """
    List the accounts that are the viewer's own and that he has not bound.

    His own are those whose holder today has his proved phone and his name, or is the person or company that he was
    shown to be or to act for.

    :param name: what he says he is called, beside his name as we know it.
    """
    if viewer is None or not viewer.is_authenticated or not viewer.is_active:
        return []
    parties = list_proved_parties(user=viewer, at=at)
    has_phone = Q()
    if viewer.phone_verified_at is not None:
        phones = Contact.objects.filter(kind=ContactKind.PHONE, value=viewer.phone)
        has_phone = Q(party__in=phones.values("party_id"))
    elif not parties:
        return []
    held = (
        CustomerAgreement.objects.filter(has_phone | Q(party__in=parties) if has_phone else Q(party__in=parties))
        .filter(open_on(timezone.localdate(at)))
        .exclude(account__accesses__in=viewer.accesses.filter(revoked_at=None))
        .select_related("account", "party")
        .order_by("account__number")[:100]
    )
    return [
        row.account
        for row in held
        if row.party_id in parties or any(binding.names_agree(row.party.name, own) for own in (viewer.name, name))
    ]


def list_matches(*, viewer: User | None, at: datetime, name: str = "") -> list[MatchView]:
    """Show the accounts of `list_matching_accounts` to their viewer, masked."""
    return as_matches(list_matching_accounts(viewer=viewer, at=at, name=name))


def as_matches(accounts: list[CustomerAccount]) -> list[MatchView]:
    """Mask accounts for one who has not bound them yet."""
    points = UsagePoint.objects.filter(account__in=accounts).order_by("-id")
    addresses = dict(points.values_list("account_id", "service_location__address")) if accounts else {}
    return [
        MatchView(
            number=account.number,
            kind=account.kind,
            name_masked=masking.mask_name(account.name),
            address_masked=masking.mask_address(addresses.get(account.pk, "")),
        )
        for account in accounts
    ]


def count_wrong_tries(
    *, user: User, number: str, address: str, at: datetime
) -> tuple[binding.WrongTries, binding.WrongTries]:
    """Count wrong tries of a user, at a number and from an address: in the last half hour, and in the last day."""
    ways = {"of_user": Q(user_id=user.pk)}
    if number:
        ways["at_number"] = Q(number=number)
    if address:
        ways["from_address"] = Q(address=address)
    lately = Q(attempted_at__gt=binding.throttled_since(at))
    any_way = Q()
    for way in ways.values():
        any_way |= way
    counted = BindingAttempt.objects.filter(any_way, is_success=False, attempted_at__gt=at - binding.COUNTED_FOR)
    sums = counted.aggregate(
        **{f"lately_{name}": Count("id", filter=way & lately) for name, way in ways.items()},
        **{f"today_{name}": Count("id", filter=way) for name, way in ways.items()},
    )
    return tuple(  # type: ignore[return-value]
        binding.WrongTries(**{name: sums[f"{when}_{name}"] for name in ways}) for when in ("lately", "today")
    )
