"""Where the measured samples are, and a short way to write a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[7] / "shared" / "data"
CANDIDATES = (SHARED, Path(__file__).resolve().parents[8] / "shared" / "data")


@pytest.fixture
def shared_data() -> Path:
    for folder in CANDIDATES:
        if folder.is_dir():
            return folder
    pytest.skip("the measured data sets are not beside the checkout")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def build(content: str | bytes, name: str = "reads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return build
