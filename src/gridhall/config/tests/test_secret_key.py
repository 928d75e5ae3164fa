"""Keys are made once, whole, and readable by their owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gridhall.config import secret_key
from gridhall.core.vapid import give_public_key


@pytest.mark.parametrize("round_", range(20))
def test_processes_that_start_together_read_one_whole_key(tmp_path: Path, monkeypatch: Any, round_: int) -> None:
    monkeypatch.delenv("GRIDHALL_VAPID_KEY", raising=False)
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(secret_key.get_vapid_key, [tmp_path / "data"] * 8))
    (key,) = keys
    assert len(give_public_key(key)) == 87
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["vapid_key"]


def test_key_is_readable_by_its_owner_alone_and_the_environment_comes_first(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("GRIDHALL_SECRET_KEY", raising=False)
    kept = secret_key.get_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert secret_key.get_secret_key(tmp_path) == kept
    monkeypatch.setenv("GRIDHALL_SECRET_KEY", "given")
    assert secret_key.get_secret_key(tmp_path) == "given"
