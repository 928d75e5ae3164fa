"""The shared cache of pages stays within its bound without counting its files at every write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gridhall.config import shared_pages


def test_pages_are_shared_and_counted_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"TIMEOUT": 900, "OPTIONS": {"MAX_ENTRIES": 40}}
    ours, theirs = (shared_pages.SharedPages(str(tmp_path), options) for _ in range(2))
    listings = []
    listing = ours._list_cache_files
    monkeypatch.setattr(ours, "_list_cache_files", lambda: listings.append(1) or listing())
    monkeypatch.setattr(shared_pages.random, "randrange", lambda most: len(list(tmp_path.iterdir())) % 60)
    for index in range(300):
        ours.set(f"page-{index}", "x")
    assert theirs.get("page-299") == "x"
    assert 1 <= len(listings) < 30
    assert len(list(tmp_path.iterdir())) <= 60
