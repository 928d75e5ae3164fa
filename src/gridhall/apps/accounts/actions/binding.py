"""Binding a customer number to a user, once he has proved that he may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.access import retire_ended
from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.actions.parties import holder_facts
from gridhall.apps.accounts.events import AccountBound, BindingRefused
from gridhall.apps.accounts.kinds import AccessRoleKind, BindingMethodKind
from gridhall.apps.accounts.models import AccountAccess, BindingAttempt, CustomerAccount, Party
from gridhall.apps.accounts.queries.access import find_account
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.history import find_agreement
from gridhall.apps.accounts.queries.parties import list_matching_accounts
from gridhall.apps.accounts.queries.search import find_usage_point_by_meter
from gridhall.apps.accounts.rules import binding
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToBindAccount(BusinessError):
    """The number was not bound. `code` is `wrong`, `throttled`, `already-bound`, `not-staff` or `owner-exists`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a user shows to bind a number.

    :param number: customer number, or an old one (AUTO_MATCH, NUMBER_CHECK, COUNTER).
    :param meter_serial: what the bar code says (METER_BARCODE).
    :param name: name of the account holder; :param phone_tail, id_tail: last four or more of his phone or ID number.
    :param is_holder: at the counter: his papers show that he is the holder.
    """

    method: BindingMethodKind
    number: str = ""
    meter_serial: str = ""
    name: str = ""
    phone_tail: str = ""
    id_tail: str = ""
    is_holder: bool = False


def bind_account(
    *, user: User, claim: Claim, at: datetime, actor: str, by: User | None = None, tag: str = ""
) -> AccountAccess:
    """
    Bind a customer number to a user who proves that he may see it.

    A wrong try stays counted though it is refused, so this must not run inside a transaction that a refusal rolls back.
    What was wrong (the number, the name, the tail) is not told.

    :param by: the member of staff at the counter (COUNTER).
    :raises UnableToBindAccount: if it is not proved, after too many wrong tries, or if he has it already.
    """
    outcome = _try(user=user, claim=claim, at=at, actor=actor, by=by, tag=tag)
    if isinstance(outcome, UnableToBindAccount):
        raise outcome
    return outcome


@transaction.atomic
def _try(
    *, user: User, claim: Claim, at: datetime, actor: str, by: User | None, tag: str
) -> AccountAccess | UnableToBindAccount:
    # Ask. The user's row is held first: one user's tries come one after the other.
    user = type(user).objects.select_for_update().get(pk=user.pk)
    is_at_counter = claim.method == BindingMethodKind.COUNTER
    if is_at_counter and not serves_customers(by):
        return UnableToBindAccount("Only a member of staff binds at the counter.", code="not-staff")
    account = _find_account(claim)
    if account is not None:
        account = lock_account(account)
    key = (account.number if account else claim.number or claim.meter_serial)[:32].replace("\x00", "")
    if not is_at_counter and _is_throttled(user, key, at):
        return UnableToBindAccount("Too many wrong tries. Try again in half an hour, or come to us.", code="throttled")

    # Decide
    party = _find_holder(account, at)
    if account is None or party is None or not user.is_active or not _is_proved(user, claim, party):
        _note(user, key, claim, is_success=False, at=at)
        events.publish(BindingRefused(user.pk, key, claim.method.value), actor=actor, at=at)
        return UnableToBindAccount("What you entered does not agree with our records.", code="wrong")
    return _bind(user, claim, account, party, key=key, tag=tag, at=at, actor=actor)


def _bind(
    user: User,
    claim: Claim,
    account: CustomerAccount,
    party: Party,
    *,
    key: str,
    tag: str,
    at: datetime,
    actor: str,
) -> AccountAccess | UnableToBindAccount:
    retire_ended(account, at=at)
    opened = AccountAccess.objects.filter(account=account, revoked_at=None)
    has_other_owner = opened.filter(role=AccessRoleKind.OWNER).exclude(user=user).exists()
    is_holder = _is_holder(user, claim, party)
    if is_holder and has_other_owner and claim.method == BindingMethodKind.COUNTER:
        return UnableToBindAccount("Another user is its owner; end his access first.", code="owner-exists")
    role, scopes = binding.access_for(claim.method, is_holder=is_holder, has_other_owner=has_other_owner)
    held = opened.filter(user=user).first()
    if held is not None and not (role == AccessRoleKind.OWNER and held.role != AccessRoleKind.OWNER):
        return UnableToBindAccount("You have this account already.", code="already-bound")

    # Write
    today = timezone.localdate(at)
    if held is not None:  # one who was let in turns out to be the holder
        AccountAccess.objects.filter(pk=held.pk).update(revoked_at=at, is_main=False)
    access = AccountAccess.objects.create(
        account=account,
        user=user,
        role=role.value,
        scopes=list(scopes),
        method=claim.method.value,
        tag=tag.strip()[:40] or (held.tag if held else ""),
        is_main=not AccountAccess.objects.filter(user=user, revoked_at=None, is_main=True).exists(),
        starts_on=today,
    )
    _note(user, key, claim, is_success=True, at=at)

    # Tell
    told = AccountBound(access.pk, account.pk, user.pk, role.value, claim.method.value)
    events.publish(told, actor=actor, at=at)
    return access


def bind_matching_accounts(*, user: User, at: datetime, actor: str) -> list[AccountAccess]:
    """Bind every account whose holder has the user's proved phone and his name; those taken since are left out."""
    bound = []
    for account in list_matching_accounts(viewer=user, at=at):
        claim = Claim(BindingMethodKind.AUTO_MATCH, number=account.number)
        outcome = _try(user=user, claim=claim, at=at, actor=actor, by=None, tag="")
        if isinstance(outcome, AccountAccess):
            bound.append(outcome)
    return bound


