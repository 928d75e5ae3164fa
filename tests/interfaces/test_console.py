"""The console's frame: who comes in, what waits for whom, how rows stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from tests import company as made
from tests.interfaces.pages import read_page


def test_home_is_led_to_by_the_sign_in_of_the_console(db: None) -> None:
    answer = Client().get("/console/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/console/sign-in/?next=%2Fconsole%2F"


def test_home_asks_for_the_second_factor(sign_in: Callable[[str], Client]) -> None:
    client = sign_in(made.STAFF_PHONE)
    session = client.session
    del session["second_factor"]
    session.save()
    assert client.get("/console/").headers["Location"].startswith("/console/sign-in/")


def test_home_does_not_exist_for_customers(owner: Client) -> None:
    assert owner.get("/console/").status_code == 404


def test_home_shows_what_waits_by_role(staff: Callable[[str], Client], django_assert_max_num_queries: Any) -> None:
    client = staff("MANAGER")
    client.get("/console/keyboard/")  # the first request writes the row of a session that `force_login` leaves out
    with django_assert_max_num_queries(12):
        manager = read_page(client.get("/console/")).text
    assert "挂起的账单" in manager and "待处理读数异常" in manager and "待批准电价" in manager
    metering = read_page(staff("METERING").get("/console/")).text
    assert "待处理读数异常" in metering and "挂起的账单" not in metering
    assert "挂起的账单" not in read_page(staff("ADMINISTRATOR").get("/console/")).text


def test_density_is_kept_on_the_device(staff: Callable[[str], Client]) -> None:
    client = staff("CLERK")
    assert 'data-desk="dense"' in client.get("/console/").content.decode()
    answer = client.post("/console/density/", {"density": "roomy", "next": "/console/"})
    assert answer.headers["Location"] == "/console/"
    assert 'data-desk="roomy"' in client.get("/console/").content.decode()
    assert client.post("/console/density/", {"density": "none"}).status_code == 400


def test_keyboard_shows_the_keys_of_ones_own_pages(staff: Callable[[str], Client]) -> None:
    assert "命令面板" in read_page(staff("CLERK").get("/console/keyboard/")).text


def test_navigation_leads_only_where_one_may_go(staff: Callable[[str], Client]) -> None:
    """What the table of navigation says and what the pages say is the same."""
    from gridhall.apps.identity.models import User
    from gridhall.interfaces.console.navigation import ENTRIES, list_places

    for role, phone in made.STAFF_PHONES.items():
        client, user = staff(role), User.objects.get(phone=phone)
        for place in list_places(user):
            assert client.get(place.address).status_code == 200, (role, place.address)
        offered = {place.address for place in list_places(user)}
        for entry in ENTRIES:
            from django.urls import NoReverseMatch, reverse

            try:
                address = reverse(entry.url)
            except NoReverseMatch:
                continue
            if address not in offered:
                assert client.get(address).status_code == 403 or entry.url == "console:search", (role, address)
