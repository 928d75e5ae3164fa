"""Web push against a push service of ours, which decrypts as a browser does."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from gridhall.apps.identity.models import User
from gridhall.apps.notifications import actions, queries
from gridhall.apps.notifications.kinds import DeliveryStatusKind, MessageKind
from gridhall.apps.notifications.models import Delivery, PushSubscription
from gridhall.apps.notifications.tests.conftest import NOON
from gridhall.core.models import Event

pytestmark = pytest.mark.django_db
AUTH = bytes(range(16))


@dataclass
class Service:
    """A push service: what it answers, and what was handed to it."""

    origin: str
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    """Run a push service on this machine, and know it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Service(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.GRIDHALL_PUSH_HOSTS = [found.origin]
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser() -> ec.EllipticCurvePrivateKey:
    """The keys of a browser."""
    return ec.generate_private_key(ec.SECP256R1())


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def subscribe(user: User, service: Service, browser: ec.EllipticCurvePrivateKey, name: str = "one") -> PushSubscription:
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return actions.subscribe_push(
        user=user, endpoint=f"{service.origin}/{name}", p256dh=encode(point), auth=encode(AUTH), device="Chrome",
        at=NOON, actor="test",
    )  # fmt: skip


def tell(user: User, key: str = "k") -> Any:
    return actions.send_message(
        user=user, kind=MessageKind.NEW_DEVICE, context={"device": "Chrome · 咸丰", "at": NOON}, key=key, at=NOON,
        actor="test",
    )  # fmt: skip


def deliver(minutes: int = 0) -> None:
    actions.deliver_due(clock=lambda: NOON + timedelta(minutes=minutes))


def test_push_is_encrypted_signed_and_says_nothing_personal(
    user: User, service: Service, browser: Any, outbox: Any, settings: Any
) -> None:
    subscribe(user, service, browser)
    message = tell(user)
    deliver()
    ((headers, body),) = service.taken
    assert headers["content-encoding"] == "aes128gcm"
    told = json.loads(http_ece.decrypt(body, private_key=browser, auth_secret=AUTH, version="aes128gcm"))
    assert told == {
        "title": "网上电厅", "body": "您有一条新消息。", "link": f"/messages/{message.mrid}/", "tag": str(message.mrid),
        "lang": "zh-CN",
    }  # fmt: skip
    assert headers["topic"] == message.mrid.hex and len(headers["topic"]) == 32
    assert headers["urgency"] == "high" and 0 < int(headers["ttl"]) <= 6 * 3600
    assert Vapid02.verify(headers["authorization"])
    assert f"k={queries.get_push_key()}" in headers["authorization"]
    assert PushSubscription.objects.get().last_sent_at == NOON


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten(
    user: User, service: Service, browser: Any, outbox: Any, status: int
) -> None:
    subscribe(user, service, browser)
    service.status = status
    tell(user)
    deliver()
    assert not PushSubscription.objects.exists()
    assert Delivery.objects.get(channel="WEB_PUSH").status == DeliveryStatusKind.DROPPED
    assert Event.objects.get(kind="PushUnsubscribed").payload["reason"] == "EXPIRED"
    tell(user, "again")
    assert Delivery.objects.filter(channel="WEB_PUSH").count() == 1


@pytest.mark.parametrize(("status", "expected"), [(500, "WAITING"), (429, "WAITING"), (403, "FAILED"), (413, "FAILED")])
def test_answers_decide_what_follows(
    user: User, service: Service, browser: Any, outbox: Any, status: int, expected: str
) -> None:
    subscribe(user, service, browser)
    service.status = status
    tell(user)
    deliver()
    assert Delivery.objects.get(channel="WEB_PUSH").status == expected
    service.status = 201
    deliver(minutes=2)
    assert Delivery.objects.get(channel="WEB_PUSH").status == ("SENT" if expected == "WAITING" else "FAILED")


def test_redirects_are_not_followed(user: User, service: Service, browser: Any, outbox: Any) -> None:
    subscribe(user, service, browser)
    service.status, service.headers = 307, {"Location": f"{service.origin}/elsewhere"}
    tell(user)
    deliver()
    assert len(service.taken) == 1
    assert Delivery.objects.get(channel="WEB_PUSH").status == DeliveryStatusKind.FAILED


def test_silent_service_is_tried_again(user: User, service: Service, browser: Any, outbox: Any, settings: Any) -> None:
    settings.GRIDHALL_PUSH_HOSTS = ["http://127.0.0.1:1"]
    service.origin = "http://127.0.0.1:1"
    subscribe(user, service, browser)
    tell(user)
    deliver()
    assert Delivery.objects.get(channel="WEB_PUSH").status == DeliveryStatusKind.WAITING


def test_browser_passes_to_who_signs_in_there(
    user: User, other: User, service: Service, browser: Any, outbox: Any
) -> None:
    subscribe(user, service, browser)
    tell(user)
    subscribe(other, service, browser)
    assert PushSubscription.objects.get().user == other
    deliver()
    assert not service.taken  # what waited for the first user is not shown to the second


def test_taken_twice_is_taken_once_and_ten_are_enough(user: User, service: Service, browser: Any) -> None:
    assert subscribe(user, service, browser).pk == subscribe(user, service, browser).pk
    for number in range(12):
        subscribe(user, service, browser, f"b{number}")
    assert PushSubscription.objects.filter(user=user).count() == 10


def test_unsubscribing_drops_what_waits(user: User, other: User, service: Service, browser: Any, outbox: Any) -> None:
    kept = subscribe(user, service, browser)
    tell(user)
    assert not actions.unsubscribe_push(user=other, mrid=kept.mrid, at=NOON, actor="test")
    assert actions.unsubscribe_push(user=user, endpoint=kept.endpoint, at=NOON, actor="test")
    assert not actions.unsubscribe_push(user=user, mrid=kept.mrid, at=NOON, actor="test")
    deliver()
    assert not service.taken
    assert Delivery.objects.get(channel="WEB_PUSH").status == DeliveryStatusKind.DROPPED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "https://10.0.0.1/x"}, "bad-endpoint"),
        ({"endpoint": "http://fcm.googleapis.com/x"}, "bad-endpoint"),
        ({"endpoint": "https://fcm.googleapis.com:8443/x"}, "bad-endpoint"),
        ({"endpoint": "https://fcm.googleapis.com/" + "x" * 2000}, "bad-endpoint"),
        ({"p256dh": "AAAA"}, "bad-keys"),
        ({"p256dh": encode(b"\x04" + bytes(64))}, "bad-keys"),
        ({"auth": "AAAA"}, "bad-keys"),
        ({"auth": "你好"}, "bad-keys"),
    ],
)
def test_strange_addresses_and_keys_are_refused(user: User, browser: Any, changes: dict[str, str], code: str) -> None:
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    facts = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": encode(point), "auth": encode(AUTH)}
    with pytest.raises(actions.UnableToSubscribe) as refusal:
        actions.subscribe_push(user=user, device="", at=NOON, actor="test", **facts | changes)
    assert refusal.value.code == code
    assert not PushSubscription.objects.exists()
