"""Inside WeChat and Alipay: files come as pages, nothing opens a window of its own."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from gridhall.interfaces.shared import web_views
from tests.interfaces.messages import ROOT
from tests.interfaces.pages import read_page

if TYPE_CHECKING:
    from django.test import Client

WECHAT = "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/126.0 Mobile MicroMessenger/8.0.49"
ALIPAY = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1 Mobile/15E148 AlipayClient/10.5"


def call_from(client: Client, agent: str) -> Client:
    """Let a signed-in client come from a web view, which a session would not do by itself."""
    client.defaults["HTTP_USER_AGENT"] = agent
    return client


@pytest.mark.parametrize("agent", [WECHAT, ALIPAY])
def test_bill_document_comes_as_pages_where_files_do_not_open(owner: Client, bill: Any, agent: str) -> None:
    address = f"/bills/{bill.mrid}/document/"
    page = read_page(call_from(owner, agent).get(address))
    pictures = page.tree.xpath("//main//img/@src")
    assert pictures == [f"{address}{number}/" for number in range(1, len(pictures) + 1)] and pictures
    assert f"{address}?file=1".endswith(page.tree.xpath("//main//a[contains(@class, 'gh-wide')]/@href")[0])
    assert owner.get(f"{address}?file=1").headers["Content-Type"] == "application/pdf"


def test_bill_document_page_is_a_picture_of_its_own(owner: Client, bill: Any) -> None:
    address = f"/bills/{bill.mrid}/document/"
    first = owner.get(f"{address}1/")
    assert first.headers["Content-Type"] == "image/png" and first.headers["Cache-Control"] == "private, no-store"
    width, height = Image.open(io.BytesIO(first.content)).size
    assert width > 800 and abs(height / width - 297 / 210) < 0.01
    assert len(first.content) < 400_000
    assert owner.get(f"{address}0/").status_code == owner.get(f"{address}99/").status_code == 404


@pytest.mark.parametrize("path", ["/usage/export/", "/mine/data/"])
@pytest.mark.parametrize("agent", [WECHAT, "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"])
def test_pages_with_files_say_what_to_do(owner: Client, path: str, agent: str) -> None:
    text = read_page(call_from(owner, agent).get(path)).text
    assert ("这里下载不了文件" in text) == (agent == WECHAT)


def test_only_pages_that_ask_look_at_the_browser(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(web_views, "is_web_view", lambda request: asked.append(request.path) or False)
    for path in ("/", "/mine/", "/mine/data/"):
        read_page(owner.get(path))
    assert asked == ["/mine/data/"]


def test_nothing_of_ours_opens_a_window() -> None:
    """
    A link out of the house may; everything else stays in the view, so that going back goes back.

    The desk is no web view: there a proof of oneself opens beside the file that was chosen, which would be lost.
    """
    for path in ROOT.rglob("*.js"):
        if "vendor" not in path.parts:
            assert "window.open" not in path.read_text(encoding="utf-8"), path.name
    for path in [one for one in ROOT.rglob("templates/**/*.html") if "console" not in one.parts]:
        for link in re.findall(r"<a\b[^>]*_blank[^>]*>", path.read_text(encoding="utf-8")):
            assert "source_url" in link, f"{path.name}: {link}"
