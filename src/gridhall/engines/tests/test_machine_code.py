"""Machine code is kept where it may be, and never outlives the sources it was made from."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import gridhall
from gridhall.engines.machine_code import choose_folder, list_places, tell_sources_apart

SOURCE = Path(gridhall.__file__).resolve().parents[1]


def test_each_state_of_the_sources_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "intervals").mkdir()
    (tmp_path / "profiles").mkdir()
    (tmp_path / "rating").mkdir()
    (tmp_path / "rating" / "determinants.py").write_text("SLOT_CLASSES = 16\n")
    layout = tmp_path / "intervals" / "layout.py"
    layout.write_text("SLOTS = 96\n")
    before = tell_sources_apart(tmp_path)
    assert tell_sources_apart(tmp_path) == before
    layout.write_text("SLOTS = 288\n")
    assert tell_sources_apart(tmp_path) != before


def test_the_first_place_that_may_be_written_to_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    good = tmp_path / "good"
    found = choose_folder([tmp_path / "file" / "below", good], "one")
    assert found is not None and found.parent == good
    assert found.stat().st_mode & 0o777 == 0o700
    assert choose_folder([good], "one") == found
    found.chmod(0o777)  # anybody could lay code there that we would run
    assert choose_folder([good], "one") is None


def test_what_older_sources_left_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "__pycache__"
    old, new = choose_folder([place], "old"), choose_folder([place], "new")
    assert old is not None and new is not None
    assert (old.exists(), new.exists()) == (False, True)


def kept_in(environment: dict[str, str]) -> Path:
    code = "import os, gridhall.engines.intervals.merge; print(os.environ['NUMBA_CACHE_DIR'])"
    found = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True, cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **environment},
    )  # fmt: skip
    return Path(found.stdout.strip())


def test_a_folder_that_is_named_is_used(tmp_path: Path) -> None:
    assert kept_in({"NUMBA_CACHE_DIR": str(tmp_path / "mine")}) == tmp_path / "mine"
    chosen_by_a_parent = tmp_path / "machine-code-of-older-sources"
    assert kept_in({"NUMBA_CACHE_DIR": str(chosen_by_a_parent)}) != chosen_by_a_parent


def test_somebody_who_may_not_write_to_the_sources_has_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = choose_folder(list_places()[1:], "one")
    assert found is not None and tmp_path in found.parents
