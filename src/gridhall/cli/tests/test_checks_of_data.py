"""What the doctor finds in the interval store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from gridhall.cli.operations import checks_of_data
from gridhall.config.run_folder import RunFolder
from gridhall.engines.intervals.store import IntervalStore


@pytest.fixture
def store(tmp_path: Path, settings: object) -> Path:
    root = tmp_path / "intervals"
    settings.GRIDHALL_INTERVAL_STORE = root  # type: ignore[attr-defined]
    energy = np.random.default_rng(1).integers(0, 5_000, (64, 96)).astype(np.int32)
    IntervalStore(root).write_days(date(2026, 1, 1), np.arange(64), energy, known_at=datetime(2026, 2, 1, tzinfo=UTC))
    return root


def find(tmp_path: Path) -> tuple[str, str]:
    (finding,) = checks_of_data.check_interval_store(RunFolder(tmp_path))
    return finding.status, finding.text


def test_a_flipped_byte_among_the_reads_is_found(store: Path, tmp_path: Path) -> None:
    status, text = find(tmp_path)
    assert status == "ok" and text.endswith("is there and whole")
    shard = max(store.rglob("*.shard"), key=lambda path: path.stat().st_size)
    content = bytearray(shard.read_bytes())
    content[len(content) // 3] ^= 0xFF
    shard.write_bytes(content)
    status, text = find(tmp_path)
    assert status == "fail" and shard.name in text and "do not match their checksum" in text


def test_a_large_store_is_looked_into_for_a_while(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_of_data, "LONGEST_READING_S", -1.0)
    status, text = find(tmp_path)
    assert status == "ok" and "the rest was not looked into" in text
