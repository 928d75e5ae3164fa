"""Who answers for an account, and on which terms: history is only ever added to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import AccountTransferred, AgreementEnded, AgreementStarted, TermsChanged
from gridhall.apps.accounts.kinds import SocialKind
from gridhall.apps.accounts.models import AccountAccess, AgreementTerms, CustomerAccount, CustomerAgreement, Party
from gridhall.apps.accounts.queries.history import find_agreement, find_terms
from gridhall.apps.accounts.rules.terms import Terms, find_fault
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToStartAgreement(BusinessError):
    """Nobody new answers for the account; nothing changed."""


class UnableToEndAgreement(BusinessError):
    """The agreement goes on as before; nothing changed."""


class UnableToTransferAccount(BusinessError):
    """The account stays with whom it was; nothing changed."""


class UnableToChangeTerms(BusinessError):
    """The terms stay as they were; nothing changed."""


@transaction.atomic
def start_agreement(
    *, account: CustomerAccount, party: Party, starts_on: date, terms: Terms, at: datetime, actor: str
) -> CustomerAgreement:
    """
    Let a party answer for a vacant account from a day on.

    :raises UnableToStartAgreement: if someone answers for it then or later, it is not open, or the terms make no sense.
    """
    account = lock_account(account)
    _check_start(account, starts_on, terms, at, UnableToStartAgreement)
    agreement = _start(account, party, starts_on, terms, UnableToStartAgreement)
    told = AgreementStarted(agreement.pk, account.pk, party.pk, starts_on)
    events.publish(told, actor=actor, at=at)
    return agreement


def _check_start(
    account: CustomerAccount, starts_on: date, terms: Terms, at: datetime, refusal: type[BusinessError]
) -> None:
    if starts_on < account.opened_on:
        raise refusal(f"The account was opened on {account.opened_on}, not before.", code="before-opening")
    if account.closed_on is not None:
        raise refusal(f"The account was closed on {account.closed_on}.", code="closed")
    if starts_on > timezone.localdate(at):
        raise refusal("Who takes an account over is noted on the day or later, not ahead.", code="future-day")
    fault = find_fault(terms)
    if fault:
        raise refusal(fault[1], code="terms-make-no-sense")


def _start(
    account: CustomerAccount, party: Party, starts_on: date, terms: Terms, refusal: type[BusinessError]
) -> CustomerAgreement:
    try:
        with transaction.atomic():
            agreement = CustomerAgreement.objects.create(account=account, party=party, starts_on=starts_on)
    except IntegrityError:
        raise refusal("Someone answers for the account on that day or later.", code="overlaps") from None
    AgreementTerms.objects.create(agreement=agreement, starts_on=starts_on, **asdict(terms))
    account.name = party.name
    account.save(update_fields=["name"])
    return agreement


@transaction.atomic
def end_agreement(*, agreement: CustomerAgreement, ends_on: date, at: datetime, actor: str) -> CustomerAgreement:
    """
    End an agreement: its last day is the one before `ends_on`. Every access to the account ends with it.

    :raises UnableToEndAgreement: if it has ended, would have no day, or terms took effect on or after that day.
    """
    account = lock_account(agreement.account)
    agreement, withdrawn, access_ids = _end(agreement, account, ends_on, at, UnableToEndAgreement)
    told = AgreementEnded(agreement.pk, account.pk, agreement.party_id, ends_on, withdrawn, access_ids)
    events.publish(told, actor=actor, at=at)
    return agreement


def _end(
    agreement: CustomerAgreement, account: CustomerAccount, ends_on: date, at: datetime, refusal: type[BusinessError]
) -> tuple[CustomerAgreement, list[dict], list[int]]:
    agreement = CustomerAgreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.ends_on is not None:
        raise refusal(f"It has ended on {agreement.ends_on} already.", code="already-ended")
    if ends_on <= agreement.starts_on:
        raise refusal(f"It began on {agreement.starts_on} and must last a day at least.", code="no-day")
    later = list(agreement.terms.filter(starts_on__gte=ends_on).order_by("starts_on"))
    if any(terms.starts_on <= timezone.localdate(at) for terms in later):
        raise refusal("Its terms changed on that day or later; end it after that.", code="terms-later")
    withdrawn = [
        {"starts_on": terms.starts_on.isoformat(), **{k: _plain(v) for k, v in asdict(terms_of(terms)).items()}}
        for terms in later
    ]
    AgreementTerms.objects.filter(pk__in=[terms.pk for terms in later]).delete()
    agreement.terms.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on)).update(ends_on=ends_on)
    agreement.ends_on = ends_on
    agreement.save(update_fields=["ends_on"])
    return agreement, withdrawn, _end_accesses(account, ends_on, at)


def _end_accesses(account: CustomerAccount, ends_on: date, at: datetime) -> list[int]:
    """End whatever the holder and those whom he let in could see: the next holder is a stranger to them."""
    rows = AccountAccess.objects.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on), account=account, revoked_at=None)
    ids = sorted(rows.values_list("pk", flat=True))
    ended = AccountAccess.objects.filter(pk__in=ids)
    if ends_on <= timezone.localdate(at):
        ended.update(revoked_at=at, is_main=False)
    else:
        ended.update(ends_on=ends_on)
    return ids


@transaction.atomic
def transfer_account(
    *, account: CustomerAccount, party: Party, on_day: date, at: datetime, actor: str, terms: Terms | None = None
) -> CustomerAgreement:
    """
    Pass an account to another party: the old agreement ends on the day, the new one starts.

    :param terms: what the new agreement is priced by; without, as the old one was, for an unknown household.
    :raises UnableToTransferAccount: if nobody else answered for it until then, or the day does not fit.
    """
    account = lock_account(account)
    old = find_agreement(account=account, day=on_day)
    if old is None:
        raise UnableToTransferAccount("Nobody answers for it on that day; start an agreement instead.", code="vacant")
    if old.party_id == party.pk:
        raise UnableToTransferAccount("It is this party that answers for it already.", code="same-party")
    if terms is None:
        held = find_terms(agreement=old, day=on_day)
        if held is None:
            raise UnableToTransferAccount("There are no terms to go on with; give new ones.", code="no-terms")
        terms = terms_of(held, household_size=0, social=SocialKind.NONE.value)
    _check_start(account, on_day, terms, at, UnableToTransferAccount)
    old, withdrawn, access_ids = _end(old, account, on_day, at, UnableToTransferAccount)
    new = _start(account, party, on_day, terms, UnableToTransferAccount)
    events.publish(
        AccountTransferred(account.pk, old.pk, new.pk, on_day, withdrawn, access_ids),
        actor=actor,
        at=at,
    )
    return new


@transaction.atomic
def change_terms(
    *, agreement: CustomerAgreement, starts_on: date, terms: Terms, at: datetime, actor: str
) -> AgreementTerms:
    """
    Price an agreement otherwise from a day on, until the next change that is planned already.

    :raises UnableToChangeTerms: if the day is not the agreement's, other terms start on it, or they make no sense.
    """
    lock_account(agreement.account)
    agreement.refresh_from_db()
    if starts_on < agreement.starts_on or (agreement.ends_on is not None and starts_on >= agreement.ends_on):
        raise UnableToChangeTerms("The agreement does not hold on that day.", code="outside-agreement")
    fault = find_fault(terms)
    if fault:
        raise UnableToChangeTerms(fault[1], code="terms-make-no-sense")
    if agreement.terms.filter(starts_on=starts_on).exists():
        raise UnableToChangeTerms("Other terms start on that day; what is written stays.", code="already-changed")
    held = find_terms(agreement=agreement, day=starts_on)
    if held is not None and terms_of(held) == terms:
        raise UnableToChangeTerms("These are the terms in force.", code="no-change")
    following = agreement.terms.filter(starts_on__gt=starts_on).order_by("starts_on").first()
    ends_on = held.ends_on if held else (following.starts_on if following else agreement.ends_on)
    if held is not None:
        held.ends_on = starts_on
        held.save(update_fields=["ends_on"])
    new = AgreementTerms.objects.create(agreement=agreement, starts_on=starts_on, ends_on=ends_on, **asdict(terms))
    events.publish(TermsChanged(agreement.pk, agreement.account_id, new.pk, starts_on), actor=actor, at=at)
    return new


def terms_of(row: AgreementTerms, **changes: object) -> Terms:
    """Give what a row of terms says, with some of it changed."""
    values = {field: getattr(row, field) for field in Terms.__slots__}
    return Terms(**{**values, **changes})  # type: ignore[arg-type]


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
