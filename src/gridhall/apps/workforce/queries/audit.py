"""
The audit trail for who watches over it: every event with who did it, from where, and about whom, masked.

Nobody is unmasked here. A page asks the same few questions however many events there are: the events, the people, the
accounts, the parties, and the sessions in which they acted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from gridhall.apps.accounts.queries import AccessDenied, find_account
from gridhall.apps.accounts.rules import masking
from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import User, UserSession
from gridhall.apps.identity.rules import mask_address, normalize_phone
from gridhall.core import trail
from gridhall.core.history import SUBJECTS, Happening

WATCHERS = (StaffRoleKind.AUDITOR, StaffRoleKind.MANAGER)
UNMASKED = "PersonalDataUnmasked"
_MOST_PEOPLE = 20
_MOST_SESSIONS = 1_000
_SUBJECTS = """
    SELECT 'account', id, number, name, NULL::uuid, NULL::timestamptz FROM accounts_customeraccount WHERE id = ANY(%s)
    UNION ALL SELECT 'party', id, '', name, NULL, NULL FROM accounts_party WHERE id = ANY(%s)
    UNION ALL SELECT 'look', look.party_id, account.number, '', person.mrid, look.shown_at
        FROM workforce_unmasking AS look JOIN accounts_customeraccount AS account ON account.id = look.account_id
        JOIN identity_user AS person ON person.id = look.user_id WHERE look.shown_at = ANY(%s::timestamptz[])
"""
_THINGS = """
    SELECT 'usage_point_code', code FROM accounts_usagepoint WHERE account_id = %s
    UNION SELECT 'meter_serial', meter.serial_number FROM metering_meterinstallation AS hung
        JOIN metering_meter AS meter ON meter.id = hung.meter_id
        JOIN accounts_usagepoint AS point ON point.id = hung.usage_point_id WHERE point.account_id = %s
    UNION SELECT 'party_id', party_id::text FROM accounts_customeragreement WHERE account_id = %s
"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person in the trail: staff by name, customers masked."""

    mrid: UUID
    name: str
    is_staff: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One event.

    :param who: who did it; None for a program, which `actor` names.
    :param device: from where, if only one session of his was open then: browser and system; `address` is masked.
    :param person: the user whom it is about. :param party: the masked name of the party whom it is about.
    :param account_number: the account that it is about, with `account_name` masked.
    """

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime
    actor: str
    who: Somebody | None
    device: str
    address: str
    person: Somebody | None
    party: str
    account_number: str
    account_name: str


@dataclass(frozen=True, slots=True)
class UnmaskingEntry:
    """That somebody looked at fields of somebody in full, and why."""

    at: datetime
    actor: str
    who: Somebody | None
    party: str
    account_number: str
    fields: tuple[str, ...]
    reason_kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AuditSlice:
    """A page of the trail; `older_than` is where the next one goes on, None at the end."""

    entries: list[AuditEntry]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """
    What is looked for.

    :param person: a phone number, the name of a member of staff, or of a program. :param account: a customer number.
    """

    kinds: tuple[str, ...] = ()
    person: str = ""
    account: str = ""
    since: datetime | None = None
    until: datetime | None = None


class NothingMeant(Exception):
    """Nobody, or no account, is called so: `field` says which of them."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _check(viewer: Any) -> None:
    if not identity.has_role(viewer, *WATCHERS):
        raise AccessDenied


def list_audit(
    *, asked: AuditQuestion, viewer: Any, limit: int = 50, before_id: int | None = None
) -> tuple[AuditSlice, list[UnmaskingEntry]]:
    """
    List events, newest first, and the newest unmaskings that the same question meets (only with the first page).

    :raises AccessDenied: to anybody but an auditor or a manager.
    :raises NothingMeant: if the person or the account is not known.
    """
    _check(viewer)
    meant = _understand(asked)
    found = trail.list_trail(meant, limit=limit + 1, before_id=before_id)
    looks: list[Happening] = []
    if before_id is None and (not asked.kinds or UNMASKED in asked.kinds):
        looks = trail.list_trail(_only_unmaskings(meant), limit=40)
    page = found[:limit]
    known = _Known([*page, *looks])
    older = page[-1].id if len(found) > limit else None
    return AuditSlice([known.tell(one) for one in page], older), known.tell_unmaskings(looks)


def is_trail_protected(*, viewer: Any) -> bool:
    """
    Tell whether the database refuses to change or delete events.

    :raises AccessDenied: to anybody but an auditor or a manager.
    """
    _check(viewer)
    return trail.is_protected()


def _only_unmaskings(meant: trail.Asked) -> trail.Asked:
    return trail.Asked(
        (UNMASKED,), meant.actors, meant.user_ids, meant.account_id, meant.subjects, meant.since, meant.until
    )


def _understand(asked: AuditQuestion) -> trail.Asked:
    actors, user_ids = _find_people(asked.person.strip()) if asked.person.strip() else ((), ())
    account, subjects = _find_subjects(asked.account) if asked.account.strip() else (None, {})
    return trail.Asked(
        kinds=asked.kinds, actors=actors, user_ids=user_ids, account_id=account, subjects=subjects,
        since=asked.since, until=asked.until,
    )  # fmt: skip


