"""Who held an account when, on which terms, and who answers for it today, as staff see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import timezone

from gridhall.apps.accounts.kinds import ContactKind, UnmaskFieldKind
from gridhall.apps.accounts.models import AgreementTerms, CustomerAccount, CustomerAgreement, Party
from gridhall.apps.accounts.queries import check_reader, unmasks_customers
from gridhall.apps.accounts.queries.parties import read_id_number
from gridhall.apps.accounts.rules import masking
from gridhall.core.fixed_queries import FixedQuery, ask_rows


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """Terms of an agreement from one day until another, with who held it, masked."""

    holder_masked: str
    starts_on: date
    ends_on: date | None
    terms: AgreementTerms | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """
    Who answers for an account today.

    :param shown: which fields are in full, until when.
    """

    name: str
    kind: str
    real_name_level: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    id_number: str
    consents: tuple[tuple[str, datetime], ...]
    party_id: int
    since: date
    shown: frozenset[str]
    shown_until: datetime | None

    @property
    def has_special_care(self) -> bool:
        """Whether he asked to be on the special care register."""
        return any(kind == "SPECIAL_CARE" for kind, _given in self.consents)


@dataclass(frozen=True, slots=True)
class Holding:
    """Who answers for an account today (None if nobody does), and the terms of all times, the latest first."""

    holder: Holder | None
    terms: list[HeldTerms]


@cache
def _agreements() -> FixedQuery:
    return FixedQuery(
        CustomerAgreement,
        Party,
        AgreementTerms,
        tail="FROM accounts_customeragreement"
        " JOIN accounts_party ON accounts_party.id = accounts_customeragreement.party_id"
        " LEFT JOIN accounts_agreementterms ON accounts_agreementterms.agreement_id = accounts_customeragreement.id"
        " WHERE accounts_customeragreement.account_id = %s"
        " ORDER BY accounts_customeragreement.starts_on, accounts_agreementterms.starts_on",
    )


_PERSONAL = """
SELECT 'contact' AS what, kind, value, NULL::timestamptz, NULL::text[], (NOT is_primary)::int AS place, id
  FROM accounts_contact WHERE party_id = %(party)s
UNION ALL
SELECT 'consent', kind, '', given_at, NULL, 0, id FROM accounts_consent
 WHERE party_id = %(party)s AND withdrawn_at IS NULL
UNION ALL
SELECT 'look', '', '', until, fields::text[], 0, id FROM workforce_unmasking
 WHERE %(unmasks)s AND account_id = %(account)s AND party_id = %(party)s AND user_id = %(viewer)s
   AND until > %(at)s AND shown_at <= %(at)s
 ORDER BY what, place, id
"""
"""Contacts, consents in force, and what the viewer unmasked a moment ago."""


def get_holding(*, account: CustomerAccount, viewer: Any, at: datetime) -> Holding:
    """
    Give who answers for an account today, and who held it on which terms, in two statements.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    check_reader(viewer)
    day, terms, today = timezone.localdate(at), [], None
    for agreement, party, row in _agreements().ask([account.pk]):
        agreement.party = party
        if agreement.starts_on <= day and (agreement.ends_on is None or agreement.ends_on > day):
            today = agreement
        name = masking.mask_name(party.name)
        if row.pk is None:
            terms.append(HeldTerms(name, agreement.starts_on, agreement.ends_on, None, False))
        else:
            is_current = row.starts_on <= day and (row.ends_on is None or row.ends_on > day)
            terms.append(HeldTerms(name, row.starts_on, row.ends_on, row, is_current))
    holder = _as_holder(today, account, viewer, at) if today is not None else None
    return Holding(holder, terms[::-1])


def _as_holder(agreement: CustomerAgreement, account: CustomerAccount, viewer: Any, at: datetime) -> Holder:
    party = agreement.party
    params = {"party": party.pk, "account": account.pk, "viewer": viewer.pk, "at": at}
    # A role that was taken away ends what it opened.
    rows = ask_rows(_PERSONAL, params | {"unmasks": unmasks_customers(viewer)})
    looks = [(until, fields) for what, _kind, _value, until, fields, *_order in rows if what == "look"]
    shown = frozenset(field for _until, fields in looks for field in fields)
    id_number = read_id_number(party) or ""

    def give(kind: str, value: str, mask: Any) -> str:
        return value if kind in shown else mask(value)

    def list_contacts(kind: str, field: str, mask: Any) -> tuple[str, ...]:
        return tuple(give(field, row[2], mask) for row in rows if row[:2] == ("contact", kind))

    return Holder(
        name=give(UnmaskFieldKind.NAME, party.name, masking.mask_name),
        kind=party.kind,
        real_name_level=party.real_name_level,
        phones=list_contacts(ContactKind.PHONE, UnmaskFieldKind.PHONE, masking.mask_phone),
        emails=list_contacts(ContactKind.EMAIL, UnmaskFieldKind.EMAIL, masking.mask_email),
        id_number=give(UnmaskFieldKind.ID_NUMBER, id_number, masking.mask_id_number) if id_number else "",
        consents=tuple((row[1], row[3]) for row in rows if row[0] == "consent"),
        party_id=party.pk,
        since=agreement.starts_on,
        shown=shown,
        shown_until=min((until for until, _fields in looks), default=None),
    )
