"""What notifications does when identity tells something; those who know accounts and bills tell of them."""

from __future__ import annotations

from gridhall.apps.identity.events import PasswordChanged
from gridhall.apps.identity.models import User
from gridhall.apps.notifications import actions
from gridhall.apps.notifications.kinds import MessageKind
from gridhall.core import events
from gridhall.core.events import Told

ACTOR = "notifications"


@events.on_with_facts(PasswordChanged)
def tell_of_password(event: PasswordChanged, told: Told) -> None:
    """Warn a user whose password was changed: if it was not he, he should know at once."""
    user = User.objects.filter(pk=event.user_id).first()
    if user is not None:
        actions.send_message(
            user=user,
            kind=MessageKind.PASSWORD_CHANGED,
            context={"at": told.at},
            key=f"event:{told.event_id}",
            link="/mine/",
            at=told.at,
            actor=ACTOR,
        )
