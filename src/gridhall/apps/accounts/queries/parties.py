"""Parties as others may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind, ConsentKind, ContactKind
from gridhall.apps.accounts.models import Consent, CustomerAccount, Party
from gridhall.apps.accounts.queries.access import AccessDenied, is_allowed
from gridhall.apps.accounts.queries.history import find_agreement
from gridhall.apps.accounts.rules import id_numbers, masking

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class PartyView:
    """Who answers for an account, masked, and what he agreed to."""

    party_id: int
    kind: str
    name_masked: str
    phones_masked: tuple[str, ...]
    emails_masked: tuple[str, ...]
    id_number_masked: str
    real_name_level: str
    consents: tuple[str, ...]


@lru_cache(maxsize=2)
def _derive(secret: str) -> id_numbers.IdKeys:
    return id_numbers.derive_keys(secret)


def id_keys() -> id_numbers.IdKeys:
    """Give the keys with which this installation keeps ID numbers. For actions."""
    return _derive(settings.GRIDHALL_ID_KEY)


def read_id_number(party: Party) -> str | None:
    """Decrypt a party's ID number. For actions that check it or show it and tell that they did."""
    if not party.id_number_encrypted:
        return None
    sealed = bytes(party.id_number_encrypted)
    return id_numbers.decrypt_id_number(sealed, keys=id_keys(), party_mrid=party.mrid.bytes)


def get_party(*, account: CustomerAccount, viewer: User | None, at: datetime) -> PartyView | None:
    """
    Show who answers for an account today, masked; None if it is vacant.

    :raises AccessDenied: if the viewer is neither staff nor may manage the account.
    """
    if not is_allowed(account=account, viewer=viewer, at=at, scope=AccessScopeKind.MANAGE):
        raise AccessDenied
    agreement = find_agreement(account=account, day=timezone.localdate(at))
    if agreement is None:
        return None
    party = agreement.party
    contacts = list(party.contacts.order_by("-is_primary", "id"))
    id_number = read_id_number(party)
    return PartyView(
        party_id=party.pk,
        kind=party.kind,
        name_masked=masking.mask_name(party.name),
        phones_masked=tuple(masking.mask_phone(row.value) for row in contacts if row.kind == ContactKind.PHONE),
        emails_masked=tuple(masking.mask_email(row.value) for row in contacts if row.kind == ContactKind.EMAIL),
        id_number_masked=masking.mask_id_number(id_number) if id_number else "",
        real_name_level=party.real_name_level,
        consents=tuple(party.consents.filter(withdrawn_at=None).order_by("kind").values_list("kind", flat=True)),
    )


def find_party(*, code: str) -> Party | None:
    """Give the party of a code. For actions and the command line."""
    return Party.objects.filter(code=code).first()


def has_consent(*, party: Party, kind: ConsentKind | str) -> bool:
    """Tell whether a party agrees to something now. For handlers that are about to do it."""
    return Consent.objects.filter(party_id=party.pk, kind=str(kind), withdrawn_at=None).exists()
