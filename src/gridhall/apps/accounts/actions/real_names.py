"""Showing who one is: by document and face, or at the counter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from gridhall.apps.accounts.actions.locks import lock_user
from gridhall.apps.accounts.actions.parties import raise_real_name_level, register_party, seal_id_number
from gridhall.apps.accounts.actions.uploads import drop_old_uploads, drop_upload, keep_upload, read_upload
from gridhall.apps.accounts.events import RealNameCheckDecided, RealNameCheckStarted, RealNameShown
from gridhall.apps.accounts.kinds import CheckStateKind, ContactKind, PartyKind, RealNameKind
from gridhall.apps.accounts.models import Party, RealName, RealNameCheck
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.parties import id_keys
from gridhall.apps.accounts.queries.real_names import find_real_name, get_level, read_open_number
from gridhall.apps.accounts.rules import binding, id_numbers, levels, sealing
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.integrations.identity_checks import CheckUnavailable, PersonQuestion, PersonVerdict, get_checker

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

VALID_FOR = timedelta(minutes=30)
MOST_A_DAY = 5
SAME_CHECK = timedelta(minutes=1)  # so long the same words are a second press, not a new beginning
AGAIN = {PersonVerdict.UNREADABLE_DOCUMENT: "document-unreadable", PersonVerdict.NO_FACE: "no-face"}


class UnableToCheckRealName(BusinessError):
    """
    Nothing more is known of who the user is.

    `code` says what to do: type again (`no-name`, `no-id-number`, `no-consent`), take a picture again
    (`document-unreadable`, `no-face`, `no-document`), begin again (`expired`), come back (`unavailable`, `too-many`),
    or come to the counter (`off`, `other-name`, `other-person`, and the verdicts of the checker).
    """


class UnableToShowAtCounter(BusinessError):
    """The level stays as it was."""


@transaction.atomic
def start_real_name_check(
    *, user: User, name: str, id_number: str, has_consented: bool, at: datetime, actor: str
) -> RealNameCheck:
    """
    Begin a check by document and face; one that was begun before is dropped with its pictures.

    The same told twice in a row (a double click) begins one.

    :param has_consented: to the processing of document and face for this one purpose.
    :raises UnableToCheckRealName: if name or number cannot be right, he did not consent, has shown it already, or
        tried too often today.
    """
    user = lock_user(user)
    name = " ".join(name.split())
    number = id_numbers.normalize_id_number(id_number)
    if get_checker() is None:
        raise UnableToCheckRealName("Documents are checked at the counter only.", code="off")
    if not 2 <= len(name) <= 120:
        raise UnableToCheckRealName("Write the name as it stands in the document.", code="no-name")
    if number is None or not id_numbers.is_resident_number(number):
        raise UnableToCheckRealName("This is no valid ID number; check each digit.", code="no-id-number")
    if not has_consented:
        raise UnableToCheckRealName("Without your consent we look at no document and no face.", code="no-consent")
    if levels.is_at_least(get_level(user=user), RealNameKind.DOCUMENT):
        raise UnableToCheckRealName("You have shown who you are already.", code="already")
    begun = RealNameCheck.objects.filter(user=user, state=CheckStateKind.OPEN, started_at__gt=at - SAME_CHECK).first()
    if begun is not None and begun.name == name and not begun.has_document and read_open_number(begun) == number:
        return begun
    if RealNameCheck.objects.filter(user=user, started_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        raise UnableToCheckRealName("Too many checks today. Try again tomorrow, or come to us.", code="too-many")
    for open_check in RealNameCheck.objects.filter(user=user, state=CheckStateKind.OPEN):
        _close(open_check, CheckStateKind.REFUSED, "replaced", at=at, actor=actor)
    check = RealNameCheck(
        user=user, name=name, consented_at=at, started_at=at, expires_at=at + VALID_FOR, state=CheckStateKind.OPEN
    )
    check.id_number_encrypted = sealing.seal(number.encode(), keys=id_keys(), name=str(check.mrid))
    check.save()
    events.publish(RealNameCheckStarted(check.pk, user.pk), actor=actor, at=at)
    return check


@transaction.atomic
def keep_document(*, check: RealNameCheck, user: User, picture: bytes, at: datetime) -> None:
    """
    Keep the picture of the document, sealed, until the check is over.

    :param picture: JPEG, drawn anew from what was sent: nothing but pixels is left of it.
    :raises UnableToCheckRealName: if the check is not his, or over.
    """
    check = _hold(check, user, at)
    keep_upload(name=_document(check), content=picture)
    check.has_document = True
    check.save(update_fields=["has_document"])


def decide_real_name_check(*, check: RealNameCheck, user: User, face: bytes, at: datetime, actor: str) -> RealNameCheck:
    """
    Have document and face checked; pictures and number are gone afterwards, whatever the answer.

    The checker is asked outside of any transaction. Sent twice at once, the first answer stands for both.

    :param face: JPEG, drawn anew; it is not kept at all.
    :raises UnableToCheckRealName: if a picture must be taken again or the checker does not answer (the check goes on),
        or if it is refused for good.
    """
    with transaction.atomic():
        check = _hold(check, user, at)
        document = read_upload(name=_document(check)) if check.has_document else None
        number = read_open_number(check)
    if document is None:
        raise UnableToCheckRealName("Take a picture of the document first.", code="no-document")
    checker = get_checker()
    if checker is None:
        raise UnableToCheckRealName("Documents are checked at the counter only.", code="off")
    try:
        question = PersonQuestion(str(check.mrid), check.name, number, document, face)
        answer = checker.check_person(question)
    except CheckUnavailable:
        raise UnableToCheckRealName("The check does not answer now. Try again later.", code="unavailable") from None
    outcome = _write(check, user, number, answer.verdict, answer.reference, at=at, actor=actor)
    if isinstance(outcome, UnableToCheckRealName):
        raise outcome
    return outcome


@transaction.atomic
def _write(
    check: RealNameCheck,
    user: User,
    number: str,
    verdict: PersonVerdict,
    reference: str,
    *,
    at: datetime,
    actor: str,
) -> RealNameCheck | UnableToCheckRealName:
    user = lock_user(user)
    check = RealNameCheck.objects.select_for_update().get(pk=check.pk)
    if check.state != CheckStateKind.OPEN:
        return check if check.state == CheckStateKind.PASSED else _refusal(check.reason)
    if verdict in AGAIN:
        if verdict == PersonVerdict.UNREADABLE_DOCUMENT:
            check.has_document = False
            check.save(update_fields=["has_document"])
            drop_document(check)
        return _refusal(AGAIN[verdict])
    check.reference = reference
    reason = "" if verdict == PersonVerdict.MATCH else verdict.value.lower().replace("_", "-")
    if not reason:
        try:
            with transaction.atomic():
                _link(user, check.name, number, RealNameKind.DOCUMENT, at=at, actor=actor)
        except UnableToCheckRealName as refusal:
            reason = refusal.code
    state = CheckStateKind.REFUSED if reason else CheckStateKind.PASSED
    _close(check, state, reason, at=at, actor=actor)
    return _refusal(reason) if reason else check


def _refusal(code: str) -> UnableToCheckRealName:
    return UnableToCheckRealName("It was not shown who you are.", code=code)


def _link(user: User, name: str, number: str, level: RealNameKind, *, at: datetime, actor: str) -> RealName:
    """Note which person a user is; the party that we know already, or a new one."""
    party = _find_person(user, name, number)
    if party is None:
        phones = [user.phone] if user.phone_verified_at else []
        party = register_party(kind=PartyKind.PERSON, name=name, phones=phones, id_number=number, at=at, actor=actor)
    if not binding.names_agree(party.name, name):
        raise UnableToCheckRealName("We know this number under another name; come to the counter.", code="other-name")
    known = find_real_name(user=user)
    if known is not None and known.party_id != party.pk:
        raise UnableToCheckRealName("You showed before that you are someone else.", code="other-person")
    if known is None:
        known = RealName.objects.create(user=user, party=party, level=level.value, verified_at=at)
    elif levels.is_higher(level, than=known.level):
        known.level, known.verified_at = level.value, at
        known.save(update_fields=["level", "verified_at"])
    if levels.is_higher(level, than=party.real_name_level):
        raise_real_name_level(party=party, level=level, at=at, actor=actor)
    events.publish(RealNameShown(user.pk, party.pk, known.level), actor=actor, at=at)
    return known


def _find_person(user: User, name: str, number: str) -> Party | None:
    """Find the party of an ID number; else the one person of this name with the user's proved phone and no number."""
    digest = id_numbers.digest_id_number(number, keys=id_keys())
    found = Party.objects.filter(id_number_digest=digest).first()
    if found is not None or user.phone_verified_at is None:
        return found
    same = Party.objects.select_for_update().filter(
        kind=PartyKind.PERSON,
        id_number_digest=None,
        pk__in=Party.objects.filter(contacts__kind=ContactKind.PHONE, contacts__value=user.phone).values("pk"),
    )
    people = [party for party in same if binding.names_agree(party.name, name)]
    if len(people) != 1:
        return None
    seal_id_number(people[0], number)
    try:
        with transaction.atomic():
            people[0].save(update_fields=["id_number_encrypted", "id_number_digest"])
    except IntegrityError:
        return Party.objects.filter(id_number_digest=digest).first()
    return people[0]


