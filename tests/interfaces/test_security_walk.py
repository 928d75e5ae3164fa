"""
A walk with ill intent over every address: led elsewhere, forged, cached, sniffed, and with the keys of others.

What is knocked at is what `access.csv` holds, so a new address is walked without being named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from gridhall.apps.identity.rules import get_network
from tests import company as made
from tests.interfaces.examples import make_address
from tests.interfaces.people import make_newcomer
from tests.interfaces.test_access import EXPECTED

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "///evil.example",
    "https:evil.example", "http:///evil.example", "javascript:alert(1)//evil.example", "/\t/evil.example",
    "\t//evil.example", " https://evil.example", "//localhost@evil.example/", "data:text/html,evil.example",
)  # fmt: skip
OURS = "/help/?walk=1"
# What everybody gets alike, and browsers may keep.
KEPT_BY_BROWSERS = {
    "portal:manifest": "private, max-age=86400",
    "portal:service-worker": "no-cache",
    "portal:offline": "no-cache",
    # It names nobody and holds no figure: whoever was given the link may keep the picture for a day.
    "portal:shared-card-picture": "public, max-age=86400, immutable",
}
ADDRESSES = sorted({address for address, _method in EXPECTED})


@pytest.fixture
def proved(sign_in: Callable[[str], Client]) -> Callable[[str], Client]:
    """Give a client who proved a moment ago who he is, so that nothing stops at that."""

    def give(phone: str) -> Client:
        client = sign_in(phone)
        session = client.session
        session["proved"] = [timezone.now().isoformat(), get_network("127.0.0.1", bits_v4=16, bits_v6=32)]
        session.save()
        client.get("/mine/")
        return client

    return give


@contextmanager
def taken_back(client: Client) -> Iterator[None]:
    """Let one knock change nothing for the next."""
    signed_in = client.cookies.output(header="", sep=";")
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(signed_in)


def knock(client: Client, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    """Ask or send; gives the answer."""
    return client.post(path, data or {}) if method == "POST" else client.get(path, data or {})


def read(answer: Any) -> str:
    """Give what an answer says, headers and words."""
    words = b"".join(answer) if answer.streaming else answer.content
    return f"{answer.headers.get('Location', '')} {words.decode(errors='replace')}"


def leads_away(answer: Any) -> bool:
    """Tell whether an answer leads to another house."""
    from lxml import html

    said = [answer.headers.get("Location", ""), answer.headers.get("HX-Redirect", "")]
    if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
        tree = html.fromstring(answer.content.decode())
        said += tree.xpath("//@href | //@action | //@formaction | //@src | //input[@name='next']/@value")
    said = [
        one for one in said if not one.startswith(("otpauth:", "data:image/"))
    ]  # for the app of codes, as a picture
    places = [urlsplit(one.strip().replace("\\", "/").replace("\t", "")) for one in said]
    return any(place.scheme not in ("", "http") or place.netloc not in ("", "testserver") for place in places)


@pytest.mark.parametrize("phone", ["", made.OWNER_PHONE, made.STAFF_PHONE], ids=["stranger", "owner", "clerk"])
def test_no_address_leads_to_another_house(
    phone: str, proved: Callable[[str], Client], sign_in: Any, bill: Any
) -> None:
    client = proved(phone) if phone else sign_in("")
    followed, wrong = 0, []
    for address, method in EXPECTED:
        path = make_address(address, bill)
        for name in ("next", "page"):
            with taken_back(client):
                repeats = "walk=1" in read(knock(client, method, path, {name: OURS}))
            followed += repeats
            for wanted in ELSEWHERE if repeats else ELSEWHERE[:1]:
                with taken_back(client):
                    if leads_away(knock(client, method, path, {name: wanted})):
                        wrong.append(f"{method} {path} {name}={wanted}")
    assert followed and not wrong, "\n".join(wrong)


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_leads_to_no_other_house(wanted: str, company: made.Company, db: None) -> None:
    told = {"phone": made.OWNER_PHONE, "password": made.PASSWORD, "next": wanted}
    for path in ("/sign-in/", f"/sign-in/?{urlencode({'next': wanted})}"):
        assert Client().post(path, told).headers["Location"] == "/"


@pytest.mark.parametrize("phone", [made.OWNER_PHONE, made.STAFF_PHONES["ADMINISTRATOR"]], ids=["owner", "staff"])
def test_every_form_is_taken_from_our_own_pages_only(phone: str, proved: Callable[[str], Client], bill: Any) -> None:
    client = proved(phone)
    client.handler.enforce_csrf_checks = True
    takers = [
        address for (address, method), row in EXPECTED.items() if method == "POST" and set(row.values()) - {"405"}
    ]
    wrong = []
    for address in takers:
        if all(EXPECTED[address, "POST"][persona] == "405" for persona in ("stranger", "owner", "ADMINISTRATOR")):
            continue
        for headers in ({}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}):
            with taken_back(client):
                answer = client.post(make_address(address, bill), {"csrfmiddlewaretoken": "x" * 32}, headers=headers)
                if answer.status_code != 403:
                    wrong.append(f"{address} {headers}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("phone", ["", made.OWNER_PHONE, made.STAFF_PHONE], ids=["stranger", "owner", "clerk"])
def test_no_answer_is_kept_sniffed_or_framed(
    phone: str, proved: Callable[[str], Client], sign_in: Any, bill: Any
) -> None:
    client = proved(phone) if phone else sign_in("")
    wrong = []
    for address, method in EXPECTED:
        with taken_back(client):
            answer = knock(client, method, make_address(address, bill))
            headers = answer.headers
            read(answer)
        kept = headers.get("Cache-Control", "")
        if not {"private", "no-store"} <= set(kept.split(", ")) and KEPT_BY_BROWSERS.get(address) != kept:
            wrong.append(f"{method} {address}: Cache-Control is {kept}")
        wanted = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "same-origin",
        }
        wrong += [
            f"{method} {address}: {name} is {headers.get(name)}"
            for name, value in wanted.items()
            if headers.get(name) != value
        ]
        if "default-src 'none'" not in headers.get("Content-Security-Policy", ""):
            wrong.append(f"{method} {address}: no policy")
        for cookie in answer.cookies.values():
            if cookie["samesite"] not in ("Lax", "Strict") or (
                cookie.value and cookie.key not in SEEN_BY_SCRIPTS and not cookie["httponly"]
            ):
                wrong.append(f"{method} {address}: cookie {cookie.OutputString()}")
    assert not wrong, "\n".join(wrong)


# The second is one half of the key of what the device keeps; the other half cannot be read out (ADR 21).
SEEN_BY_SCRIPTS = frozenset({"csrftoken", "gridhall_key"})


def test_another_host_is_not_believed(company: made.Company, db: None) -> None:
    for host in ("evil.example", "localhost.evil.example", "localhost:80@evil.example"):
        assert Client().get("/sign-in/", headers={"Host": host}).status_code == 400
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    assert "evil.example" not in read(Client().get("/sign-in/", headers=told))
    assert "evil.example" not in read(Client().get("/bills/", headers=told))


def _owned_by(user: Any) -> dict[str, list[Any]]:
    """Give everything with a name of its own that hangs on a user: model -> rows."""
    found: dict[str, list[Any]] = {}
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.get_fields()}
        if not model.__module__.startswith("gridhall.") or "mrid" not in fields:
            continue
        paths = [
            name
            for name, field in fields.items()
            if isinstance(field, models.ForeignKey | models.OneToOneField) and field.related_model is type(user)
        ]
        wanted = models.Q(pk=None)
        for name in paths:
            wanted |= models.Q(**{name: user})
        rows = list(model._default_manager.filter(wanted)[:1])
        if rows:
            found[model.__name__] = rows
    return found


def _give_things(owner: Any, clerk: Any) -> None:
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import Passkey
    from gridhall.apps.notifications import actions as notifications
    from gridhall.apps.workforce import actions as workforce

    made_by: dict[str, Any] = {"at": timezone.now(), "actor": "tests"}
    account = CustomerAccount.objects.get(number=made.CUSTOMERS[0].number)
    Passkey.objects.create(user=owner, credential_id=b"1", public_key=b"k", name="旧手机", created_at=made_by["at"])
    notifications.send_message(user=owner, kind="EXPORT_MADE", context={"at": made_by["at"]}, **made_by)
    accounts.invite_to_account(
        account=account, inviter=owner, phone="13966660001", role="FAMILY", scopes=["PAY"], **made_by
    )
    workforce.write_note(account=account, text="客户下午在家", by=clerk, **made_by)
    workforce.save_view(page="account-list", name="龙潭村", query="kind=SHOP", by=clerk, **made_by)


def _list_mrid_addresses() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the addresses with a key of something in them: name, names of their values."""
    for address in ADDRESSES:
        namespace, _, name = address.partition(":")
        (candidates, *_rest) = get_resolver().namespace_dict[namespace][1].reverse_dict.getlist(name)
        wanted = tuple(candidates[0][0][1])
        if {"mrid", "access", "other", "invitation"} & set(wanted):
            yield address, wanted


