"""What signing in by somebody else's account must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gridhall.core.errors import BusinessError


class UnableToSignInThere(BusinessError):
    """The vendor did not say who it is: `refused`, `silent`, `faulty-answer`."""


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody as the vendor knows him.

    :param subject: what names him there for good: the unionid or openid of WeChat, the open_id or user_id of Alipay.
    """

    subject: str


class SignInProvider(Protocol):
    """One vendor's sign-in: OAuth 2 authorization code, in that vendor's dialect."""

    code_field: str
    """What the vendor calls the code in the address it sends the browser back to."""

    def make_authorize_address(self, *, redirect_uri: str, state: str) -> str:
        """Give the address at the vendor to which the browser goes."""
        ...

    def fetch_person(self, code: str) -> Person:
        """
        Exchange the code for the person.

        :raises UnableToSignInThere: if the vendor refuses the code, is silent, or its answer cannot be trusted.
        """
        ...
