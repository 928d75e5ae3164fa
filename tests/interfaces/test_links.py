"""Links that lead into the app, and what is shown around: to the right page and account, and to nobody else's."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core import signing
from django.test import Client

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.interfaces.portal.month_cards import SALT, MonthCard, read_card, write_card
from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_page

if TYPE_CHECKING:
    from collections.abc import Callable

CARD = MonthCard("2026-10", "12345" * 6 + "0", -12, "YEAR", 43, "zh-hans")


def get_mrid(number: str) -> str:
    return str(CustomerAccount.objects.get(number=number).mrid)


def test_a_link_switches_to_its_account_after_signing_in(company: made.Company, db: None) -> None:
    client, number = Client(), company.numbers[2]
    month = company.billed[-1]
    link = f"/usage/{month}/?account={get_mrid(number)}&point="
    asked = client.get(link)
    assert asked.status_code == 302 and asked.headers["Location"].startswith("/sign-in/?next=/usage/")
    form = {"phone": made.OWNER_PHONE, "password": made.PASSWORD}
    following = read_page(client.get(asked.headers["Location"])).tree.xpath(
        "//form[.//input[@name='phone']]//input[@name='next']/@value"
    )[0]
    entered = client.post("/sign-in/", {**form, "next": following})
    assert entered.headers["Location"] == link
    shown = client.get(link, follow=True)
    assert shown.redirect_chain == [(f"/usage/{month}/?point=", 302)]
    assert made.CUSTOMERS[2].tag in read_page(shown).text
    assert made.CUSTOMERS[2].tag in read_page(client.get("/")).text, "the account stays chosen"


def test_a_link_to_an_account_of_others_leads_nowhere(sign_in: Callable[[str], Client], company: made.Company) -> None:
    neighbor = sign_in(made.STRANGER_PHONE)
    missing = neighbor.get("/usage/?account=00000000-0000-4000-8000-000000000000")
    for wanted in (get_mrid(company.numbers[0]), company.numbers[0], "", "<script>"):
        answer = neighbor.get("/usage/", {"account": wanted})
        assert read_page(answer, status=404).text == read_page(missing, status=404).text
    assert made.CUSTOMERS[0].tag not in neighbor.get("/").content.decode()


def test_the_link_of_a_bill_switches_to_its_account(
    owner: Client, company: made.Company, django_assert_max_num_queries: Any
) -> None:
    other = find_bill(company.numbers[1])
    owner.get("/")
    with django_assert_max_num_queries(12):
        assert owner.get(f"/bills/{other.mrid}/").status_code == 200
    assert made.CUSTOMERS[1].tag in read_page(owner.get("/")).text


def test_the_link_of_a_bill_tells_strangers_nothing(bill: Any, sign_in: Callable[[str], Client]) -> None:
    stranger = Client().get(f"/bills/{bill.mrid}/", follow=True)
    text = stranger.content.decode()
    assert stranger.redirect_chain[-1][0].startswith("/sign-in/")
    assert bill.account.number not in text and f"{bill.amount:,.2f}" not in text and "og:" not in text
    assert sign_in(made.STRANGER_PHONE).get(f"/bills/{bill.mrid}/").status_code == 404


def test_month_card_tells_nothing_that_identifies(
    owner: Client, company: made.Company, django_assert_max_num_queries: Any
) -> None:
    month = company.billed[-1]
    owner.get("/")
    with django_assert_max_num_queries(12):
        page = read_page(owner.get(f"/usage/{month}/card/"))
    (address,) = page.tree.xpath("//input[@id='address']/@value")
    assert address.startswith("http://testserver/cards/")
    card = read_card(address.rstrip("/").rpartition("/")[2])
    assert card is not None and card.month == str(month) and re.fullmatch("[0-5]+", card.levels)
    assert len(card.levels) == month.days and "5" in card.levels and card.valley is not None
    assert card.change is not None, "there is a month before to compare with"
    shown = Client().get(address)
    text = read_page(shown).text + shown.content.decode()
    for customer in made.CUSTOMERS:
        assert customer.number not in text and customer.name not in text
    assert not re.search(r"¥|kWh|度|data-copy", text)
    assert read_page(shown).tree.xpath("//meta[@property='og:image']/@content") == [f"{address}picture/"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_shared_card_picture_is_drawn_for_everybody(language: str, db: None) -> None:
    from PIL import Image

    token = write_card(MonthCard(*[*CARD_FACTS, language]))
    answer = Client().get(f"/cards/{token}/picture/")
    assert answer.headers["Content-Type"] == "image/png" and answer.headers["Cache-Control"].startswith("public")
    assert not answer.cookies
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (720, 960) and not picture.info.get("Comment")


CARD_FACTS = (CARD.month, CARD.levels, CARD.change, CARD.against, CARD.valley)


def test_shared_card_is_only_what_we_wrote(db: None) -> None:
    token = write_card(CARD)
    assert read_card(token) == CARD
    forged = (f"{token}x", token.replace(token[3], "_"), "x", signing.dumps(["2026-10"], salt=SALT), signing.dumps(1))
    for address in forged:
        assert Client().get(f"/cards/{address}/").status_code == 404
        assert Client().get(f"/cards/{address}/picture/").status_code == 404


def test_month_card_without_days_says_so(owner: Client) -> None:
    page = read_page(owner.get("/usage/2019-02/card/"))
    assert "没有用电数据" in page.text and not page.tree.xpath("//img")
