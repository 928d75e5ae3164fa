"""What parties agreed to, as the users who answer for them see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessRoleKind, ConsentKind
from gridhall.apps.accounts.models import AccountAccess, Consent, CustomerAgreement, Party, RealName
from gridhall.apps.accounts.queries.access import AccessDenied, open_on
from gridhall.apps.accounts.rules import masking

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One thing that a party may agree to, and how that stands."""

    kind: str
    is_given: bool
    given_at: datetime | None  # the last time
    withdrawn_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class PartyConsents:
    """Everything that one party may agree to."""

    party: Party
    code: str
    name_masked: str
    kind: str
    consents: tuple[ConsentView, ...]


def list_own_parties(*, viewer: User, at: datetime) -> list[Party]:
    """List the parties that the viewer answers for: himself, and the holders of the accounts that he owns."""
    today = timezone.localdate(at)
    owned = AccountAccess.objects.filter(
        open_on(today), user_id=viewer.pk, role=AccessRoleKind.OWNER, revoked_at=None
    ).values("account_id")
    held = CustomerAgreement.objects.filter(open_on(today), account__in=owned).values("party_id")
    own = RealName.objects.filter(user_id=viewer.pk).values("party_id")
    found = Party.objects.filter(pk__in=held) | Party.objects.filter(pk__in=own)
    return list(found.order_by("kind", "id").reverse())


def list_consents(*, viewer: User, at: datetime) -> list[PartyConsents]:
    """List, for each party that the viewer answers for, what it agreed to and what it may agree to."""
    parties = list_own_parties(viewer=viewer, at=at)
    last: dict[tuple[int, str], Consent] = {}
    for row in Consent.objects.filter(party__in=parties).order_by("given_at", "id"):
        last[row.party_id, row.kind] = row
    return [
        PartyConsents(
            party=party,
            code=str(party.mrid),
            name_masked=masking.mask_name(party.name),
            kind=party.kind,
            consents=tuple(_as_view(kind, last.get((party.pk, kind))) for kind in ConsentKind.values),
        )
        for party in parties
    ]


def find_own_party(*, mrid: str, viewer: User, at: datetime) -> Party:
    """
    Give a party that the viewer answers for. For actions.

    :raises AccessDenied: if he does not.
    """
    for party in list_own_parties(viewer=viewer, at=at):
        if str(party.mrid) == mrid:
            return party
    raise AccessDenied


def _as_view(kind: str, row: Consent | None) -> ConsentView:
    return ConsentView(
        kind=kind,
        is_given=row is not None and row.withdrawn_at is None,
        given_at=row.given_at if row else None,
        withdrawn_at=row.withdrawn_at if row else None,
        source=row.source if row else "",
    )