def _find_people(said: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Find whom a phone number or a name of staff means; anything else is what a program calls itself."""
    said = said.replace("\x00", "")[:150]
    meant = Q(name=said, is_staff=True)
    phone = normalize_phone(said)
    if phone:
        meant |= Q(phone=phone)
    if len(said) == 36:
        with suppress(ValueError):
            meant |= Q(mrid=UUID(said))
    rows = list(User.objects.filter(meant).order_by("pk").values_list("mrid", "pk")[:_MOST_PEOPLE])
    if rows:
        return tuple(str(mrid) for mrid, _pk in rows), tuple(pk for _mrid, pk in rows)
    if phone or any("\u4e00" <= letter <= "\u9fff" for letter in said):
        raise NothingMeant("person")
    return (said,), ()


def _find_subjects(number: str) -> tuple[int, dict[str, list[str]]]:
    account = find_account("".join(number.split())[:40].replace("\x00", ""))
    if account is None:
        raise NothingMeant("account")
    with connection.cursor() as cursor:
        cursor.execute(_THINGS, [account.pk] * 3)
        found = cursor.fetchall()
    return account.pk, {key: [value for kind, value in found if kind == key] for key in SUBJECTS}


class _Known:
    """Everybody and everything that some events name, asked for together."""

    def __init__(self, found: Sequence[Happening]) -> None:
        mrids = {one.actor for one in found if len(one.actor) == 36 and one.actor.count("-") == 4}
        ids = {value for one in found if isinstance(value := one.payload.get("user_id"), int)}
        people = User.objects.filter(Q(mrid__in=mrids) | Q(pk__in=ids)) if mrids or ids else []
        self.people_by_id = {user.pk: _as_somebody(user) for user in people}
        self.people = {str(one.mrid): one for one in self.people_by_id.values()}
        pks = {str(one.mrid): pk for pk, one in self.people_by_id.items()}
        self.accounts: dict[int, tuple[str, str]] = {}
        self.parties: dict[int, str] = {}
        self.looked_at: dict[tuple[str, datetime, int], str] = {}
        self._find_subjects(found)
        self.sessions = _find_sessions(found, {mrid: pks[mrid] for mrid in mrids if mrid in pks})

    def _find_subjects(self, found: Sequence[Happening]) -> None:
        """Ask for accounts and parties, and for the accounts of unmaskings, whose events name only the party."""
        accounts, parties = (
            [value for one in found if isinstance(value := one.payload.get(key), int)]
            for key in ("account_id", "party_id")
        )
        moments = [one.happened_at for one in found if one.kind == UNMASKED]
        if not (accounts or parties or moments):
            return
        with connection.cursor() as cursor:
            cursor.execute(_SUBJECTS, [accounts, parties, moments])
            for what, pk, number, name, mrid, at in cursor.fetchall():
                if what == "account":
                    self.accounts[pk] = number, masking.mask_name(name)
                elif what == "party":
                    self.parties[pk] = masking.mask_name(name)
                else:
                    self.looked_at[str(mrid), at, pk] = number

    def tell(self, one: Happening) -> AuditEntry:
        """Say who did it, from where, and about whom."""
        number, name = self.accounts.get(one.payload.get("account_id") or 0, ("", ""))
        party = self.parties.get(one.payload.get("party_id") or 0, "")
        device, address = _find_place(one, self.sessions.get(one.actor, ()))
        return AuditEntry(
            one.id, one.kind, one.payload, one.happened_at, one.actor, self.people.get(one.actor), device, address,
            self.people_by_id.get(one.payload.get("user_id") or 0), party, number, name,
        )  # fmt: skip

    def tell_unmaskings(self, looks: Sequence[Happening]) -> list[UnmaskingEntry]:
        """Put the fields that were looked at together into one line."""
        together: dict[tuple[Any, ...], list[Happening]] = {}
        for one in looks:
            key = (one.actor, one.happened_at, one.payload.get("party_id"), one.payload.get("reason"))
            together.setdefault(key, []).append(one)
        lines = []
        for (actor, at, party_id, reason), ones in together.items():
            lines.append(
                UnmaskingEntry(
                    at, actor, self.people.get(actor), self.parties.get(party_id, ""),
                    self.looked_at.get((actor, at, party_id), ""),
                    tuple(str(one.payload.get("field", "")) for one in sorted(ones, key=lambda one: one.id)),
                    str(ones[0].payload.get("reason_kind", "")), str(reason or ""),
                )
            )  # fmt: skip
        return lines


def _as_somebody(user: User) -> Somebody:
    shown = user.name or masking.mask_phone(user.phone)
    return Somebody(user.mrid, shown if user.is_staff or not user.name else masking.mask_name(user.name), user.is_staff)


def _find_sessions(found: Sequence[Happening], pks: dict[str, int]) -> dict[str, list[UserSession]]:
    """Find in which sessions these people may have acted, in the time that the events span."""
    if not pks:
        return {}
    first, last = min(one.happened_at for one in found), max(one.happened_at for one in found)
    rows = UserSession.objects.filter(user_id__in=pks.values(), started_at__lte=last)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=first)).order_by("-started_at")[:_MOST_SESSIONS]
    by_user: dict[int, list[UserSession]] = {}
    for row in rows:
        by_user.setdefault(row.user_id, []).append(row)
    return {mrid: by_user.get(pk, []) for mrid, pk in pks.items()}


def _find_place(one: Happening, sessions: Sequence[UserSession]) -> tuple[str, str]:
    """Say from where: of the session that began with it, or of the only one that was open then; else nothing."""
    at = one.happened_at
    began = [row for row in sessions if row.started_at == at]
    was_open = [row for row in sessions if row.started_at <= at and (row.ended_at is None or row.ended_at >= at)]
    chosen = began if len(began) == 1 else was_open
    if len(chosen) != 1:
        return "", ""
    return chosen[0].device, mask_address(chosen[0].started_address)
