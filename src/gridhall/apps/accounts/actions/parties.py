"""People and organizations: who they are, how sure we are, what they agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from gridhall.apps.accounts.events import (
    ConsentGiven,
    ConsentWithdrawn,
    PartyRegistered,
    PersonalDataUnmasked,
    RealNameLevelRaised,
)
from gridhall.apps.accounts.kinds import ConsentKind, ContactKind, PartyKind, RealNameKind
from gridhall.apps.accounts.models import Consent, Contact, Party, UsagePoint
from gridhall.apps.accounts.queries.duties import unmasks_customers
from gridhall.apps.accounts.queries.parties import id_keys, read_id_number
from gridhall.apps.accounts.rules import id_numbers, levels
from gridhall.apps.identity import rules as identity_rules
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToRegisterParty(BusinessError):
    """The party was not registered; nothing changed."""


class UnableToRaiseRealNameLevel(BusinessError):
    """The level stays as it was."""


class UnableToGiveConsent(BusinessError):
    """The consent was not noted."""


class UnableToWithdrawConsent(BusinessError):
    """There was no consent to take back."""


class UnableToUnmask(BusinessError):
    """Nothing was shown."""


@transaction.atomic
def register_party(
    *,
    kind: PartyKind | str,
    name: str,
    at: datetime,
    actor: str,
    phones: Iterable[str] = (),
    email: str = "",
    id_number: str = "",
    code: str = "",
) -> Party:
    """
    Register a person or an organization; the first phone is the primary one.

    :raises UnableToRegisterParty: without a name, with a phone or ID number that is none, or if the ID number or
        code is another party's.
    """
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise UnableToRegisterParty("A party has a name of 1 to 120 characters.", code="no-name")
    if kind not in PartyKind.values:
        raise UnableToRegisterParty("A party is a PERSON or an ORGANIZATION.", code="unknown-kind")
    numbers = [identity_rules.normalize_phone(phone) for phone in phones]
    if None in numbers:
        raise UnableToRegisterParty("This is no phone number; write it as 13812345678.", code="no-phone-number")
    party = Party(kind=str(kind), name=name, **({"code": code} if code else {}))
    if id_number:
        seal_id_number(party, id_number)
    try:
        with transaction.atomic():
            party.save()
    except IntegrityError:
        raise UnableToRegisterParty("A party with this ID number or code exists already.", code="exists") from None
    contacts = [(ContactKind.PHONE, number) for number in dict.fromkeys(numbers)] + (
        [(ContactKind.EMAIL, email.strip())] if email.strip() else []
    )
    seen: set[str] = set()
    for contact_kind, value in contacts:
        party.contacts.create(kind=contact_kind, value=value, is_primary=contact_kind not in seen)
        seen.add(contact_kind)
    events.publish(PartyRegistered(party_id=party.pk), actor=actor, at=at)
    return party


def seal_id_number(party: Party, id_number: str) -> None:
    """
    Put an ID number on a party that is not saved yet.

    :raises UnableToRegisterParty: if it is none.
    """
    number = id_numbers.normalize_id_number(id_number)
    if number is None:
        raise UnableToRegisterParty("This is no valid ID number; check each digit.", code="no-id-number")
    keys = id_keys()
    party.id_number_encrypted = id_numbers.encrypt_id_number(number, keys=keys, party_mrid=party.mrid.bytes)
    party.id_number_digest = id_numbers.digest_id_number(number, keys=keys)


@transaction.atomic
def raise_real_name_level(*, party: Party, level: RealNameKind | str, at: datetime, actor: str) -> Party:
    """
    Note that we are surer who a party is; a level is never lowered.

    :raises UnableToRaiseRealNameLevel: if the level is not above the present one.
    """
    party = Party.objects.select_for_update().get(pk=party.pk)
    if level not in RealNameKind.values:
        raise UnableToRaiseRealNameLevel(f"A level is one of {', '.join(RealNameKind.values)}.", code="unknown-level")
    old = party.real_name_level
    if not levels.is_higher(level, than=old):
        raise UnableToRaiseRealNameLevel(f"The level is {old} already; it is never lowered.", code="not-higher")
    party.real_name_level = str(level)
    party.save(update_fields=["real_name_level"])
    events.publish(RealNameLevelRaised(party_id=party.pk, old_level=old, new_level=str(level)), actor=actor, at=at)
    return party


@transaction.atomic
def give_consent(*, party: Party, kind: ConsentKind | str, source: str, at: datetime, actor: str) -> Consent:
    """
    Note what a party agreed to, and where it said so.

    :raises UnableToGiveConsent: if it agreed already, or nobody asks for such a thing.
    """
    if kind not in ConsentKind.values:
        raise UnableToGiveConsent(f"A consent is one of {', '.join(ConsentKind.values)}.", code="unknown-kind")
    try:
        with transaction.atomic():
            consent = Consent.objects.create(party=party, kind=str(kind), given_at=at, source=source[:120])
    except IntegrityError:
        raise UnableToGiveConsent("This consent was given already.", code="already-given") from None
    events.publish(ConsentGiven(consent_id=consent.pk, party_id=party.pk, kind=str(kind)), actor=actor, at=at)
    return consent


@transaction.atomic
def withdraw_consent(*, party: Party, kind: ConsentKind | str, at: datetime, actor: str) -> Consent:
    """
    Note that a party took a consent back; that it had been given stays known.

    :raises UnableToWithdrawConsent: if it does not hold, or was given later.
    """
    consent = Consent.objects.select_for_update().filter(party=party, kind=str(kind), withdrawn_at=None).first()
    if consent is None or at < consent.given_at:
        raise UnableToWithdrawConsent("There is no such consent to take back.", code="not-given")
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    events.publish(ConsentWithdrawn(consent_id=consent.pk, party_id=party.pk, kind=str(kind)), actor=actor, at=at)
    return consent


@transaction.atomic
def unmask(
    *, party: Party, field: str, reason: str, by: User, at: datetime, actor: str, reason_kind: str = ""
) -> list[str]:
    """
    Show one kind of personal data of a party in full, and tell who looked and why.

    :param field: NAME, PHONE, EMAIL, ADDRESS or ID_NUMBER.
    :raises UnableToUnmask: if one asks whose role does not need it, or gives no reason.
    """
    if not unmasks_customers(by):
        raise UnableToUnmask("Your role does not let you see this in full.", code="not-staff")
    reason = " ".join(reason.split())
    if len(reason) < 4:
        raise UnableToUnmask("Say in a few words what you need it for.", code="no-reason")
    if field == "NAME":
        values = [party.name]
    elif field == "ID_NUMBER":
        values = [number for number in [read_id_number(party)] if number]
    elif field in (ContactKind.PHONE, ContactKind.EMAIL):
        rows = Contact.objects.filter(party=party, kind=field).order_by("-is_primary", "id")
        values = list(rows.values_list("value", flat=True))
    elif field == "ADDRESS":
        points = UsagePoint.objects.filter(account__agreements__party=party, account__agreements__ends_on=None)
        values = sorted(set(points.values_list("service_location__address", flat=True)))
    else:
        raise UnableToUnmask("This cannot be shown; choose a name, phone, e-mail, address or ID number.", code="field")
    told = PersonalDataUnmasked(party_id=party.pk, field=field, reason=reason[:200], reason_kind=reason_kind)
    events.publish(told, actor=actor, at=at)
    return values


def holder_facts(party: Party) -> tuple[str, list[str], str | None]:
    """Give the name, phones and ID number of a party, for the checks of a binding; nothing of it is shown."""
    phones = list(Contact.objects.filter(party=party, kind=ContactKind.PHONE).values_list("value", flat=True))
    return party.name, phones, read_id_number(party)
