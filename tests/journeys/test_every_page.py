"""
Every address that answers a person with a page, in a real browser.

Nothing breaks the content security policy, nothing stands in the browser's console, axe finds nothing, and everything
fits the screen of a phone, also where names have 60 characters and an account has 400 meters. What is opened is what
`tests/interfaces/access.csv` lets a person open, and what links lead to, so a new page is met without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests import company as made
from tests.conftest import PHONE
from tests.interfaces.conftest import find_bill
from tests.interfaces.examples import make_address
from tests.interfaces.test_access import EXPECTED
from tests.journeys import looking
from tests.journeys.conftest import find_axe_faults
from tests.journeys.large_company import make_large
from tests.journeys.people import Listener, forget_authenticators, open_browser
from tests.journeys.pressing import find_name

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
DESK = {"width": 1440, "height": 900}
PEOPLE = {
    "stranger": "",
    "owner": made.OWNER_PHONE,
    "CLERK": made.STAFF_PHONES["CLERK"],
    "BILLING": made.STAFF_PHONES["BILLING"],
    "ADMINISTRATOR": made.STAFF_PHONES["ADMINISTRATOR"],
    "AUDITOR": made.STAFF_PHONES["AUDITOR"],
}
# Links that would end the walk, or lead out of the house's pages: files, pictures, a part of a page.
NOT_WALKED = frozenset(
    {
        "portal:sign-out", "portal:service-worker", "portal:manifest", "portal:bill-document",
        "portal:bill-document-page", "portal:shared-card-picture",
        "console:bill-run-progress",
    }
)  # fmt: skip
MOST_OF_A_NAME = 2
LINKS = """[...document.querySelectorAll("a[href]")]
  .map((one) => new URL(one.getAttribute("href"), document.baseURI).href)"""
# So many pages are there at least, so that a walk that ends at once is noticed.
LEAST = {"stranger": 8, "owner": 40, "CLERK": 5, "BILLING": 4, "ADMINISTRATOR": 3, "AUDITOR": 4}


def list_addresses(persona: str, bill: Any) -> list[str]:
    """Give the addresses that answer a person with something, by the table."""
    return [
        make_address(address, bill)
        for (address, method), row in EXPECTED.items()
        if method == "GET" and row[persona] in ("200", "302") and address not in NOT_WALKED
    ]


def walk(page: Page, starts: list[str], *, only: str = "") -> Iterator[str]:
    """Go to each address, and to those to which its links lead, a few of each name; gives the path of each page."""
    waiting, seen, shown = list(starts), set(starts), set[str]()
    times: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        answer = _go(page, path)
        here = page.url.split("#")[0]
        if answer is None or "text/html" not in answer.headers.get("content-type", "") or here in shown:
            continue
        assert answer.status < 500, f"{path}: {answer.status}"
        shown.add(here)
        yield path
        for link in page.evaluate(LINKS):
            parts = urlsplit(link)
            wanted = parts.path + (f"?{parts.query}" if parts.query else "")
            name = find_name(wanted) if page.url.startswith(f"{parts.scheme}://{parts.netloc}/") else ""
            if not name.startswith(only) or not name or name in NOT_WALKED or wanted in seen:
                continue
            times[name] = times.get(name, 0) + 1
            if times[name] <= MOST_OF_A_NAME:
                seen.add(wanted)
                waiting.append(wanted)


def _go(page: Page, path: str) -> Any:
    from playwright.sync_api import Error

    try:
        return page.goto(path, wait_until="load")
    except Error as failure:
        if "Download is starting" in str(failure) or "ERR_ABORTED" in str(failure):
            return None
        raise


@pytest.fixture(autouse=True)
def second_factors_forgotten(company: made.Company) -> Iterator[None]:
    """What staff set up here is not met by the next journey."""
    yield
    forget_authenticators()


@pytest.mark.parametrize("persona", PEOPLE)
def test_no_page_breaks_the_policy_or_stands_in_the_console(
    browser: Browser, hall: str, company: made.Company, persona: str
) -> None:
    is_staff = persona in made.STAFF_PHONES
    page = open_browser(
        browser, hall, PEOPLE[persona], is_staff=is_staff, viewport=DESK if is_staff else PHONE, reduced_motion="reduce"
    )
    listener, faults, count = Listener(page), [], 0
    for path in walk(page, list_addresses(persona, find_bill(company.numbers[0])), only="console:" if is_staff else ""):
        count += 1
        page.evaluate("document.fonts.ready.then(() => true)")
        found = [*find_axe_faults(page), *(f for f in looking.find_faults(page) if f.startswith("overflow"))]
        faults += [f"{path}: {fault}" for fault in (*listener.take(), *found)]
    page.context.close()
    assert count >= LEAST[persona]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("persona", ["owner", "CLERK", "ADMINISTRATOR"])
def test_long_names_and_400_meters_fit_the_phone(browser: Browser, hall: str, large: str, persona: str) -> None:
    is_staff = persona in made.STAFF_PHONES
    page = open_browser(browser, hall, PEOPLE[persona], is_staff=is_staff, viewport=PHONE, reduced_motion="reduce")
    listener, faults = Listener(page), []
    starts = list_addresses(persona, find_bill(made.CUSTOMERS[0].number))
    if persona == "owner":
        page.goto(f"/accounts/?q={large}")
        page.click("main button[name=account]")
        page.wait_for_url("**/")
        starts += ["/group/", f"/group/{large}/", "/accounts/?page=7", "/accounts/manage/?page=7"]
    else:
        starts += [f"/console/accounts/{large}/", f"/console/accounts/{large}/?tab=supply"]
    for path in walk(page, starts, only="" if persona == "owner" else "console:"):
        page.evaluate("document.fonts.ready.then(() => true)")
        wrong = [f for f in looking.find_faults(page) if not f.startswith("small")]
        faults += [f"{path}: {fault}" for fault in (*listener.take(), *wrong)]
    page.context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def large(hall: str, company: made.Company, django_db_blocker: Any) -> Iterator[str]:
    """The number of an enterprise with 400 meters at the head of 400 sites; every name has 60 characters."""
    with django_db_blocker.unblock():
        yield from make_large()
