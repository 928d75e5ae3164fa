"""Binding a customer number to a user, once he has proved that he may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.access import retire_ended
from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.actions.parties import holder_facts
from gridhall.apps.accounts.actions.slips import find_slip, may_use_slip
from gridhall.apps.accounts.events import AccountBound, BindingRefused
from gridhall.apps.accounts.kinds import AccessRoleKind, BindingMethodKind
from gridhall.apps.accounts.models import AccountAccess, BindingAttempt, BindingSlip, CustomerAccount, Party
from gridhall.apps.accounts.queries.access import find_account
from gridhall.apps.accounts.queries.binding import count_wrong_tries, list_matching_accounts
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.history import find_agreement
from gridhall.apps.accounts.queries.real_names import list_proved_parties
from gridhall.apps.accounts.queries.search import find_usage_point_by_meter
from gridhall.apps.accounts.rules import binding
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


_SEEN_BY_STAFF = (BindingMethodKind.COUNTER, BindingMethodKind.COUNTER_SLIP)


class UnableToBindAccount(BusinessError):
    """The number was not bound. `code` is `wrong`, `throttled`, `already-bound`, `not-staff` or `owner-exists`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a user shows to bind a number.

    :param number: customer number, or an old one (AUTO_MATCH, NUMBER_CHECK, COUNTER).
    :param meter_serial: what the bar code says (METER_BARCODE).
    :param slip_code: what staff handed out (COUNTER_SLIP).
    :param name: name of the account holder (NUMBER_CHECK, METER_BARCODE), or the user's own (AUTO_MATCH).
    :param phone_tail, id_tail: last four or more of his phone or ID number.
    :param is_holder: at the counter: his papers show that he is the holder.
    """

    method: BindingMethodKind
    number: str = ""
    meter_serial: str = ""
    slip_code: str = ""
    name: str = ""
    phone_tail: str = ""
    id_tail: str = ""
    is_holder: bool = False


def bind_account(
    *,
    user: User,
    claim: Claim,
    at: datetime,
    actor: str,
    by: User | None = None,
    tag: str = "",
    address: str = "",
) -> AccountAccess:
    """
    Bind a customer number to a user who proves that he may see it.

    A wrong try stays counted though it is refused, so this must not run inside a transaction that a refusal rolls back.
    What was wrong (the number, the name, the tail) is not told.

    :param by: the member of staff at the counter (COUNTER).
    :param address: of the network from which it is tried; wrong tries from one address are counted together.
    :raises UnableToBindAccount: if it is not proved, after too many wrong tries, or if he has it already.
    """
    outcome = _try(user=user, claim=claim, at=at, actor=actor, by=by, tag=tag, address=address)
    if isinstance(outcome, UnableToBindAccount):
        raise outcome
    return outcome


@transaction.atomic
def _try(
    *, user: User, claim: Claim, at: datetime, actor: str, by: User | None, tag: str, address: str
) -> AccountAccess | UnableToBindAccount:
    # Ask. The user's row is held first: one user's tries come one after the other.
    user = type(user).objects.select_for_update().get(pk=user.pk)
    is_at_counter = claim.method == BindingMethodKind.COUNTER
    if is_at_counter and not serves_customers(by):
        return UnableToBindAccount("Only a member of staff binds at the counter.", code="not-staff")
    slip = find_slip(claim.slip_code) if claim.method == BindingMethodKind.COUNTER_SLIP else None
    account = slip.account if slip else _find_account(claim)
    if account is not None:
        account = lock_account(account)
    key = (account.number if account else claim.number or claim.meter_serial)[:32].replace("\x00", "")
    if not is_at_counter and binding.is_throttled(*count_wrong_tries(user=user, number=key, address=address, at=at)):
        return UnableToBindAccount("Too many wrong tries. Try again in half an hour, or come to us.", code="throttled")

    # Decide
    party = _find_holder(account, at)
    is_proved = party is not None and user.is_active and _is_proved(user, claim, party, slip, at)
    if account is None or party is None or not is_proved:
        _note(user, key, claim, address, is_success=False, at=at)
        events.publish(BindingRefused(user.pk, key, claim.method.value), actor=actor, at=at)
        return UnableToBindAccount("What you entered does not agree with our records.", code="wrong")
    is_holder = _is_holder(user, claim, party, slip, at)
    outcome = _bind(user, claim.method, account, is_holder=is_holder, tag=tag, at=at, actor=actor)
    if isinstance(outcome, AccountAccess):
        _note(user, key, claim, address, is_success=True, at=at)
        if slip is not None:
            BindingSlip.objects.filter(pk=slip.pk).update(used_at=at)
    return outcome


def _bind(
    user: User,
    method: BindingMethodKind,
    account: CustomerAccount,
    *,
    is_holder: bool,
    tag: str,
    at: datetime,
    actor: str,
) -> AccountAccess | UnableToBindAccount:
    retire_ended(account, at=at)
    opened = AccountAccess.objects.filter(account=account, revoked_at=None)
    has_other_owner = opened.filter(role=AccessRoleKind.OWNER).exclude(user=user).exists()
    if is_holder and has_other_owner and method in _SEEN_BY_STAFF:
        return UnableToBindAccount("Another user is its owner; end his access first.", code="owner-exists")
    role, scopes = binding.access_for(method, is_holder=is_holder, has_other_owner=has_other_owner)
    held = opened.filter(user=user).first()
    if held is not None and not (role == AccessRoleKind.OWNER and held.role != AccessRoleKind.OWNER):
        return UnableToBindAccount("You have this account already.", code="already-bound")

    # Write
    if held is not None:  # one who was let in turns out to be the holder
        AccountAccess.objects.filter(pk=held.pk).update(revoked_at=at, revoked_by=user, is_main=False)
    access = AccountAccess.objects.create(
        account=account,
        user=user,
        role=role.value,
        scopes=list(scopes),
        method=method.value,
        tag=tag.strip()[:40] or (held.tag if held else ""),
        is_main=not AccountAccess.objects.filter(user=user, revoked_at=None, is_main=True).exists(),
        starts_on=timezone.localdate(at),
        made_at=at,
    )

    # Tell
    told = AccountBound(access.pk, account.pk, user.pk, role.value, method.value)
    events.publish(told, actor=actor, at=at)
    return access


def find_own_accounts(*, user: User, name: str, at: datetime, actor: str, address: str = "") -> list[CustomerAccount]:
    """
    Find the accounts whose holder has the user's proved phone and the name that he gives as his own.

    A name that finds nothing is counted as a wrong try: a number given to another person does not tell by whom it was
    held before. Not to be called inside a transaction that a refusal rolls back.

    :raises UnableToBindAccount: after too many wrong tries.
    """
    with transaction.atomic():
        user = type(user).objects.select_for_update().get(pk=user.pk)
        if binding.is_throttled(*count_wrong_tries(user=user, number="", address=address, at=at)):
            found = None
        else:
            found = list_matching_accounts(viewer=user, name=name, at=at)
            if not found and name.strip():
                claim = Claim(BindingMethodKind.AUTO_MATCH, name=name)
                _note(user, "", claim, address, is_success=False, at=at)
                events.publish(BindingRefused(user.pk, "", claim.method.value), actor=actor, at=at)
    if found is None:
        raise UnableToBindAccount("Too many wrong tries. Try again in half an hour, or come to us.", code="throttled")
    return found


def bind_matching_accounts(
    *,
    user: User,
    at: datetime,
    actor: str,
    name: str = "",
    numbers: Collection[str] | None = None,
    address: str = "",
) -> list[AccountAccess]:
    """
    Bind accounts whose holder has the user's proved phone and his name; those taken since are left out.

    :param name: what the user says he is called; without it his name as we know it.
    :param numbers: which of them; without it all.
    """
    bound = []
    for account in list_matching_accounts(viewer=user, name=name, at=at):
        if numbers is None or account.number in numbers:
            claim = Claim(BindingMethodKind.AUTO_MATCH, number=account.number, name=name)
            outcome = _try(user=user, claim=claim, at=at, actor=actor, by=None, tag="", address=address)
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


def _is_holder(user: User, claim: Claim, party: Party, slip: BindingSlip | None, at: datetime) -> bool:
    if claim.method == BindingMethodKind.COUNTER:
        return claim.is_holder
    if slip is not None:
        return slip.is_holder
    if party.pk in list_proved_parties(user=user, at=at):
        return True
    name, phones, _ = holder_facts(party)
    # Who looks for his own accounts says his name; who knows an account's holder says the holder's.
    own_names = [user.name, claim.name] if claim.method == BindingMethodKind.AUTO_MATCH else [user.name]
    has_phone = user.phone_verified_at is not None and user.phone in phones
    return has_phone and any(binding.names_agree(own, name) for own in own_names)


def _is_proved(user: User, claim: Claim, party: Party, slip: BindingSlip | None, at: datetime) -> bool:
    name, phones, id_number = holder_facts(party)
    tail = binding.tail_agrees(claim.phone_tail, of=phones) or binding.tail_agrees(
        claim.id_tail, of=[id_number] if id_number else []
    )
    if claim.method == BindingMethodKind.COUNTER:
        return True
    if claim.method == BindingMethodKind.COUNTER_SLIP:
        return slip is not None and may_use_slip(slip, user=user, at=at)
    if claim.method == BindingMethodKind.AUTO_MATCH:
        return _is_holder(user, claim, party, slip, at)
    if claim.method == BindingMethodKind.NUMBER_CHECK:
        return tail and binding.names_agree(claim.name, name)
    # A bar code can be read by whoever stands before the meter: it says which account, not who asks.
    return claim.method == BindingMethodKind.METER_BARCODE and (tail or binding.names_agree(claim.name, name))


def _note(user: User, key: str, claim: Claim, address: str, *, is_success: bool, at: datetime) -> None:
    BindingAttempt.objects.create(
        user=user,
        number=key,
        method=claim.method.value,
        address=address[:45],
        is_success=is_success,
        attempted_at=at,
    )
