"""Acting for a company: what the register says, and a letter where the user is not its legal representative."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.locks import lock_name, lock_user
from gridhall.apps.accounts.actions.parties import register_party, seal_id_number
from gridhall.apps.accounts.actions.uploads import drop_upload, keep_upload, read_upload
from gridhall.apps.accounts.events import BusinessCheckAsked, BusinessCheckDecided, PersonalDataUnmasked
from gridhall.apps.accounts.kinds import CheckStateKind, PartyKind, RealNameKind
from gridhall.apps.accounts.models import BusinessCheck, Party
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.parties import id_keys, read_id_number
from gridhall.apps.accounts.queries.real_names import find_real_name
from gridhall.apps.accounts.rules import binding, id_numbers, levels
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.integrations.identity_checks import (
    BusinessAnswer,
    BusinessQuestion,
    BusinessVerdict,
    CheckUnavailable,
    get_checker,
)

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

MOST_A_DAY = 5
LETTER_TYPES = ("image/jpeg", "application/pdf")


class UnableToCheckBusiness(BusinessError):
    """
    The user does not act for the company.

    `code` says what to do: type again (`no-credit-code`, `no-name`, `not-found`, `other-name`), send the letter
    (`letter-needed`), show first who one is (`level`), come back (`unavailable`, `too-many`), or come to the counter
    (`off`, `not-active`). `waiting` and `already`: nothing is to be done.
    """


class UnableToDecideBusiness(BusinessError):
    """The claim stays as it was."""


def ask_business_check(
    *,
    user: User,
    name: str,
    credit_code: str,
    at: datetime,
    actor: str,
    letter: bytes | None = None,
    letter_type: str = "",
) -> BusinessCheck:
    """
    Claim to act for a company.

    Its legal representative passes at once; whoever else has a letter of authorization waits until staff have read it.
    The register is asked outside of any transaction.

    :param letter: of one of LETTER_TYPES, content checked.
    :raises UnableToCheckBusiness: as its codes say.
    """
    name = " ".join(name.split())
    code = id_numbers.normalize_credit_code(credit_code)
    if not 2 <= len(name) <= 120:
        raise UnableToCheckBusiness("Write the name as it stands in the business license.", code="no-name")
    if code is None:
        raise UnableToCheckBusiness("This is no valid credit code; check each character.", code="no-credit-code")
    person = find_real_name(user=user)
    if person is None or not levels.is_at_least(person.level, RealNameKind.DOCUMENT):
        raise UnableToCheckBusiness("Show first who you are.", code="level")
    _refuse_again(user, code, at)
    checker = get_checker()
    if checker is None:
        raise UnableToCheckBusiness("Companies are checked at the counter only.", code="off")
    try:
        question = BusinessQuestion(
            f"{user.mrid}:{code}:{at:%Y%m%d%H%M}", name, code, person.party.name, read_id_number(person.party) or ""
        )
        answer = checker.check_business(question)
    except CheckUnavailable:
        raise UnableToCheckBusiness("The register does not answer now. Try again later.", code="unavailable") from None
    outcome = _write(user, name, code, answer, letter, letter_type, at=at, actor=actor)
    if isinstance(outcome, UnableToCheckBusiness):
        raise outcome
    return outcome


def _refuse_again(user: User, code: str, at: datetime) -> None:
    today = timezone.localdate(at)
    asked = BusinessCheck.objects.filter(user=user, asked_at__date=today)
    if asked.count() >= MOST_A_DAY:
        raise UnableToCheckBusiness("Too many checks today. Try again tomorrow, or come to us.", code="too-many")
    live = BusinessCheck.objects.filter(user=user, credit_code=code, state__in=_LIVE).first()
    if live is None:
        return
    if live.state == CheckStateKind.WAITING:
        raise UnableToCheckBusiness("We are reading your letter already.", code="waiting")
    if live.ends_on is None or live.ends_on > today:
        raise UnableToCheckBusiness("You act for this company already.", code="already")


_LIVE = (CheckStateKind.WAITING, CheckStateKind.PASSED)


@transaction.atomic
def _write(
    user: User,
    name: str,
    code: str,
    answer: BusinessAnswer,
    letter: bytes | None,
    letter_type: str,
    *,
    at: datetime,
    actor: str,
) -> BusinessCheck | UnableToCheckBusiness:
    user = lock_user(user)
    try:
        _refuse_again(user, code, at)
    except UnableToCheckBusiness as refusal:
        return refusal
    check = BusinessCheck(
        user=user,
        name=name,
        credit_code=code,
        is_representative=answer.is_representative,
        reference=answer.reference,
        asked_at=at,
    )
    if answer.verdict != BusinessVerdict.ACTIVE:
        check.state, check.reason = CheckStateKind.REFUSED, answer.verdict.value.lower().replace("_", "-")
        check.decided_at = at
        check.save()
        events.publish(BusinessCheckAsked(check.pk, user.pk, check.state), actor=actor, at=at)
        return UnableToCheckBusiness("The register does not confirm this.", code=check.reason)
    # An authorization that ran out makes room for the next.
    past = BusinessCheck.objects.filter(user=user, credit_code=code, state=CheckStateKind.PASSED)
    past.update(state=CheckStateKind.REFUSED, reason="expired")
    if answer.is_representative:
        check.state, check.decided_at, check.party = CheckStateKind.PASSED, at, _company(name, code, at, actor)
    elif letter is None or letter_type not in LETTER_TYPES:
        return UnableToCheckBusiness("Send the letter of authorization, too.", code="letter-needed")
    else:
        check.state, check.letter_type = CheckStateKind.WAITING, letter_type
        keep_upload(name=_letter(check), content=letter)
    check.save()
    events.publish(BusinessCheckAsked(check.pk, user.pk, check.state), actor=actor, at=at)
    return check


def _company(name: str, code: str, at: datetime, actor: str) -> Party:
    """Find the party of a company by its code; else the one of its name that has no code yet; else a new one."""
    lock_name(code)
    digest = id_numbers.digest_id_number(code, keys=id_keys())
    found = Party.objects.filter(id_number_digest=digest).first()
    if found is not None:
        return found
    same = Party.objects.select_for_update().filter(kind=PartyKind.ORGANIZATION, id_number_digest=None, name=name)
    companies = [party for party in same[:3] if binding.names_agree(party.name, name)]
    if len(companies) == 1:
        seal_id_number(companies[0], code)
        companies[0].save(update_fields=["id_number_encrypted", "id_number_digest"])
        return companies[0]
    return register_party(kind=PartyKind.ORGANIZATION, name=name, id_number=code, at=at, actor=actor)


@transaction.atomic
def decide_business_check(
    *,
    check: BusinessCheck,
    is_approved: bool,
    by: User,
    at: datetime,
    actor: str,
    reason: str = "",
    ends_on: date | None = None,
) -> BusinessCheck:
    """
    Decide a claim after reading the letter, which is gone then.

    :param ends_on: the day from which the authorization no longer holds, as the letter says.
    :raises UnableToDecideBusiness: if `by` is no member of staff or decides on his own claim, it is decided already,
        or a refusal gives no reason.
    """
    if not serves_customers(by):
        raise UnableToDecideBusiness("Only a member of staff decides this.", code="not-staff")
    check = BusinessCheck.objects.select_for_update().get(pk=check.pk)
    if check.user_id == by.pk:
        raise UnableToDecideBusiness("Another must decide on your own claim.", code="own-claim")
    if check.state != CheckStateKind.WAITING:
        raise UnableToDecideBusiness("This is decided already.", code="decided")
    reason = " ".join(reason.split())[:200]
    if not is_approved and len(reason) < 4:
        raise UnableToDecideBusiness("Say in a few words why not.", code="no-reason")
    if is_approved and ends_on is not None and ends_on <= timezone.localdate(at):
        raise UnableToDecideBusiness("This letter is too old.", code="days")
    check.state = CheckStateKind.PASSED if is_approved else CheckStateKind.REFUSED
    check.reason, check.decided_at, check.decided_by = reason, at, by if by.pk else None
    check.ends_on = ends_on if is_approved else None
    if is_approved:
        try:
            with transaction.atomic():
                check.party = _company(check.name, check.credit_code, at, actor)
        except IntegrityError:
            raise UnableToDecideBusiness("Somebody is at it; try again.", code="busy") from None
    check.letter_type = ""
    check.save()
    drop_letter(check)
    events.publish(BusinessCheckDecided(check.pk, check.user_id, check.state, reason), actor=actor, at=at)
    return check


@transaction.atomic
def read_business_letter(*, check: BusinessCheck, by: User, reason: str, at: datetime, actor: str) -> tuple[bytes, str]:
    """
    Give the letter of a claim and its media type, and tell who read it.

    :raises UnableToDecideBusiness: if `by` is no member of staff, or there is none any more.
    """
    if not serves_customers(by):
        raise UnableToDecideBusiness("Only a member of staff reads this.", code="not-staff")
    content = read_upload(name=_letter(check)) if check.letter_type else None
    if content is None:
        raise UnableToDecideBusiness("There is no letter any more.", code="no-letter")
    person = find_real_name(user=check.user)
    told = PersonalDataUnmasked(person.party_id if person else 0, "LETTER", reason[:200])
    events.publish(told, actor=actor, at=at)
    return content, check.letter_type


def drop_letter(check: BusinessCheck) -> None:
    """Delete the letter of a claim, if there still is one."""
    drop_upload(name=_letter(check))


def _letter(check: BusinessCheck) -> str:
    return f"{check.mrid}-letter"
