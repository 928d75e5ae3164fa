"""Who a session belongs to, looked up by SQL that is written once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from gridhall.apps.notifications import queries as notifications


class UserBackend(ModelBackend):
    """Django's own, but for how the user of a session is found."""

    def get_user(self, user_id: Any) -> Any:
        """Give the user, None when there is none or he may not sign in."""
        user = notifications.read_user_with_unread(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
