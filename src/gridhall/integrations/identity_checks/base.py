"""What we ask of those who check people and companies, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CheckUnavailable(Exception):
    """The checker did not answer, or not in a way that can be trusted. Nothing is known; it may be asked again."""


class PersonVerdict(StrEnum):
    """What a checker says of a person."""

    MATCH = "MATCH"
    WRONG_NUMBER = "WRONG_NUMBER"  # name and number do not belong together
    OTHER_DOCUMENT = "OTHER_DOCUMENT"  # the document is another person's
    OTHER_FACE = "OTHER_FACE"
    EXPIRED_DOCUMENT = "EXPIRED_DOCUMENT"
    UNREADABLE_DOCUMENT = "UNREADABLE_DOCUMENT"
    NO_FACE = "NO_FACE"


class BusinessVerdict(StrEnum):
    """What the register says of a company."""

    ACTIVE = "ACTIVE"
    NOT_FOUND = "NOT_FOUND"
    OTHER_NAME = "OTHER_NAME"
    NOT_ACTIVE = "NOT_ACTIVE"


@dataclass(frozen=True, slots=True, repr=False)
class PersonQuestion:
    """
    Is this the person?

    :param reference: ours; asked again with the same one it is the same check.
    :param id_number: 18 characters (GB 11643); :param document, face: JPEG.
    """

    reference: str
    name: str
    id_number: str
    document: bytes
    face: bytes


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What is known now; :param reference: the checker's."""

    verdict: PersonVerdict
    reference: str


@dataclass(frozen=True, slots=True, repr=False)
class BusinessQuestion:
    """
    Is there such a company, and is this person its legal representative?

    :param credit_code: GB 32100.
    """

    reference: str
    name: str
    credit_code: str
    person_name: str
    person_id_number: str


@dataclass(frozen=True, slots=True)
class BusinessAnswer:
    """What the register knows."""

    verdict: BusinessVerdict
    is_representative: bool
    reference: str


class IdentityChecker(Protocol):
    """One that checks people and companies."""

    def check_person(self, question: PersonQuestion) -> PersonAnswer:
        """Compare name, number, document and face. :raises CheckUnavailable: if nothing is known now."""

    def check_business(self, question: BusinessQuestion) -> BusinessAnswer:
        """Ask the register of companies. :raises CheckUnavailable: if nothing is known now."""
