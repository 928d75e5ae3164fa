"""
The pages that are looked at. One row a page: add yours to `LEAVES`, unless it is a page of every day.

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


def _find_account(position: int) -> Callable[[made.Company], str]:
    return lambda company: f"/accounts/?q={company.numbers[position]}"


def _choose_found(path: str) -> Callable[[Page], None]:
    """Switch to the account that was found, and go on to a page of it."""

    def prepare(page: Page) -> None:
        page.click("main button[name=account]")
        page.wait_for_url("**/")
        page.goto(path)

    return prepare


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


def _open_account(path: str = "") -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        links = page.locator("main a[href^='/accounts/']").all()
        addresses = [link.get_attribute("href") or "" for link in links]
        page.goto(next(address for address in addresses if address.count("-") == 4) + path)

    return prepare


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
# Walked in fewer ways, which still meet every screen, both sizes of type, both languages, light and dark.
LEAVES = (
    Look("usage-day", lambda company: f"/usage/{company.billed[7]}-10/"),
    Look("account-manage", "/accounts/manage/"),
    Look("account-detail", "/accounts/manage/", prepare=_open_account()),
    Look("account-unbind", "/accounts/manage/", prepare=_open_account("unbind/")),
    Look("sharing-list", "/accounts/manage/", prepare=_open_account("sharing/")),
    Look("sharing-invite", "/accounts/manage/", prepare=_open_account("sharing/invite/")),
    Look("sharing-history", "/accounts/manage/", prepare=_open_account("sharing/history/")),
    Look("binding", "/accounts/bind/"),
    Look("binding-number-errors", "/accounts/bind/number/", prepare=_send_empty),
    Look("binding-scan", "/accounts/bind/scan/"),
    Look("binding-meter", "/accounts/bind/meter/"),
    Look("binding-slip", "/accounts/bind/code/"),
    Look("invitations", "/mine/invitations/"),
    Look("consents", "/mine/consents/"),
    Look("real-name", "/mine/real-name/"),
    Look("real-name-person", "/mine/real-name/person/"),
    Look("business", "/mine/business/"),
    Look("sign-in-password", "/sign-in/?by=password", None),
    Look("sign-in-forgotten", "/sign-in/forgotten/", None),
    Look("messages", "/messages/"),
    Look("message-settings", "/messages/settings/"),
    Look("search", "/search/"),
    Look("search-nothing", "/search/?q=qqqq"),
    Look("help", "/help/"),
    Look("help-article", "/help/tiers/"),
    Look("feedback", "/feedback/?page=/bills/"),
    Look("feedback-thanks", "/feedback/Y261123ABCDE/"),
    Look("security", "/mine/security/"),
    Look("devices", "/mine/security/devices/"),
    Look("passkeys", "/mine/security/passkeys/"),
    Look("own-data", "/mine/data/"),
    Look("leave", "/mine/leave/"),
    Look("prices", "/prices/"),
    Look("price-comparison", "/prices/compare/"),
    # These switch accounts, and the last switches back.
    Look("home-shop", _find_account(2), prepare=_choose_found("/")),
    Look("prices-shop", _find_account(2), prepare=_choose_found("/prices/")),
    Look("price-comparison-shop", _find_account(2), prepare=_choose_found("/prices/compare/")),
    Look("home-enterprise", _find_account(3), prepare=_choose_found("/")),
    Look("home-ev", _find_account(4), prepare=_choose_found("/")),
    Look("home-pv", _find_account(5), prepare=_choose_found("/")),
    Look("home-again", _find_account(0), prepare=_choose_found("/")),
)
