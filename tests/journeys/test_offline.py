"""The app in a dead spot: the last bill stays readable for its owner alone, and what was typed is not lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys.conftest import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

KEPT = """async () => {
  const base = await new Promise((done, fail) => {
    const wanted = indexedDB.open("gridhall", 1);
    wanted.onupgradeneeded = () => wanted.result.createObjectStore("kept");
    wanted.onsuccess = () => done(wanted.result);
    wanted.onerror = () => fail(wanted.error);
  });
  const store = base.transaction("kept").objectStore("kept");
  const ask = (wanted) => new Promise((done) => { wanted.onsuccess = () => done(wanted.result); });
  const [names, records] = await Promise.all([ask(store.getAllKeys()), ask(store.getAll())]);
  const sealed = {};
  names.forEach((name, place) => {
    const record = records[place];
    sealed[name] = record.data ? new TextDecoder("latin1").decode(record.data) : record.extractable;
  });
  base.close();
  return sealed;
}"""


HOLD = """async () => {
  const base = await new Promise((done) => {
    const wanted = indexedDB.open("gridhall", 1);
    wanted.onsuccess = () => done(wanted.result);
  });
  const store = base.transaction("kept", "readwrite").objectStore("kept");
  const go = () => { if (!window.letGo) store.count().onsuccess = go; else base.close(); };
  await new Promise((done) => { store.count().onsuccess = () => { go(); done(); }; });
}"""


@pytest.fixture(params=["zh-CN", "en-US"])
def handset(browser: Browser, hall: str, company: made.Company, request: Any) -> Iterator[BrowserContext]:
    """A phone of its own, in each language."""
    context = browser.new_context(
        base_url=hall, viewport={"width": 390, "height": 844}, locale=request.param, timezone_id="Asia/Shanghai"
    )
    yield context
    context.close()


def is_english(page: Page) -> bool:
    """Tell in which language the page is."""
    return page.get_attribute("html", "lang") == "en"


def read_in(page: Page, english: bool) -> None:
    """Let the user read in a language."""
    page.goto("/mine/")
    page.click(f"button[name=language][value={'en' if english else 'zh-hans'}]")
    page.wait_for_load_state()


def arrive(page: Page, phone: str = made.OWNER_PHONE, *, english: bool = False) -> None:
    """Sign in, and wait until the device keeps the last bill."""
    sign_in(page, phone)
    if english:
        read_in(page, True)
        page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_for_copy(page)


def wait_until(page: Page, has: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until what is kept is so."""
    for _ in range(300):
        if has(page.evaluate(KEPT)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"Kept is {list(page.evaluate(KEPT))}.")


def wait_for_copy(page: Page) -> None:
    """Wait until a bill is kept."""
    wait_until(page, lambda kept: "copy" in kept)


def get_amount(page: Page) -> str:
    """Read what the last bill comes to."""
    page.goto("/bills/")
    page.click("ul.gh-rows a >> nth=0")
    amount = page.inner_text(".gh-amount")
    page.goto("/")
    return amount


def test_offline_the_last_bill_is_read_with_its_date(handset: BrowserContext) -> None:
    page = handset.new_page()
    page.goto("/sign-in/")
    english = is_english(page)
    arrive(page, english=english)
    amount = get_amount(page)
    sealed = page.evaluate(KEPT)
    assert sealed["device"] is False, "the device's half of the key can be read out"
    assert amount not in sealed["copy"] and "gh-amount" not in sealed["copy"]
    handset.set_offline(True)
    page.goto("/bills/")
    copy = page.locator("#gh-copy")
    copy.wait_for()
    text = copy.inner_text()
    assert amount.replace("¥", "") in text
    assert ("Off-line copy" if english else "离线副本") in text
    assert made.CUSTOMERS[0].name not in text and made.CUSTOMERS[0].number not in text
    copy.locator("[data-forget]").click()
    page.goto("/usage/")
    wait_until(page, lambda kept: "copy" not in kept)
    assert not copy.is_visible() and page.locator("h1").is_visible()


