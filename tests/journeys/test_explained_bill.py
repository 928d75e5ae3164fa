"""From signing in to the explained bill, on a phone, in Chinese and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gridhall.core.money import round_money
from tests.company import Company
from tests.interfaces.pages import read_amount
from tests.journeys.conftest import choose, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

WORDS = {
    "zh-CN": {"bills": "账单", "usage": "用电", "read": "读数", "compare": "比上月", "month": "按月"},
    "en": {"bills": "Bills", "usage": "Usage", "read": "Readings", "compare": "vs last month", "month": "By month"},
}

TARGETS = ".gh-tab, .gh-button, .gh-row, .gh-tile, .gh-square, .gh-choice, .gh-pill, .gh-line > summary, "
TARGETS += ".gh-segments a, .gh-segments button, .gh-more"


def test_journey_in_chinese(phone: Page, company: Company) -> None:
    _follow(phone, company, "zh-CN")


def test_journey_in_english(english_phone: Page, company: Company) -> None:
    sign_in(english_phone)
    choose(english_phone, "language", "en")
    english_phone.goto("/mine/")
    english_phone.click("form[action='/sign-out/'] button")
    _follow(english_phone, company, "en")


def _follow(page: Page, company: Company, language: str) -> None:
    words = WORDS[language]
    sign_in(page)
    assert page.get_attribute("html", "lang") == language
    amount = read_amount(page.inner_text(".gh-trio dd >> nth=0"))
    assert amount > 0

    page.click(f"nav.gh-tabs >> text={words['bills']}")
    page.click("ul.gh-rows a >> nth=0")
    assert read_amount(page.inner_text(".gh-amount")) == amount
    assert _explain_every_line(page, words) == amount

    page.click(f"text={words['compare']}")
    for position in range(page.locator("table").count()):
        cells = [read_amount(text) for text in page.locator(f"table >> nth={position}").locator("td").all_inner_texts()]
        assert sum(cells[:-1]) == cells[-1] == amount

    page.click(f"nav.gh-tabs >> text={words['usage']}")
    assert page.locator("svg.gh-chart-narrow a.gh-bar").count() == 12
    assert page.locator("tbody tr").count() == 12
    page.click("tbody tr:nth-child(2) th a")
    assert page.locator("tbody tr").count() == company.billed[-1].days
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _explain_every_line(page: Page, words: dict[str, str]) -> object:
    """Open each line, recompute it from its own explanation, and give the sum."""
    total = 0
    for position in range(page.locator("details.gh-line").count()):
        line = page.locator("details.gh-line").nth(position)
        line.locator("summary").click()
        line.locator(".gh-why").wait_for()
        assert words["read"] in line.inner_text()
        shown = read_amount(line.locator("summary .gh-row-end").inner_text())
        unrounded, rounded = (read_amount(text) for text in line.locator(".gh-result b").all_inner_texts())
        last_step = read_amount(line.locator(".gh-steps li b").last.inner_text())
        assert shown == rounded == round_money(unrounded) == round_money(last_step)
        total += shown
    return total


def test_account_sheet_switches_by_hand(phone: Page, company: Company) -> None:
    sign_in(phone)
    phone.click("a.gh-account")
    phone.wait_for_selector("dialog[open]")
    phone.keyboard.press("Escape")
    assert phone.locator("dialog[open]").count() == 0
    phone.click("a.gh-account")
    phone.click(f"dialog button[value='{company.numbers[2]}']")
    phone.wait_for_load_state()
    assert "油茶汤店" in phone.inner_text("header")


def test_pages_fit_a_phone_in_large_type(phone: Page, company: Company) -> None:
    sign_in(phone)
    choose(phone, "reading_mode", "LARGE")
    for path in ("/", "/bills/", "/usage/", "/mine/", f"/usage/{company.billed[-1]}/"):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
        smallest = phone.evaluate(
            """Math.min(...[...document.querySelectorAll('main *, nav *')].filter(node => node.offsetParent &&
               [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
               .map(node => parseFloat(getComputedStyle(node).fontSize)))"""
        )
        assert smallest >= 18, path


@pytest.mark.parametrize(("mode", "size"), [("NORMAL", 44), ("LARGE", 60)])
def test_main_targets_are_large_enough(phone: Page, company: Company, mode: str, size: int) -> None:
    sign_in(phone)
    choose(phone, "reading_mode", mode)
    for path in ("/", "/bills/", "/usage/", "/mine/"):
        phone.goto(path)
        small = phone.evaluate(
            """([size, targets]) => [...document.querySelectorAll(targets)]
               .filter(node => node.offsetParent && node.tagName !== 'SPAN')
               .map(node => [node.className, node.getBoundingClientRect().height])
               .filter(([, height]) => height < size - 0.5)""",
            [size, TARGETS],
        )
        assert not small, (path, small)
