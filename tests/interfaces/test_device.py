"""The app on a device: what it keeps, what it never keeps, how it installs."""

from __future__ import annotations

import json

from django.test import Client

from tests.interfaces.pages import read_page


def test_service_worker_keeps_the_shell_and_no_page_of_anybody(db: None) -> None:
    script = Client().get("/sw.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    text = script.content.decode()
    assert '"/offline/"' in text
    for address in ('"/"', "/bills", "/usage", "/mine", "/accounts"):
        assert address not in text
    # Nothing fetched later is put into the cache; only the shell is, when the worker is installed.
    assert ".put(" not in text and text.count("addAll") == 1


def test_offline_page_speaks_both_languages_and_names_nobody(owner: Client) -> None:
    page = read_page(owner.get("/offline/"))
    assert "没有网络" in page.text and "You are offline" in page.text and "95598" in page.text
    assert page.links() and not page.tree.xpath("//form")


def test_manifest_installs(db: None) -> None:
    answer = Client().get("/manifest.webmanifest")
    content = json.loads(answer.content)
    assert content["start_url"] == "/" and content["display"] == "standalone"
    assert {icon["sizes"] for icon in content["icons"]} == {"192x192", "512x512"}
