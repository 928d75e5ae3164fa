"""What notifications does when identity tells something; those who know accounts and bills tell of them."""

from __future__ import annotations

from gridhall.apps.identity.events import PasswordChanged, SignedIn
from gridhall.apps.identity.models import User, UserSession
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


@events.on_with_facts(SignedIn)
def tell_of_new_device(event: SignedIn, told: Told) -> None:
    """Tell a user of a sign-in by a browser and system he never used, unless it is his first sign-in at all."""
    session = UserSession.objects.select_related("user").filter(user_id=event.user_id, started_at=told.at).first()
    if session is None:
        return
    earlier = set(
        UserSession.objects.filter(user_id=event.user_id, started_at__lt=told.at).values_list("device", flat=True)
    )
    if earlier and session.device not in earlier:
        actions.send_message(
            user=session.user,
            kind=MessageKind.NEW_DEVICE,
            context={"device": "" if "?" in session.device else session.device, "at": told.at},
            key=f"event:{told.event_id}",
            link="/mine/",
            at=told.at,
            actor=ACTOR,
        )
