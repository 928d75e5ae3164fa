"""What accounts tells. Days are local and half-open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """A customer number exists from now on."""

    account_id: int
    number: str


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """A customer number is used no more from a day on."""

    account_id: int
    closed_on: date


@dataclass(frozen=True, slots=True)
class AgreementStarted:
    """A party answers for an account from a day on."""

    agreement_id: int
    account_id: int
    party_id: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class AgreementEnded:
    """A party no longer answers for an account from a day on; terms planned for later were withdrawn."""

    agreement_id: int
    account_id: int
    party_id: int
    ends_on: date
    withdrawn_terms: list[dict]
    ended_access_ids: list[int]


@dataclass(frozen=True, slots=True)
class AccountTransferred:
    """An account passed from one party to another on a day."""

    account_id: int
    old_agreement_id: int
    new_agreement_id: int
    on_day: date
    withdrawn_terms: list[dict]
    ended_access_ids: list[int]


@dataclass(frozen=True, slots=True)
class TermsChanged:
    """An agreement is priced otherwise from a day on."""

    agreement_id: int
    account_id: int
    terms_id: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class UsagePointConnected:
    """An account takes or gives energy at one more point."""

    usage_point_id: int
    account_id: int
    connected_on: date


@dataclass(frozen=True, slots=True)
class NetworkPathAssigned:
    """A usage point hangs at another transformer or feeder."""

    changes_pages: ClassVar[bool] = False
    usage_point_id: int
    transformer_id: int | None
    feeder_id: int | None
    old_transformer_id: int | None
    old_feeder_id: int | None


@dataclass(frozen=True, slots=True)
class AccountGrouped:
    """An account is billed in the group of another, or (None) no longer."""

    account_id: int
    group_id: int | None
    old_group_id: int | None


@dataclass(frozen=True, slots=True)
class AliasRegistered:
    """An old number or an old channel's id leads to an account."""

    changes_pages: ClassVar[bool] = False
    alias_id: int
    account_id: int
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class AccountBound:
    """A user proved that he may see an account."""

    access_id: int
    account_id: int
    user_id: int
    role: str
    method: str


@dataclass(frozen=True, slots=True)
class BindingRefused:
    """A user did not prove that he may see an account; wrong tries are counted."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    number: str
    method: str


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """One user let another see an account."""

    access_id: int
    account_id: int
    user_id: int
    role: str
    scopes: list[str]
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """A user no longer sees an account, nor do those whom he let in."""

    access_id: int
    account_id: int
    user_id: int
    also_revoked_ids: list[int]


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """A user may do something else with an account than before, and so may those whom he let in."""

    access_id: int
    account_id: int
    user_id: int
    old_scopes: list[str]
    scopes: list[str]
    old_ends_on: date | None
    ends_on: date | None
    replaced_id: int
    also_changed_ids: list[int]


@dataclass(frozen=True, slots=True)
class AccessRestored:
    """A user took back that he had unbound an account; those whom he had let in see it again."""

    access_id: int
    account_id: int
    user_id: int
    also_restored_ids: list[int]


@dataclass(frozen=True, slots=True)
class AccessInvited:
    """Access to an account is offered to a phone number."""

    invitation_id: int
    account_id: int
    inviter_id: int


@dataclass(frozen=True, slots=True)
class InvitationAnswered:
    """An invitation was accepted, declined or withdrawn."""

    invitation_id: int
    account_id: int
    answer: str
    access_id: int | None


@dataclass(frozen=True, slots=True)
class BindingSlipIssued:
    """A member of staff handed out a code with which a phone number binds an account."""

    slip_id: int
    account_id: int
    is_holder: bool


@dataclass(frozen=True, slots=True)
class AccountsOrdered:
    """A user put his accounts into an order of his own."""

    user_id: int
    access_ids: list[int]


@dataclass(frozen=True, slots=True)
class RealNameCheckStarted:
    """A user began to show by document and face who he is."""

    check_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class RealNameCheckDecided:
    """A check of a person is over; pictures and number are gone."""

    check_id: int
    user_id: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class RealNameShown:
    """It was shown which person a user is."""

    user_id: int
    party_id: int
    level: str


@dataclass(frozen=True, slots=True)
class BusinessCheckAsked:
    """A user claims to act for a company."""

    check_id: int
    user_id: int
    state: str


@dataclass(frozen=True, slots=True)
class BusinessCheckDecided:
    """Whether a user acts for a company was decided."""

    check_id: int
    user_id: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class UsersMerged:
    """What one user could see another sees from now on: both are the same person."""

    old_user_id: int
    user_id: int
    access_ids: list[int]


@dataclass(frozen=True, slots=True)
class AccessLabelled:
    """A user calls an account otherwise, or made it his main one."""

    changes_pages: ClassVar[bool] = False
    access_id: int
    tag: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A party agreed to something."""

    changes_pages: ClassVar[bool] = False
    consent_id: int
    party_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A party took an agreement back."""

    changes_pages: ClassVar[bool] = False
    consent_id: int
    party_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class PartyRegistered:
    """A person or organization is known to us."""

    changes_pages: ClassVar[bool] = False
    party_id: int


@dataclass(frozen=True, slots=True)
class RealNameLevelRaised:
    """We are surer than before who a party is."""

    party_id: int
    old_level: str
    new_level: str


@dataclass(frozen=True, slots=True)
class PersonalDataUnmasked:
    """Someone looked at personal data in full, and said why; `reason_kind` is an UnmaskReasonKind, if he chose one."""

    changes_pages: ClassVar[bool] = False
    party_id: int
    field: str
    reason: str
    reason_kind: str = ""


@dataclass(frozen=True, slots=True)
class AccountsImported:
    """A batch of rows of an import file is in."""

    file: str
    kind: str
    created: int
    updated: int
    unchanged: int
    faulty: int


@dataclass(frozen=True, slots=True)
class AccountsExported:
    """All accounts, with personal data, were written to files."""

    changes_pages: ClassVar[bool] = False
    folder: str
