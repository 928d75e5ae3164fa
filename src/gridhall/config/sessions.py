"""Sessions in the database, looked up by SQL that is written once: every request of a signed-in person begins so."""

from __future__ import annotations

from functools import cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession

from gridhall.core.fixed_queries import FixedQuery


@cache
def _by_key(model: type[AbstractBaseSession]) -> FixedQuery:
    from gridhall.apps.identity.models import UserSession

    return FixedQuery(
        model,
        UserSession,
        tail="FROM django_session LEFT JOIN identity_usersession"
        " ON identity_usersession.session_key = django_session.session_key"
        " WHERE django_session.session_key = %s AND django_session.expire_date > now()",
    )


class SessionStore(db.SessionStore):
    """
    Django's own, but for how a session is found.

    `user_session` is identity's row about it (device, address, since when), which comes in the same statement.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.user_session = None

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        found = _by_key(self.model).ask([self.session_key])
        if not found:
            self._session_key = None
            self.user_session = None
            return None
        session, user_session = found[0]
        self.user_session = user_session if user_session.pk is not None else None
        return session

    def flush(self) -> None:
        """Forget the session, and what was known about it."""
        super().flush()
        self.user_session = None
