"""The answer to one who may not see an account."""

from __future__ import annotations

from gridhall.core.errors import BusinessError


class AccessDenied(BusinessError):
    """The viewer may not see this; told alike whether it exists or not."""

    def __init__(self) -> None:
        super().__init__("There is no such account here, or you have no access to it.", code="access-denied")
