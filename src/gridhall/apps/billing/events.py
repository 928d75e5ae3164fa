"""What billing tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class BillIssued:
    """A bill was issued. Amounts are decimal strings in yuan, days ISO dates."""

    bill_id: int
    bill_number: str
    account_id: int
    kind: str
    first_day: str
    end_day: str
    amount: str
    due_on: str


@dataclass(frozen=True, slots=True)
class BillCanceled:
    """An issued bill was taken back."""

    bill_id: int
    bill_number: str
    account_id: int
    amount: str


@dataclass(frozen=True, slots=True)
class BillRunOpened:
    """A bill run was opened."""

    changes_pages: ClassVar[bool] = False
    run_id: int
    kind: str
    month: str


@dataclass(frozen=True, slots=True)
class BillRunDrafted:
    """Every bill of a run was computed."""

    run_id: int
    bills: int


@dataclass(frozen=True, slots=True)
class BillRunApproved:
    """A run was approved."""

    run_id: int


@dataclass(frozen=True, slots=True)
class BillRunCanceled:
    """A run was canceled before it was issued."""

    run_id: int


@dataclass(frozen=True, slots=True)
class BillRunIssued:
    """Every bill of a run that was not held was issued."""

    run_id: int
    bills: int


@dataclass(frozen=True, slots=True)
class BillHeld:
    """A draft was held by a person."""

    changes_pages: ClassVar[bool] = False
    bill_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class BillReleased:
    """A held draft may be issued."""

    changes_pages: ClassVar[bool] = False
    bill_id: int


@dataclass(frozen=True, slots=True)
class SampleDrawn:
    """Drafts of a run were drawn to be looked at."""

    changes_pages: ClassVar[bool] = False
    run_id: int
    bills: int


@dataclass(frozen=True, slots=True)
class BillChecked:
    """A draft was looked at beside its readings; `outcome` is a CheckOutcomeKind."""

    changes_pages: ClassVar[bool] = False
    run_id: int
    bill_id: int
    bill_number: str
    outcome: str
    remark: str


@dataclass(frozen=True, slots=True)
class UsageExported:
    """Somebody took an account's usage out of the house. Days are ISO dates, half-open."""

    changes_pages: ClassVar[bool] = False
    account_id: int
    account_number: str
    viewer_id: int
    format: str
    resolution: str
    first_day: str
    end_day: str
    has_bills: bool


@dataclass(frozen=True, slots=True)
class TariffTrialAsked:
    """Somebody wants to know what the bills of a month (`2026-10`) would be under another version of their tariff."""

    changes_pages: ClassVar[bool] = False
    trial_id: int
    attempt: int
    document_id: int
    month: str


@dataclass(frozen=True, slots=True)
class TariffTrialFinished:
    """What bills would be was computed, or could not be."""

    changes_pages: ClassVar[bool] = False
    trial_id: int
    document_id: int
    status: str
