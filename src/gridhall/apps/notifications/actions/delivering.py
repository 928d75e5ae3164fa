"""
Delivering what leaves the house, one by one.

A delivery is claimed in a transaction of its own, then sent and noted in a second one that holds its row. Killed before
sending, the claim runs out and another worker takes it over: nothing is lost. Killed between sending and noting, it is
sent again: a push under the same topic, which takes the first one's place; a text message under the same key, by which
a gateway tells repetitions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from gridhall.apps.notifications.actions.push import forget_subscription
from gridhall.apps.notifications.kinds import ChannelKind, DeliveryStatusKind
from gridhall.apps.notifications.models import Delivery, PushSubscription
from gridhall.apps.notifications.queries.catalog import get_template
from gridhall.apps.notifications.queries.settings import read_wishes
from gridhall.apps.notifications.rules import delivering
from gridhall.integrations.messaging import get_sms_sender, web_push

logger = logging.getLogger(__name__)

_CLAIM = """
UPDATE notifications_delivery SET status = 'SENDING', claimed_at = %(at)s, attempts = attempts + 1
 WHERE id = (SELECT id FROM notifications_delivery
              WHERE ended_at IS NULL AND due_at <= %(at)s AND (status = 'WAITING' OR claimed_at <= %(stale)s)
              ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
"""


class _NotNow(Exception):
    """It did not work; try again later."""


class _Never(Exception):
    """It will not work however often it is tried. `status` is what it ends as."""

    def __init__(self, reason: str, status: DeliveryStatusKind = DeliveryStatusKind.DROPPED) -> None:
        super().__init__(reason)
        self.status = status


class _Gone(Exception):
    """The push service says that the browser is gone."""


def deliver_due(*, clock: Callable[[], datetime], limit: int = 100_000) -> int:
    """
    Deliver everything whose time has come; gives how many were looked at.

    :param clock: gives the moment of each step, since sending takes time.
    """
    count = 0
    while count < limit and deliver_next(clock=clock):
        count += 1
    return count


def deliver_next(*, clock: Callable[[], datetime]) -> bool:
    """Deliver the one that is due longest; False when none is. Must not run inside a transaction."""
    at = clock()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "stale": at - delivering.CLAIM_HOLDS})
        claimed = cursor.fetchone()
    if claimed is None:
        return False
    _send_claimed(*claimed, at=clock())
    return True


@transaction.atomic
def _send_claimed(delivery_id: int, attempts: int, *, at: datetime) -> None:
    """Send one, holding its row: nobody takes over what is slow but alive."""
    delivery = (
        Delivery.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("message__user", "subscription")
        .filter(pk=delivery_id, attempts=attempts, status=DeliveryStatusKind.SENDING)
        .first()
    )
    if delivery is None:
        return  # somebody took it over meanwhile
    try:
        later = _check_still_wanted(delivery, at)
        if later is not None:
            # Put off, not tried.
            _note(delivery, DeliveryStatusKind.WAITING, due_at=later, attempts=attempts - 1)
            return
        with transaction.atomic():
            _SENDERS[delivery.channel](delivery, at)
    except _Never as reason:
        _note(delivery, reason.status, ended_at=at, detail=str(reason)[:200])
    except _Gone:
        _note(delivery, DeliveryStatusKind.DROPPED, ended_at=at, detail="the browser takes no push any more")
        if delivery.subscription is not None:
            forget_subscription(delivery.subscription, at=at, reason="EXPIRED", actor="notifications")
    except _NotNow as reason:
        _put_off(delivery, str(reason), at)
    except Exception as error:  # a sender's own mistake must not stop the others
        logger.exception("Delivery %s by %s failed.", delivery.pk, delivery.channel)
        _put_off(delivery, type(error).__name__, at)
    else:
        _note(delivery, DeliveryStatusKind.SENT, ended_at=at, detail="")


def _check_still_wanted(delivery: Delivery, at: datetime) -> datetime | None:
    """
    Look again just before sending; gives a later moment if it is night by now.

    :raises _Never: if it is too late, of no use any more, or no longer wanted.
    """
    message = delivery.message
    if at >= delivery.expires_at:
        raise _Never("too late")
    if not message.user.is_active:
        raise _Never("the user may not sign in")
    template = get_template(message.kind)
    wishes = read_wishes([message.user_id])[message.user_id]
    if delivery.channel not in delivering.list_channels(template, wishes):
        raise _Never("no longer wanted")
    if message.read_at is not None and delivery.channel not in template.mandatory:
        raise _Never("read already")
    due_at = delivering.find_due_moment(template, wishes, at, ZoneInfo(settings.TIME_ZONE))
    return due_at if due_at > at else None


def _put_off(delivery: Delivery, reason: str, at: datetime) -> None:
    next_at = delivering.find_next_try(delivery.attempts, at)
    if next_at is None:
        _note(delivery, DeliveryStatusKind.FAILED, ended_at=at, detail=reason[:200])
    else:
        _note(delivery, DeliveryStatusKind.WAITING, due_at=next_at, detail=reason[:200])


def _note(delivery: Delivery, status: DeliveryStatusKind, **facts: object) -> None:
    delivery.status = status
    for name, value in facts.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=["status", *facts])


def _send_sms(delivery: Delivery, at: datetime) -> None:
    message = delivery.message
    if message.user.phone_verified_at is None:
        raise _Never("the phone number is not proved to be the user's")
    text = message.sms_en if message.user.language == "en" else message.sms_zh
    signed = f"【{settings.GRIDHALL_COMPANY_SHORT}】{text}"
    get_sms_sender().send(message.user.phone, signed, key=str(message.mrid))


def _send_web_push(delivery: Delivery, at: datetime) -> None:
    browser = delivery.subscription
    if browser is None or browser.user_id != delivery.message.user_id:
        raise _Never("the browser takes no push any more")
    in_english = delivery.message.user.language == "en"
    mrid = delivery.message.mrid
    payload = {
        "title": "Online hall" if in_english else "网上电厅",
        "body": "You have a new message." if in_english else "您有一条新消息。",
        "link": f"/messages/{mrid}/",
        "tag": str(mrid),
        "lang": "en" if in_english else "zh-CN",
    }
    try:
        web_push.send_push(
            web_push.Browser(browser.endpoint, browser.p256dh, browser.auth),
            payload,
            private_key=settings.GRIDHALL_VAPID_KEY,
            contact=settings.GRIDHALL_VAPID_CONTACT,
            ttl_s=int((delivery.expires_at - at).total_seconds()),
            topic=mrid.hex,
            is_urgent=get_template(delivery.message.kind).is_urgent,
        )
    except web_push.PushGone:
        raise _Gone from None
    except web_push.PushRefused as error:
        raise _Never(str(error), DeliveryStatusKind.FAILED) from error
    except web_push.PushDelayed as error:
        raise _NotNow(str(error)) from error
    PushSubscription.objects.filter(pk=browser.pk).update(last_sent_at=at)


_SENDERS: dict[str, Callable[[Delivery, datetime], None]] = {
    ChannelKind.SMS: _send_sms,
    ChannelKind.WEB_PUSH: _send_web_push,
}
