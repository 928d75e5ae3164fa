"""Browsers that take web push, and no longer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gridhall.apps.identity.models import User, UserSession
from gridhall.apps.notifications.events import PushSubscribed, PushUnsubscribed
from gridhall.apps.notifications.kinds import DeliveryStatusKind
from gridhall.apps.notifications.models import Delivery, PushSubscription
from gridhall.apps.notifications.rules import push
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.vapid import is_point

MOST_BROWSERS = 10
_LONGEST_ENDPOINT = 1_000


class UnableToSubscribe(BusinessError):
    """The browser gets no push. `code` is `bad-endpoint` or `bad-keys`."""


@transaction.atomic
def subscribe_push(
    *,
    user: User,
    endpoint: str,
    p256dh: str,
    auth: str,
    device: str,
    at: datetime,
    actor: str,
    session: UserSession | None = None,
) -> PushSubscription:
    """
    Take a browser for web push. One that another user had on the same device is his no more; the oldest beyond ten go.
    It ends with the session in which it was asked for.

    :raises UnableToSubscribe: if the address is of no push service we know, or the keys are none.
    """
    if len(endpoint) > _LONGEST_ENDPOINT or not push.is_push_endpoint(endpoint, settings.GRIDHALL_PUSH_HOSTS):
        raise UnableToSubscribe("This browser's push service is not known here.", code="bad-endpoint")
    point = push.read_key(p256dh, push.POINT_BYTES)
    if point is None or not is_point(point) or push.read_key(auth, push.AUTH_BYTES) is None:
        raise UnableToSubscribe("The keys of this browser are not in order. Switch push off and on.", code="bad-keys")
    kept = PushSubscription.objects.select_for_update().filter(endpoint=endpoint).first()
    if kept is not None and kept.user_id == user.pk:
        kept.p256dh, kept.auth, kept.device, kept.session = p256dh, auth, device[:120], session
        kept.save(update_fields=["p256dh", "auth", "device", "session"])
        return kept
    if kept is not None:
        forget_subscription(kept, at=at, reason="ANOTHER_USER", actor=actor)
    made = PushSubscription.objects.create(
        user=user, session=session, endpoint=endpoint, p256dh=p256dh, auth=auth, device=device[:120], subscribed_at=at
    )
    events.publish(PushSubscribed(made.pk, user.pk), actor=actor, at=at)
    for oldest in PushSubscription.objects.filter(user=user).order_by("-subscribed_at", "-id")[MOST_BROWSERS:]:
        forget_subscription(oldest, at=at, reason="ASKED", actor=actor)
    return made


@transaction.atomic
def unsubscribe_push(
    *, user: User, at: datetime, actor: str, mrid: UUID | None = None, endpoint: str | None = None
) -> bool:
    """Forget a browser of the user, by its id or its address; False if there is none (any more)."""
    found = PushSubscription.objects.select_for_update().filter(user=user)
    kept = found.filter(mrid=mrid).first() if mrid is not None else found.filter(endpoint=endpoint or "").first()
    if kept is None:
        return False
    forget_subscription(kept, at=at, reason="ASKED", actor=actor)
    return True


@transaction.atomic
def end_push_of_session(*, session_mrid: str, at: datetime, actor: str) -> int:
    """Forget the browsers that were taken in a session that is over; gives how many."""
    found = list(PushSubscription.objects.select_for_update(of=("self",)).filter(session__mrid=session_mrid))
    for subscription in found:
        forget_subscription(subscription, at=at, reason="SIGNED_OUT", actor=actor)
    return len(found)


def forget_subscription(subscription: PushSubscription, *, at: datetime, reason: str, actor: str) -> None:
    """Forget a browser; what waits for it is dropped. Runs in the caller's transaction."""
    Delivery.objects.filter(subscription=subscription, ended_at=None).update(
        status=DeliveryStatusKind.DROPPED, ended_at=at, detail="the browser takes no push any more"
    )
    told = PushUnsubscribed(subscription.pk, subscription.user_id, reason)
    subscription.delete()
    events.publish(told, actor=actor, at=at)
