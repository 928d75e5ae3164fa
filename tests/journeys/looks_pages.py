"""
The pages that are looked at. One row a page: add yours.

`path` is an address, or a function of the company that gives one; `phone` is who looks (None: nobody signed in);
`prepare` does on the page what a person would before looking, such as opening a line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests import company as made

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True, slots=True)
class Look:
    """One page to look at."""

    name: str
    path: str | Callable[[made.Company], str]
    phone: str | None = made.OWNER_PHONE
    prepare: Callable[[Page], None] | None = None

    def get_path(self, company: made.Company) -> str:
        """Give its address."""
        return self.path if isinstance(self.path, str) else self.path(company)


def _open_bill(page: Page) -> None:
    page.goto(page.locator("ul.gh-rows a").first.get_attribute("href") or "")


def _open_line(page: Page) -> None:
    _open_bill(page)
    page.click("details.gh-line summary >> nth=0")
    page.wait_for_selector(".gh-why")


def _open_line_page(page: Page) -> None:
    _open_bill(page)
    page.goto(f"{page.url}lines/1/")


def _open_comparison(page: Page) -> None:
    _open_bill(page)
    page.goto(f"{page.url}comparison/")


def _send_empty(page: Page) -> None:
    page.click("main button[type=submit]")
    page.wait_for_selector(".gh-summary")


PAGES = (
    Look("sign-in", "/sign-in/", None),
    Look("sign-in-errors", "/sign-in/", None, _send_empty),
    Look("offline", "/offline/", None),
    Look("nowhere", "/nowhere/", None),
    Look("styleguide", "/styleguide/", None),
    Look("home", "/"),
    Look("bills", "/bills/"),
    Look("bill", "/bills/", prepare=_open_line),
    Look("bill-line", "/bills/", prepare=_open_line_page),
    Look("bill-comparison", "/bills/", prepare=_open_comparison),
    Look("usage-year", "/usage/"),
    Look("usage-month", lambda company: f"/usage/{company.billed[7]}/"),
    Look("mine", "/mine/"),
    Look("accounts", "/accounts/"),
)
