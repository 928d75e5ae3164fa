"""Who held an account when, on which terms, as staff see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.models import AgreementTerms, CustomerAccount
from gridhall.apps.accounts.rules import masking


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """Terms of an agreement from one day until another, with who held it, masked."""

    holder_masked: str
    starts_on: date
    ends_on: date | None
    terms: AgreementTerms | None
    is_current: bool


def list_held_terms(*, account: CustomerAccount, viewer: Any, at: datetime) -> list[HeldTerms]:
    """
    List the terms of every agreement, the latest first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not accounts.reads_customers(viewer):
        raise accounts.AccessDenied
    day = timezone.localdate(at)
    found = []
    for agreement in accounts.list_agreements(account=account, viewer=viewer, at=at):
        name = masking.mask_name(agreement.party.name)
        for terms in sorted(agreement.terms.all(), key=lambda one: one.starts_on):
            is_current = terms.starts_on <= day and (terms.ends_on is None or terms.ends_on > day)
            found.append(HeldTerms(name, terms.starts_on, terms.ends_on, terms, is_current))
        if not agreement.terms.all():
            found.append(HeldTerms(name, agreement.starts_on, agreement.ends_on, None, False))
    return found[::-1]
