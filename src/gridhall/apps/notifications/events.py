"""What notifications tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A user has a message; how it reaches him is told per delivery."""

    changes_pages: ClassVar[bool] = False
    message_id: int
    user_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class MessagesSent:
    """Many users have messages of one kind, as after a bill run."""

    changes_pages: ClassVar[bool] = False
    kind: str
    messages: int


@dataclass(frozen=True, slots=True)
class MessagesChanged:
    """A user read, archived or brought back messages."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    change: str
    messages: int


@dataclass(frozen=True, slots=True)
class MessagePreferencesChanged:
    """A user wants other messages, by other channels, or at other hours."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class PushSubscribed:
    """A browser of a user takes web push."""

    changes_pages: ClassVar[bool] = False
    subscription_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class PushUnsubscribed:
    """A browser of a user takes no web push any more. `reason` is ASKED, EXPIRED, SIGNED_OUT or ANOTHER_USER."""

    changes_pages: ClassVar[bool] = False
    subscription_id: int
    user_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """Somebody told us about a page."""

    changes_pages: ClassVar[bool] = False
    feedback_id: int
    number: str
    kind: str


@dataclass(frozen=True, slots=True)
class FeedbackSettled:
    """A member of staff dealt with what we were told."""

    changes_pages: ClassVar[bool] = False
    feedback_id: int
    number: str
