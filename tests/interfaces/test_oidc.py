"""Staff come in by the company's directory: over HTTP, against an issuer that we start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from gridhall.apps.identity import actions, queries
from gridhall.apps.identity.models import User, UserSession, WorkIdentity
from gridhall.core.models import Event
from gridhall.integrations.sign_in.oidc_sandbox import CLIENT_ID, CLIENT_SECRET, SandboxIssuer
from tests import company as made
from tests.interfaces.pages import read_page

START, RETURN = "/console/sign-in/oidc/", "http://testserver/console/sign-in/oidc/return/"
BILLING = made.STAFF_PHONES["BILLING"]


def person(phone: str = BILLING, *groups: str, **more: Any) -> dict[str, Any]:
    told = {"sub": f"p-{phone}", "name": "新来的", "phone_number": f"+86 {phone}", "phone_number_verified": True}
    return told | {"groups": list(groups), "amr": ["pwd", "otp"]} | more


@pytest.fixture
def issuer(settings: Any) -> Iterator[SandboxIssuer]:
    with SandboxIssuer(claims=person(BILLING, "g-billing"), redirect_uris=(RETURN,)) as played:
        settings.GRIDHALL_OIDC = settings.GRIDHALL_OIDC | {
            "issuer": played.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "roles": "g-billing=BILLING, g-approver=BILLING_APPROVER, g-clerk=CLERK, g-audit=AUDITOR",
            "second_factors": "otp hwk",
        }
        yield played


def walk(client: Client, path: str = START) -> Any:
    """Go to the directory and come back, as a browser does; gives the answer of the page of return."""
    there = client.get(path)
    assert there.status_code == 302, there.content.decode()
    back = httpx.get(there.headers["Location"]).headers["Location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


def roles_of(phone: str) -> frozenset[str]:
    return queries.list_roles(User.objects.get(phone=phone))


def test_oidc_start_sends_a_challenge_and_nothing_twice(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    asked = [parse_qs(urlsplit(Client().get(START).headers["Location"]).query) for _unused in range(2)]
    assert asked[0]["code_challenge_method"] == ["S256"] and asked[0]["redirect_uri"] == [RETURN]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name] and len(asked[0][name][0]) >= 32
    assert "用公司统一登录" in read_page(Client().get("/console/sign-in/")).text


def test_oidc_start_is_not_there_without_a_directory(company: made.Company, db: None) -> None:
    assert Client().get(START).status_code == Client().get(f"{START}return/").status_code == 404
    assert "用公司统一登录" not in read_page(Client().get("/console/sign-in/")).text


def test_oidc_return_lets_in_with_the_second_factor_shown_there(
    issuer: SandboxIssuer, company: made.Company, db: None
) -> None:
    client = Client()
    answer = walk(client, f"{START}?next=/console/keyboard/")
    assert answer.headers["Location"] == "/console/keyboard/" and client.get("/console/").status_code == 200
    user = User.objects.get(phone=BILLING)
    assert UserSession.objects.get(user=user, ended_at=None).method == "OIDC"
    assert WorkIdentity.objects.get(user=user).subject == f"p-{BILLING}"
    walk(Client())  # known by now
    assert WorkIdentity.objects.filter(user=user).count() == 1


def test_oidc_return_asks_for_our_second_factor_where_none_was_shown(
    issuer: SandboxIssuer, company: made.Company, db: None
) -> None:
    issuer.claims = person(BILLING, "g-billing", amr=["pwd"])
    client = Client()
    assert walk(client).headers["Location"].startswith("/console/second-factor/set-up/")
    assert client.get("/console/").status_code == 302


def test_oidc_return_never_leads_elsewhere(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    assert walk(Client(), f"{START}?next=https://evil.example/").headers["Location"] == "/console/"


def test_oidc_return_brings_roles_in_line(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    issuer.claims = person(BILLING, "g-clerk", "everybody")
    walk(Client())
    assert roles_of(BILLING) == {"CLERK"}  # billing ended
    told = Event.objects.filter(kind__startswith="StaffRole").order_by("-id")[:2]
    assert {one.kind for one in told} == {"StaffRoleGranted", "StaffRoleEnded"} and told[0].actor == "oidc:127.0.0.1"
    metering = made.STAFF_PHONES["METERING"]
    issuer.claims = person(metering, "g-clerk")
    walk(Client())
    assert roles_of(metering) == {"CLERK", "METERING"}  # what the directory does not manage stays


def test_oidc_return_keeps_duties_apart(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    issuer.claims = person(BILLING, "g-billing", "g-approver", "g-audit")
    client = Client()
    page = read_page(client.get(walk(client).headers["Location"]))
    assert roles_of(BILLING) == {"BILLING"} and "审计、核算复核" in page.text
    assert Event.objects.filter(kind="StaffRoleRefused").count() == 2
    chief = made.STAFF_PHONES["ADMINISTRATOR"]
    issuer.claims = person(chief, "g-clerk")
    walk(Client())
    assert roles_of(chief) == {"ADMINISTRATOR"}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (person("13700007777", "g-billing"), "还不是员工用户"),
        (person(BILLING, "g-billing", phone_number_verified=False), "还不是员工用户"),
        (person(made.OWNER_PHONE, "g-billing"), "还不是员工用户"),
    ],
)
def test_oidc_return_lets_nobody_in_who_is_not_known(
    issuer: SandboxIssuer, company: made.Company, db: None, claims: dict[str, Any], words: str
) -> None:
    issuer.claims = claims
    client = Client()
    assert words in read_page(walk(client)).text and client.get("/console/").status_code == 302
    assert not WorkIdentity.objects.exists()


def test_oidc_return_makes_staff_where_the_settings_say_so(
    issuer: SandboxIssuer, company: made.Company, db: None, settings: Any
) -> None:
    settings.GRIDHALL_OIDC = settings.GRIDHALL_OIDC | {"makes_users": True}
    issuer.claims = person("13700007777", "everybody")
    assert "还不是员工用户" in read_page(walk(Client())).text  # without a role there is nothing to do here
    issuer.claims = person("13700007777", "g-clerk", email="new@example.com", email_verified=True)
    assert walk(Client()).headers["Location"] == "/console/"
    user = User.objects.get(phone="13700007777")
    assert (user.name, user.email, user.is_staff) == ("新来的", "new@example.com", True)
    assert roles_of("13700007777") == {"CLERK"} and not user.has_usable_password()
    issuer.claims = person(made.OWNER_PHONE, "g-clerk")
    assert "在这里是客户" in read_page(walk(Client())).text
    assert not User.objects.get(phone=made.OWNER_PHONE).is_staff


def test_oidc_return_links_by_mail_only_one(
    issuer: SandboxIssuer, company: made.Company, db: None, settings: Any
) -> None:
    settings.GRIDHALL_OIDC = settings.GRIDHALL_OIDC | {"link_by": "email"}
    issuer.claims = person("13700007777", "g-billing", email="Wu@example.com", email_verified=True)
    User.objects.filter(phone__in=[BILLING, made.STAFF_PHONE]).update(email="wu@example.com")
    assert "还不是员工用户" in read_page(walk(Client())).text  # two are called so
    User.objects.filter(phone=made.STAFF_PHONE).update(email="")
    assert walk(Client()).status_code == 302 and WorkIdentity.objects.get().user.phone == BILLING


def test_oidc_return_keeps_links_and_suspended_people_where_they_are(
    issuer: SandboxIssuer, company: made.Company, db: None
) -> None:
    walk(Client())
    issuer.claims = person(BILLING, "g-billing") | {"sub": "somebody else with the phone of the first"}
    assert "另一个人绑定" in read_page(walk(Client())).text
    issuer.claims = person(BILLING, "g-billing")
    chief = User.objects.get(phone=made.STAFF_PHONES["ADMINISTRATOR"])
    user = User.objects.get(phone=BILLING)
    from django.utils import timezone

    actions.suspend_staff(user=user, reason="", by=chief, at=timezone.now(), actor="test")
    assert "已停用" in read_page(walk(Client())).text


def test_oidc_return_takes_no_forged_answer(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    client = Client()
    back = urlsplit(httpx.get(client.get(START).headers["Location"]).headers["Location"])
    assert "等得太久" in read_page(Client().get(f"{back.path}?{back.query}")).text  # another browser
    assert "等得太久" in read_page(client.get(f"{back.path}?code=x&state=forged")).text
    assert "等得太久" in read_page(client.get(f"{back.path}?{back.query}")).text  # the try is used up
    client = Client()
    state = parse_qs(urlsplit(client.get(START).headers["Location"]).query)["state"][0]
    assert "没有确认身份" in read_page(client.get(f"{back.path}?code=invented&state={state}")).text
    client = Client()
    state = parse_qs(urlsplit(client.get(START).headers["Location"]).query)["state"][0]
    assert "没有确认身份" in read_page(client.get(f"{back.path}?error=access_denied&state={state}")).text


@pytest.mark.parametrize(
    "twist",
    [
        {"nonce": "of another try"},
        {"aud": "another client"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"iat": "never"},
        {"sub": "somebody else than userinfo says"},
        {"sub": ""},
        {"aud": [CLIENT_ID, "other"], "azp": "other"},
        {"azp": "other"},
    ],
)
def test_oidc_return_trusts_no_token_that_is_not_for_us(
    issuer: SandboxIssuer, company: made.Company, db: None, twist: dict[str, Any]
) -> None:
    issuer.twist = twist
    client = Client()
    assert "无法核实" in read_page(walk(client)).text and client.get("/console/").status_code == 302


def test_oidc_return_trusts_the_published_keys_only(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    issuer.signing_key = RSAKey.generate_key(2048)
    assert "无法核实" in read_page(walk(Client())).text
    issuer.signing_key = None
    issuer.key = RSAKey.generate_key(2048, {"kid": "rotated"})
    assert walk(Client()).status_code == 302  # the new keys are asked for


def test_oidc_return_says_when_settings_make_no_sense(
    issuer: SandboxIssuer, company: made.Company, db: None, settings: Any
) -> None:
    settings.GRIDHALL_OIDC = settings.GRIDHALL_OIDC | {"roles": "g-billing=BOSS"}
    assert "设置有误" in read_page(walk(Client())).text


def test_oidc_start_says_when_the_directory_is_silent(
    issuer: SandboxIssuer, company: made.Company, db: None, settings: Any
) -> None:
    for address in ("http://127.0.0.1:9", "http://directory.example"):
        settings.GRIDHALL_OIDC = settings.GRIDHALL_OIDC | {"issuer": address}
        page = read_page(Client().get(START))
        assert "没有登录成" in page.text and "/console/sign-in/" in page.links()


def test_sign_out_goes_on_to_the_directory(issuer: SandboxIssuer, company: made.Company, db: None) -> None:
    client = Client()
    walk(client)
    answer = client.post("/console/sign-out/")
    (address,) = [link for link in read_page(answer).links() if link.startswith(issuer.issuer)]
    assert answer.headers["Refresh"] == f"1; url={address}"
    assert httpx.get(address).headers["Location"] == "http://testserver/console/sign-in/"
    assert issuer.signed_out[0].count(".") == 2 and client.get("/console/").status_code == 302


def test_sign_out_of_others_ends_here(sign_in: Any) -> None:
    answer = sign_in(made.STAFF_PHONE).post("/console/sign-out/")
    assert answer.headers["Location"] == "/console/sign-in/" and "Clear-Site-Data" in answer.headers
