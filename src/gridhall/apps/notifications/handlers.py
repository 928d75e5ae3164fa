"""What notifications does when identity tells something; those who know accounts and bills tell of them."""

from __future__ import annotations

from django.urls import reverse

from gridhall.apps.identity.events import PasswordChanged, SessionEnded, SignedIn, SignedOut, UserErased
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
            link=reverse("portal:security"),
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
            link=reverse("portal:security"),
            at=told.at,
            actor=ACTOR,
        )


@events.on_with_facts(SignedOut)
def end_push_after_sign_out(event: SignedOut, told: Told) -> None:
    """Send no more push to a device where the user signed out."""
    if event.session_mrid:
        actions.end_push_of_session(session_mrid=event.session_mrid, at=told.at, actor=ACTOR)


@events.on_with_facts(SessionEnded)
def end_push_of_ended_session(event: SessionEnded, told: Told) -> None:
    """Send no more push to a device whose session was ended: from elsewhere, or because it was too old."""
    actions.end_push_of_session(session_mrid=event.session_mrid, at=told.at, actor=ACTOR)


@events.on(UserErased)
def forget_erased_user(event: UserErased) -> None:
    """Keep nothing of a user who is gone."""
    actions.forget_user(user_id=event.user_id)