@pytest.mark.parametrize("who", ["other", "newcomer", "TARIFF"])
def test_no_key_of_anothers_opens_or_changes_anything(
    who: str, proved: Callable[[str], Client], sign_in: Any, bill: Any
) -> None:
    """Every key of every thing of the owner and the clerk, at every address and in every form that takes one."""
    from gridhall.apps.billing.models import Bill
    from gridhall.apps.identity.models import User

    proved(made.OWNER_PHONE), proved(made.STAFF_PHONE)
    owner, clerk = User.objects.get(phone=made.OWNER_PHONE), User.objects.get(phone=made.STAFF_PHONE)
    _give_things(owner, clerk)
    phone = {"other": made.STRANGER_PHONE, "TARIFF": made.STAFF_PHONES["TARIFF"]}.get(who) or make_newcomer()
    client = proved(phone)
    things = {**_owned_by(owner), **{f"clerk's {name}": rows for name, rows in _owned_by(clerk).items()}}
    things["Bill"] = [bill]
    assert {"AccountAccess", "AccessInvitation", "Passkey", "UserSession", "Message", "clerk's AccountNote"} <= set(
        things
    )
    keys = {row.mrid for rows in things.values() for row in rows}
    before = _read(things)
    bodies = {address for (address, method), row in EXPECTED.items() if method == "POST" and row["owner"] != "405"}
    asked, wrong = 0, []
    for key in keys:
        for address, names in _list_mrid_addresses():
            path = reverse(address, kwargs={name: _make_value(name, key) for name in names})
            asked += 1
            for method in ("GET", "POST"):
                with taken_back(client):
                    status = knock(client, method, path, BODY if method == "POST" else {}).status_code
                    # A refusal in words leads back to where one was; then nothing has changed.
                    if status not in (403, 404, 405) and (status != 302 or method == "GET" or _read(things) != before):
                        wrong.append(f"{method} {path} ({address}): {status}")
        for address in bodies:
            told = {name: str(key) for name in ("mrid", "access", "other", "invitation", "account", "selected")} | BODY
            with taken_back(client):
                client.post(make_address(address, bill), told)
                if _read(things) != before:
                    wrong.append(f"{address} with {key}")
    assert asked > 100 and not wrong, "\n".join(sorted(set(wrong)))
    assert Bill.objects.filter(pk=bill.pk).exists()


BODY = {
    "change": "ARCHIVE",
    "answer": "yes",
    "move": "up",
    "tag": "mine",
    "name": "mine",
    "text": "mine",
    "wanted": "no",
}


def _make_value(name: str, key: UUID) -> Any:
    return {"position": 1, "month": "2026-01", "number": made.CUSTOMERS[0].number}.get(name, key)


def _read(things: dict[str, list[Any]]) -> list[Any]:
    """Read things as they stand, but for when they were last seen."""
    return [
        list(type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).order_by("pk").values())
        for rows in things.values()
    ]


def test_text_of_customers_is_no_formula_in_what_the_desk_takes_along(sign_in: Callable[[str], Client]) -> None:
    from gridhall.apps.accounts.models import CustomerAccount

    clerk = sign_in(made.STAFF_PHONE)
    for hostile in ('=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1"):
        CustomerAccount.objects.filter(number=made.CUSTOMERS[2].number).update(name=hostile)
        text = clerk.get("/console/accounts/", {"export": "csv"}).content.decode("utf-8-sig")
        cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
        assert made.CUSTOMERS[2].number in text.replace(" ", "")
        assert not [cell for cell in cells if cell[:1] in "=+@\t\r" and cell]
