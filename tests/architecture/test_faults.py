"""The tests that the documents name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`((?:src|tests)/[\w/.]+\.py)::(test_\w+)`", (REPOSITORY / "docs/reference/faults.md").read_text())


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_a_named_test_is_there(path: str, name: str) -> None:
    assert f"def {name}(" in (REPOSITORY / path).read_text()


def test_faults_are_named() -> None:
    assert len(NAMED) >= 20
