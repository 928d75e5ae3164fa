"""Codes handed out at the counter, for those who can prove themselves by their papers only."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import BindingSlipIssued
from gridhall.apps.accounts.models import BindingSlip, CustomerAccount
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.history import find_agreement
from gridhall.apps.accounts.queries.parties import id_keys
from gridhall.apps.accounts.rules import slips
from gridhall.apps.identity import rules as identity_rules
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToIssueBindingSlip(BusinessError):
    """No code was handed out."""


@transaction.atomic
def issue_binding_slip(
    *, account: CustomerAccount, phone: str, is_holder: bool, by: User, at: datetime, actor: str
) -> tuple[BindingSlip, str]:
    """
    Hand out a code with which the owner of a phone binds an account within three days; gives it once, to be printed.

    A code for the same account and phone that was not used yet no longer works. Whoever finds the paper cannot use it:
    it works only for one who signed in with that phone.

    :param is_holder: his papers show that he is the account holder.
    :raises UnableToIssueBindingSlip: if `by` is no member of staff, the phone number none, or nobody answers for the
        account today.
    """
    if not serves_customers(by):
        raise UnableToIssueBindingSlip("Only a member of staff hands out codes.", code="not-staff")
    number = identity_rules.normalize_phone(phone)
    if number is None:
        raise UnableToIssueBindingSlip("This is no phone number; write it as 13812345678.", code="no-phone-number")
    account = lock_account(account)
    if find_agreement(account=account, day=timezone.localdate(at)) is None:
        raise UnableToIssueBindingSlip("Nobody answers for this account today.", code="vacant")
    BindingSlip.objects.filter(account=account, phone=number, used_at=None, withdrawn_at=None).update(withdrawn_at=at)
    code = "".join(secrets.choice(slips.LETTERS) for _place in range(slips.LENGTH))
    slip = BindingSlip.objects.create(
        account=account,
        code_digest=slips.digest_slip_code(code, keys=id_keys()),
        phone=number,
        is_holder=is_holder,
        issued_by=by if by.pk else None,
        issued_at=at,
        expires_at=at + slips.VALID_FOR,
    )
    events.publish(BindingSlipIssued(slip.pk, account.pk, is_holder), actor=actor, at=at)
    return slip, f"{code[:4]}-{code[4:]}"


def find_slip(text: str) -> BindingSlip | None:
    """Find the slip of a code, used or not, and hold it until the transaction ends. For the action that binds."""
    code = slips.normalize_slip_code(text)
    if code is None:
        return None
    digest = slips.digest_slip_code(code, keys=id_keys())
    found = BindingSlip.objects.select_for_update(of=("self",)).select_related("account")
    return found.filter(code_digest=digest).first()


def may_use_slip(slip: BindingSlip, *, user: User, at: datetime) -> bool:
    """Tell whether a user may bind with a slip now. A slip used before still shows its own user that he has it."""
    is_his = user.phone_verified_at is not None and user.phone == slip.phone
    return is_his and slip.withdrawn_at is None and slip.issued_at <= at < slip.expires_at and slip.used_at is None