def _hold(check: RealNameCheck, user: User, at: datetime) -> RealNameCheck:
    check = RealNameCheck.objects.select_for_update().get(pk=check.pk)
    if check.user_id != user.pk or check.state != CheckStateKind.OPEN or at >= check.expires_at:
        raise UnableToCheckRealName("This check is over; begin again.", code="expired")
    return check


def _close(check: RealNameCheck, state: CheckStateKind, reason: str, *, at: datetime, actor: str) -> None:
    check.state, check.reason, check.decided_at = state.value, reason, at
    check.id_number_encrypted, check.has_document = None, False
    check.save()
    drop_document(check)
    events.publish(RealNameCheckDecided(check.pk, check.user_id, state.value, reason), actor=actor, at=at)


def drop_document(check: RealNameCheck) -> None:
    """Delete the picture of a check, if there still is one."""
    drop_upload(name=_document(check))


def _document(check: RealNameCheck) -> str:
    return f"{check.mrid}-document"


@transaction.atomic
def show_at_counter(*, user: User, name: str, id_number: str, by: User, at: datetime, actor: str) -> RealName:
    """
    Note that a member of staff saw the papers of the person who uses an account of ours.

    :raises UnableToShowAtCounter: if `by` is none, the number cannot be right, or the papers are another's than
        before.
    """
    if not serves_customers(by):
        raise UnableToShowAtCounter("Only a member of staff looks at papers.", code="not-staff")
    name = " ".join(name.split())
    number = id_numbers.normalize_id_number(id_number)
    if number is None or not name:
        raise UnableToShowAtCounter("This is no valid ID number; check each digit.", code="no-id-number")
    user = lock_user(user)
    try:
        return _link(user, name, number, RealNameKind.COUNTER, at=at, actor=actor)
    except UnableToCheckRealName as refusal:
        raise UnableToShowAtCounter(refusal.message, code=refusal.code) from None


@transaction.atomic
def drop_abandoned_checks(*, at: datetime, actor: str) -> int:
    """Close checks that nobody finished and delete what is left of their pictures; gives how many checks."""
    abandoned = RealNameCheck.objects.select_for_update(skip_locked=True)
    rows = list(abandoned.filter(state=CheckStateKind.OPEN, expires_at__lte=at))
    for check in rows:
        _close(check, CheckStateKind.REFUSED, "expired", at=at, actor=actor)
    # Letters wait for staff; what is older than any check may be was left by a process that died.
    drop_old_uploads(before=at - timedelta(days=1), suffix="-document")
    return len(rows)
