"""What every answer says about itself, and that pages keep to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.interfaces.messages import ROOT
from tests.interfaces.pages import read_page

TEMPLATES = sorted(path for path in ROOT.rglob("templates/**/*") if path.suffix in (".html", ".svg"))


def test_headers_forbid_what_is_inline_and_elsewhere(owner: Client) -> None:
    headers = owner.get("/mine/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Language"] == "zh-CN"


def test_headers_stand_on_errors_too(owner: Client) -> None:
    answer = owner.get("/nowhere/")
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers
    assert "没有这个页面" in read_page(answer, status=404).text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_nothing_inline(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=", text), "no style attributes: the policy forbids them"
    assert not re.search(r"\son[a-z]+=", text), "no handlers in attributes"
    assert not re.search(r"<style", text) or path.suffix == ".svg"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "no inline script"
    assert not re.search(r"(src|href)=[\"']https?:", text), "nothing is fetched from elsewhere"
    assert 'href="#"' not in text, "no dead links"


def test_sign_in_page_loads_only_from_here(db: None) -> None:
    page = read_page(Client().get("/sign-in/"))
    sources = page.tree.xpath("//script/@src | //link/@href | //img/@src")
    assert sources and all(source.startswith("/") and not source.startswith("//") for source in sources)
