"""Search, help and feedback through HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gridhall.interfaces.portal.bill_words import read_bill_wish
from gridhall.interfaces.portal.offers import SERVICES
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.finding import Findable, Finder
from gridhall.interfaces.shared.help_articles import list_articles, read_articles
from tests import company as made
from tests.interfaces.pages import read_page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("账单", "/bills/"), ("zhangdan", "/bills/"), ("zd", "/bills/"), ("WDZD", "/bills/"), ("bill", "/bills/"),
        ("电费查询", "/bills/"), ("用电量", "/usage/"), ("yongdianliang", "/usage/"), ("ydl", "/usage/"),
        ("green button", "/usage/export/"), ("免打扰", "/messages/settings/"), ("mdr", "/messages/settings/"),
        ("大字", "/mine/"), ("zhanglaomoshi", ""), ("长辈", "/mine/"), ("jieti", "/help/tiers/"),
        ("阶梯", "/help/tiers/"), ("tier", "/help/tiers/"), ("估算", "/help/estimated-readings/"),
        ("为什么电费这么高", "/help/bill-higher/"), ("忘记密码", "/help/sign-in-trouble/"),
        ("ＣＳＶ", "/usage/export/"),
        ("帐单", "/bills/"), ("zhangdna", "/bills/"), ("uasge", "/usage/"), ("prcie", "/prices/"), ("qwer", ""),
    ],
)  # fmt: skip
def test_search_finds_by_chinese_pinyin_and_english(owner: Client, text: str, expected: str) -> None:
    page = read_page(owner.get("/search/", {"q": text}))
    found = page.tree.xpath("//div[@id='found']//a/@href")
    assert (expected in found) if expected else "没有找到" in page.text


def test_search_finds_bills_by_month_amount_and_number(
    owner: Client, bill: Any, django_assert_max_num_queries: Any
) -> None:
    month = f"{bill.first_day.year}年{bill.first_day.month}月"
    for text in (month, f"{bill.first_day:%Y-%m}", f"{bill.amount:.2f}", bill.number, bill.account.number, "上个月"):
        with django_assert_max_num_queries(12):
            page = read_page(owner.get("/search/", {"q": text}))
        links = page.links()
        assert any(link.startswith("/bills/") and link != "/bills/" for link in links), text
        if text not in ("上个月", month, f"{bill.first_day:%Y-%m}"):
            assert f"/bills/{bill.mrid}/" in links, text


def test_search_shows_nobody_anothers_bills(sign_in: Callable[[str], Client], bill: Any) -> None:
    for phone in (made.STRANGER_PHONE, made.FAMILY_PHONE, ""):
        page = read_page(sign_in(phone).get("/search/", {"q": bill.number}))
        assert f"/bills/{bill.mrid}/" not in page.links()
        assert formats.yuan(bill.amount) not in page.text
    family = read_page(sign_in(made.FAMILY_PHONE).get("/search/", {"q": f"{bill.first_day:%Y-%m}"}))
    assert not [link for link in family.links() if link.startswith("/bills/") and link != "/bills/"]


def test_search_answers_a_script_with_the_results_alone(owner: Client) -> None:
    answer = owner.get("/search/", {"q": "zd"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode() and "/bills/" in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_search_without_words_shows_what_is_usual(owner: Client) -> None:
    page = read_page(owner.get("/search/"))
    assert "常用服务" in page.text and "/messages/" in page.links()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "%", "_", "'; DROP TABLE x", "\x00", "长" * 500, "🙂", "\\"]
)
def test_search_takes_anything(owner: Client, text: str) -> None:
    page = read_page(owner.get("/search/", {"q": text}))
    assert not page.tree.xpath("//div[@id='found']//script")


def test_search_of_strangers_offers_what_is_open(company: made.Company, db: None) -> None:
    page = read_page(Client().get("/search/", {"q": "zhangdan"}))
    found = page.tree.xpath("//div[@id='found']//a/@href")
    assert found and all(link.startswith(("/help/", "/feedback/")) for link in found)


def test_services_are_pages_that_are_there(owner: Client) -> None:
    for service in SERVICES:
        assert owner.get(reverse(service.view)).status_code == 200, service.view


@given(st.text(max_size=80))
def test_any_text_can_be_looked_for(text: str) -> None:
    finder = Finder([Findable("a", ("我的账单", "My bills"), ("电费",), "多退少补"), Findable("b", ("用电",))])
    found = finder.find(text)
    assert len(found) == len(set(found)) <= 2
    from datetime import date

    read_bill_wish(text, today=date(2026, 11, 23))


def test_help_list_and_help_article_are_open_and_whole(db: None) -> None:
    assert read_articles.__module__ and list_articles()
    client = Client()
    page = read_page(client.get("/help/"))
    for article in list_articles():
        assert f"/help/{article.slug}/" in page.links()
        one = read_page(client.get(f"/help/{article.slug}/"))
        assert one.heading == article.titles["zh"] and "<" not in one.text
        if article.page:
            assert reverse(article.page) in one.links()
    assert client.get("/help/nothing/").status_code == 404


def test_help_article_speaks_english_alone(owner: Client) -> None:
    owner.post("/mine/preferences/", {"language": "en"})
    import re

    for article in list_articles():
        page = read_page(owner.get(f"/help/{article.slug}/"))
        (text,) = (node.text_content() for node in page.tree.xpath("//article"))
        assert page.heading == article.titles["en"]
        assert not re.search("[\u4e00-\u9fff]", text) or article.slug == "search-tips", article.slug


def test_feedback_is_kept_and_feedback_thanks_gives_the_number(
    owner: Client, django_assert_max_num_queries: Any
) -> None:
    from gridhall.apps.notifications.models import Feedback

    link = next(link for link in read_page(owner.get("/bills/")).links() if link.startswith("/feedback/"))
    form = read_page(owner.get(link))
    assert form.tree.xpath("//input[@name='page']/@value") == ["/bills/"]
    values = {"kind": "WISH", "text": "想要月份能跳", "rating": "4", "page": "/bills/", "contact": ""}
    with django_assert_max_num_queries(12):
        answer = owner.post("/feedback/", values)
    kept = Feedback.objects.get()
    assert (kept.page, kept.rating, kept.kind) == ("/bills/", 4, "WISH") and kept.user is not None
    assert kept.number in read_page(owner.get(answer.headers["Location"])).text


def test_feedback_thanks_repeats_no_words(owner: Client) -> None:
    assert owner.get("/feedback/evil-words/").status_code == 404
    assert "Y261123ABCDE" in read_page(owner.get("/feedback/Y261123ABCDE/")).text


def test_feedback_says_what_is_missing_and_when_it_is_enough(db: None) -> None:
    from gridhall.apps.notifications.models import Feedback

    client = Client()
    page = read_page(client.post("/feedback/", {"kind": "WRONG", "text": " "}))
    assert "写一句话，或者打个分" in page.text
    assert read_page(client.post("/feedback/", {"kind": "RANT", "text": "x"})).tree.xpath("//*[@role='alert']")
    for number in range(6):
        assert client.post("/feedback/", {"kind": "WRONG", "text": f"第{number}"}).status_code == 302
    answer = client.post("/feedback/", {"kind": "WRONG", "text": "还有"})
    assert read_page(answer, status=429).tree.xpath("//textarea")[0].text.strip() == "还有"
    assert Feedback.objects.count() == 6
