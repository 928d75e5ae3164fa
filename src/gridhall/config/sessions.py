"""Sessions in the database, looked up by SQL that is written once: every request of a signed-in person begins so."""

from __future__ import annotations

from functools import cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession

from gridhall.core.fixed_queries import FixedQuery


@cache
def _by_key(model: type[AbstractBaseSession]) -> FixedQuery:
    return FixedQuery(model, tail="FROM django_session WHERE session_key = %s AND expire_date > now()")


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is found."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        found = _by_key(self.model).ask([self.session_key])
        if not found:
            self._session_key = None
            return None
        return found[0][0]
