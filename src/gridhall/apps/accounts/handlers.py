"""What accounts does when told."""

from __future__ import annotations

from datetime import datetime

from gridhall.apps.accounts import actions
from gridhall.apps.identity.events import UserErased
from gridhall.apps.identity.queries import read_user
from gridhall.core import events


@events.on(UserErased)
def end_accesses_of_erased_user(event: UserErased) -> None:
    """Nobody sees a customer number through a user who is gone."""
    user = read_user(event.user_id)
    if user is not None:
        actions.end_accesses_of_user(user=user, at=datetime.fromisoformat(event.erased_at), actor="erasure")