def _find_account(claim: Claim) -> CustomerAccount | None:
    if claim.method == BindingMethodKind.METER_BARCODE:
        point = find_usage_point_by_meter(claim.meter_serial.strip().replace("\x00", ""))
        return point.account if point else None
    return find_account(claim.number.strip().replace("\x00", ""))


def _find_holder(account: CustomerAccount | None, at: datetime) -> Party | None:
    agreement = find_agreement(account=account, day=timezone.localdate(at)) if account else None
    return agreement.party if agreement else None


def _is_throttled(user: User, key: str, at: datetime) -> bool:
    wrong = BindingAttempt.objects.filter(is_success=False, attempted_at__gt=binding.throttled_since(at))
    return binding.is_throttled(
        wrong_tries=wrong.filter(user=user).count(), wrong_tries_at_number=wrong.filter(number=key).count()
    )


def _is_holder(user: User, claim: Claim, party: Party) -> bool:
    if claim.method == BindingMethodKind.COUNTER:
        return claim.is_holder
    name, phones, _ = holder_facts(party)
    return user.phone_verified_at is not None and user.phone in phones and binding.names_agree(user.name, name)


def _is_proved(user: User, claim: Claim, party: Party) -> bool:
    name, phones, id_number = holder_facts(party)
    tail = binding.tail_agrees(claim.phone_tail, of=phones) or binding.tail_agrees(
        claim.id_tail, of=[id_number] if id_number else []
    )
    if claim.method == BindingMethodKind.COUNTER:
        return True
    if claim.method == BindingMethodKind.AUTO_MATCH:
        return _is_holder(user, claim, party)
    if claim.method == BindingMethodKind.NUMBER_CHECK:
        return tail and binding.names_agree(claim.name, name)
    # A bar code can be read by whoever stands before the meter: it says which account, not who asks.
    return claim.method == BindingMethodKind.METER_BARCODE and (tail or binding.names_agree(claim.name, name))


def _note(user: User, key: str, claim: Claim, *, is_success: bool, at: datetime) -> None:
    BindingAttempt.objects.create(
        user=user, number=key, method=claim.method.value, is_success=is_success, attempted_at=at
    )
