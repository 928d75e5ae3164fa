"""Who users were shown to be, and for whom they may act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from gridhall.apps.accounts.kinds import CheckStateKind, RealNameKind
from gridhall.apps.accounts.models import BusinessCheck, RealName, RealNameCheck
from gridhall.apps.accounts.queries.access import AccessDenied
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.parties import id_keys, read_id_number
from gridhall.apps.accounts.rules import levels, masking, sealing
from gridhall.integrations.identity_checks import get_checker, is_sandbox
from gridhall.integrations.identity_checks.sandbox import COMPANIES, draw_card, draw_face

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class RealNameView:
    """How sure we are who a user is; personal data masked."""

    level: str
    name_masked: str
    id_number_masked: str
    verified_at: datetime | None
    allowed: tuple[str, ...]
    other_users_masked: tuple[str, ...]  # phones of other users who are the same person


@dataclass(frozen=True, slots=True)
class BusinessView:
    """One claim to act for a company."""

    check: BusinessCheck
    name: str
    credit_code: str
    state: str
    reason: str
    is_representative: bool
    ends_on: date | None


def find_real_name(*, user: User) -> RealName | None:
    """Give the person that a user was shown to be. For actions."""
    return RealName.objects.filter(user_id=user.pk).select_related("party").first()


def get_level(*, user: User) -> str:
    """Give a user's real-name level: PHONE once his number is proved, DOCUMENT or COUNTER by what he showed."""
    found = find_real_name(user=user)
    if found is not None:
        return found.level
    return _level_of_phone(user)


def _level_of_phone(user: User) -> str:
    return RealNameKind.PHONE.value if user.phone_verified_at else RealNameKind.NONE.value


def get_real_name(*, viewer: User) -> RealNameView:
    """Show a user how sure we are who he is, and what that lets him do."""
    found = find_real_name(user=viewer)
    level = found.level if found else _level_of_phone(viewer)
    others: list[str] = []
    number = None
    if found is not None:
        number = read_id_number(found.party)
        same = RealName.objects.filter(party_id=found.party_id, user__is_active=True).exclude(user_id=viewer.pk)
        open_ = Q(user__accesses__revoked_at=None, user__accesses__isnull=False)
        others = list(same.filter(open_).order_by("user_id").values_list("user__phone", flat=True).distinct())
    return RealNameView(
        level=level,
        name_masked=masking.mask_name(found.party.name) if found else "",
        id_number_masked=masking.mask_id_number(number) if number else "",
        verified_at=found.verified_at if found else None,
        allowed=levels.list_allowed(level),
        other_users_masked=tuple(masking.mask_phone(phone) for phone in others),
    )


def list_proved_parties(*, user: User, at: datetime) -> set[int]:
    """List the ids of the parties that a user was shown to be or to act for. For actions."""
    found = find_real_name(user=user)
    if found is None:
        return set()
    today = timezone.localdate(at)
    firms = BusinessCheck.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=today), user_id=user.pk, state=CheckStateKind.PASSED
    )
    return {found.party_id, *firms.values_list("party_id", flat=True)}


def list_added(level: str) -> tuple[str, ...]:
    """List what a level allows that the one below does not."""
    return levels.ALLOWED_FROM[RealNameKind(level)]


def are_documents_checked() -> bool:
    """Tell whether documents and faces can be checked here, not at the counter only."""
    return get_checker() is not None


def is_sandbox_checked() -> bool:
    """Tell whether only test cards are checked, as in a demonstration."""
    return is_sandbox()


def find_open_check(*, viewer: User, at: datetime) -> RealNameCheck | None:
    """Give the check by document and face that the viewer has begun."""
    checks = RealNameCheck.objects.filter(user_id=viewer.pk, state=CheckStateKind.OPEN, expires_at__gt=at)
    return checks.first()


def read_open_number(check: RealNameCheck) -> str:
    """Give the ID number that was typed for a check that is not decided yet. For actions."""
    sealed = bytes(check.id_number_encrypted or b"")
    return sealing.unseal(sealed, keys=id_keys(), name=str(check.mrid)).decode()


def draw_sandbox_card(*, viewer: User, side: str, at: datetime) -> bytes | None:
    """
    Give the test card that the sandbox believes for the check the viewer has begun, as JPEG; None where others check.

    :param side: `document` or `face`.
    """
    check = find_open_check(viewer=viewer, at=at) if is_sandbox() else None
    if check is None:
        return None
    number = read_open_number(check)
    if side == "face":
        return draw_face(id_number=number)
    return draw_card(name=check.name, id_number=number) if side == "document" else None


def list_sandbox_companies() -> list[tuple[str, str]]:
    """List name and credit code of the companies that the sandbox's register knows; none where a real one is asked."""
    return [(firm.name, code) for code, firm in COMPANIES.items() if firm.is_active] if is_sandbox() else []


def find_last_check(*, viewer: User) -> RealNameCheck | None:
    """Give the viewer's last check."""
    return RealNameCheck.objects.filter(user_id=viewer.pk).order_by("-started_at", "-id").first()


def list_businesses(*, viewer: User) -> list[BusinessView]:
    """List the companies that the viewer acts for or asked to, the latest first."""
    checks = BusinessCheck.objects.filter(user_id=viewer.pk).order_by("-asked_at", "-id")[:20]
    return [_as_business(check) for check in checks]


def list_waiting_businesses(*, viewer: User | None) -> list[BusinessView]:
    """
    List the claims that wait for staff, the oldest first.

    :raises AccessDenied: if the viewer is no member of staff.
    """
    if not serves_customers(viewer):
        raise AccessDenied
    checks = BusinessCheck.objects.filter(state=CheckStateKind.WAITING).order_by("asked_at", "id")
    return [_as_business(check) for check in checks]


def _as_business(check: BusinessCheck) -> BusinessView:
    return BusinessView(
        check=check,
        name=check.name,
        credit_code=check.credit_code,
        state=check.state,
        reason=check.reason,
        is_representative=check.is_representative,
        ends_on=check.ends_on,
    )