def test_what_is_to_be_forgotten_is_forgotten_by_who_leaves_at_once(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    beside = handset.new_page()
    beside.goto("/offline/")
    handset.set_offline(True)
    page.goto("/bills/")
    page.locator("#gh-copy [data-forget]").wait_for()
    beside.evaluate(HOLD)  # whoever wants to write to the store waits
    page.locator("#gh-copy [data-forget]").click()
    page.goto("/usage/")
    beside.evaluate("window.letGo = true")
    wait_until(page, lambda kept: "copy" not in kept)
    assert not page.locator("#gh-copy").is_visible() and page.locator("h1").is_visible()


def find_key(context: BrowserContext) -> str | None:
    """Give the house's half of the key, as the browser holds it."""
    return next((cookie["value"] for cookie in context.cookies() if cookie["name"] == "gridhall_key"), None)


def leave(page: Page) -> None:
    """Sign out as people do."""
    page.goto("/mine/")
    page.click("form[action='/sign-out/'] button")
    page.wait_for_url("**/sign-in/**")


def assert_nothing_is_shown(context: BrowserContext, page: Page) -> None:
    """Off-line, no address shows anything of anybody."""
    context.set_offline(True)
    for path in ("/", "/bills/", "/offline/"):
        page.goto(path)
        wait_until(page, lambda kept: "copy" not in kept)
        assert "¥" not in page.content() and not page.locator("#gh-copy").is_visible()
    context.set_offline(False)


def test_signing_out_leaves_nothing_on_the_device(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    page.goto("/bills/")
    held = find_key(handset)
    assert held
    leave(page)
    page.wait_for_function("() => localStorage.getItem('gh-viewer') === '-'")
    assert page.evaluate(KEPT) == {}
    assert find_key(handset) is None
    page.go_back()
    page.go_back()
    page.wait_for_url("**/sign-in/**")
    assert "¥" not in page.content() and made.CUSTOMERS[0].number not in page.content()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert_nothing_is_shown(handset, page)
    sign_in(page)
    wait_for_copy(page)
    assert find_key(handset) not in (None, held), "each sign-in has a key of its own"


def test_without_its_session_the_device_reads_nothing(handset: BrowserContext) -> None:
    """A browser that empties nothing when told to still holds the sealed copy, and no key that opens it."""
    page = handset.new_page()
    arrive(page)
    handset.clear_cookies(name="gridhall_key")
    assert_nothing_is_shown(handset, page)


def test_a_session_ended_elsewhere_ends_the_copy(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    handset.clear_cookies(name="sessionid")
    page.goto("/bills/")
    page.wait_for_url("**/sign-in/**")
    assert find_key(handset) is None
    page.wait_for_function("() => localStorage.getItem('gh-viewer') === '-'")
    assert page.evaluate(KEPT) == {}


def test_the_next_user_sees_nothing_of_the_first(handset: BrowserContext, company: made.Company) -> None:
    page = handset.new_page()
    arrive(page)
    first, key = get_amount(page), find_key(handset)
    sealed = page.evaluate(KEPT)["copy"]
    handset.clear_cookies(name="sessionid")
    sign_in(page, made.STRANGER_PHONE)
    wait_for_copy(page)
    assert find_key(handset) not in (None, key)
    assert page.evaluate(KEPT)["copy"] != sealed
    second = get_amount(page)
    assert second != first
    handset.set_offline(True)
    page.goto("/")
    page.locator("#gh-copy").wait_for()
    text = page.content()
    assert second.replace("¥", "") in text and first.replace("¥", "") not in text
    assert made.CUSTOMERS[0].number[-4:] not in page.inner_text("#gh-copy")


def test_offline_in_the_middle_of_a_form_nothing_typed_is_lost(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    page.goto("/sign-in/")
    page.goto("/feedback/")
    english = is_english(page)
    words = "路灯下的电表箱门坏了 – the door of the meter box is broken"
    page.wait_for_function("() => document.querySelector('script[data-copy][src*=vault]:not([data-htmx])')")
    page.fill("textarea", words)
    page.fill("#contact", "身份证 42282619800101123X")
    handset.set_offline(True)
    page.click("main form.gh-form button[type=submit]")
    told = page.locator("#gh-told")
    told.wait_for()
    assert ("nothing was sent" if english else "还没有提交") in told.inner_text()
    assert page.input_value("textarea") == words and page.locator("[aria-busy=true]").count() == 0
    wait_until(page, lambda kept: "drafts" in kept)
    sealed = page.evaluate(KEPT)["drafts"]
    assert "meter box" not in sealed
    page.reload()  # the page is gone: nothing but the device knows what was typed
    assert page.locator("h1").inner_text() == "没有网络"
    handset.set_offline(False)
    page.goto("/feedback/")
    told.wait_for()
    assert page.input_value("textarea") == words
    assert page.input_value("#contact") == "", "an ID number was kept"
    page.locator(".gh-option").first.click()
    page.click("main form.gh-form button[type=submit]")
    page.wait_for_url("**/feedback/Y*/")
    page.wait_for_function("() => sessionStorage.getItem('gh-sent') === null")
    page.goto("/feedback/")
    page.wait_for_function("() => localStorage.getItem('gh-viewer') !== null")
    assert page.input_value("textarea") == "" and not told.is_visible()
    assert count_feedback(words) == 1


def test_a_form_without_an_answer_says_so_and_is_kept_once(handset: BrowserContext) -> None:
    """The line breaks while the form is on its way: the browser thinks that it is on-line."""
    page = handset.new_page()
    arrive(page)
    page.goto("/feedback/")
    words = "发送时断线 – the line broke while sending"
    page.wait_for_function("() => document.querySelector('script[data-copy][src*=vault]:not([data-htmx])')")
    page.fill("textarea", words)
    page.locator(".gh-option").first.click()
    page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => true })")
    handset.set_offline(True)
    page.click("main form.gh-form button[type=submit]")
    page.wait_for_url("**/offline/?unsent")
    page.locator("#gh-unsent a").wait_for()
    handset.set_offline(False)
    page.click("#gh-unsent a")
    page.locator("#gh-told").wait_for()
    assert page.input_value("textarea") == words
    page.click("main form.gh-form button[type=submit]")
    page.wait_for_url("**/feedback/Y*/")
    assert count_feedback(words) == 1


def count_feedback(text: str) -> int:
    """Count what reached the house, as it is committed."""
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as own:
        (count,) = own.execute("SELECT count(*) FROM notifications_feedback WHERE text = %s", [text]).fetchone() or (0,)
        own.execute("DELETE FROM notifications_feedback WHERE text = %s", [text])
    return count


def test_the_browser_finds_the_app_installable(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    tools = handset.new_cdp_session(page)
    manifest = tools.send("Page.getAppManifest")
    assert manifest["errors"] == [] and manifest["url"].endswith("/manifest.webmanifest")
    faults = {fault["errorId"] for fault in tools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert faults <= {"in-incognito"}, faults  # the tests' browser is always so


def test_the_app_offers_to_be_installed_on_the_second_day_and_takes_a_no(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    offer = "dispatchEvent(Object.assign(new Event('beforeinstallprompt'), { prompt() {} }))"
    hint = page.locator("#gh-install")
    page.evaluate(offer)
    assert not hint.is_visible(), "not on the first day"
    page.evaluate("localStorage.setItem('gh-days', JSON.stringify(['Thu Jan 01 2026']))")
    page.reload()
    page.evaluate(offer)
    assert hint.is_visible()
    hint.locator("[data-no]").click()
    assert not hint.is_visible()
    page.reload()
    page.evaluate(offer)
    assert not hint.is_visible(), "never again after a no"


def test_signing_out_without_network_forgets_at_once(handset: BrowserContext) -> None:
    page = handset.new_page()
    arrive(page)
    page.goto("/mine/")
    page.wait_for_function("() => document.querySelector('script[data-copy][src*=vault]:not([data-htmx])')")
    page.wait_for_load_state("networkidle")
    handset.set_offline(True)
    page.click("form[action='/sign-out/'] button")
    page.locator("#gh-told").wait_for()
    wait_until(page, lambda kept: kept == {})
    page.goto("/bills/")
    assert not page.locator("#gh-copy").is_visible() and "¥" not in page.content()
