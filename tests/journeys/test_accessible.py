"""No serious fault of accessibility on any page: both languages, light and dark, normal and large type, two widths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.company import Company
from tests.journeys.conftest import choose, find_axe_faults, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
WAYS = [
    ("zh-hans", "LIGHT", "NORMAL"),
    ("en", "LIGHT", "NORMAL"),
    ("zh-hans", "DARK", "NORMAL"),
    ("en", "DARK", "LARGE"),
    ("zh-hans", "LIGHT", "LARGE"),
    ("zh-hans", "DARK", "LARGE"),
]


@pytest.fixture(params=[(390, 844), (1440, 900)], ids=["phone", "desk"])
def page(request: pytest.FixtureRequest, browser: Browser, hall: str) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        base_url=hall, viewport={"width": width, "height": height}, locale="zh-CN", service_workers="block"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("language", "appearance", "reading_mode"), WAYS)
def test_every_page_is_accessible(
    page: Page, company: Company, language: str, appearance: str, reading_mode: str
) -> None:
    sign_in(page)
    for name, value in (("language", language), ("appearance", appearance), ("reading_mode", reading_mode)):
        choose(page, name, value)
    faults: list[str] = []
    paths = [
        "/",
        "/bills/",
        "/usage/",
        f"/usage/{company.billed[7]}/",
        "/prices/",
        "/prices/compare/",
        "/mine/",
        "/accounts/",
        "/offline/",
        "/nowhere/",
    ]
    for path in paths:
        page.goto(path)
        faults += find_axe_faults(page)
    page.goto("/bills/")
    page.click("ul.gh-rows a >> nth=0")
    page.click("details.gh-line summary >> nth=0")
    page.wait_for_selector(".gh-why")
    faults += find_axe_faults(page)
    bill = page.url
    page.goto(f"{bill}lines/1/")
    faults += find_axe_faults(page)
    page.goto(f"{bill}comparison/")
    faults += find_axe_faults(page)
    page.goto("/mine/")
    page.click("form[action='/sign-out/'] button")
    page.wait_for_selector("#phone")
    faults += find_axe_faults(page)
    assert not faults, "\n".join(faults)
