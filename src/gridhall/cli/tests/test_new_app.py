"""A new app is right from the first minute: format, lint, import contracts, and its own tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridhall.cli.new_app import UnableToMakeApp, new_app

REPOSITORY = Path(__file__).resolve().parents[4]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the source tree to work in."""
    shutil.copytree(REPOSITORY / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def _make(tree: Path, *arguments: str) -> str:
    done = CliRunner().invoke(new_app, [*arguments, "--source", str(tree / "src" / "gridhall")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def _run(tree: Path, *command: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "GRIDHALL_DATA": str(tree / ".gridhall")}
    left_out = ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "DATABASE_URL")
    for name in left_out if "pytest" in command else left_out[:2]:
        environment.pop(name, None)
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_new_app_is_sound(tree: Path) -> None:
    """Outages is foreseen in the contracts: with one line in the settings everything holds, tests included."""
    said = _make(tree, "outages", "--thing", "PlannedOutage")
    assert '"gridhall.apps.outages",' in said and "Apps call downward only" not in said
    settings = tree / "src" / "gridhall" / "config" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace('"gridhall.core",', '"gridhall.core",\n    "gridhall.apps.outages",', 1), encoding="utf-8"
    )
    app = "src/gridhall/apps/outages"
    _run(tree, sys.executable, "-m", "ruff", "format", "--check", app)
    _run(tree, sys.executable, "-m", "ruff", "check", app)
    _run(tree, str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    _run(tree, sys.executable, "-W", "ignore", "-m", "gridhall", "manage", "makemigrations", "outages")
    _run(tree, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", app)


def test_unknown_floor_is_pointed_out(tree: Path) -> None:
    """An app that no contract foresees needs a floor: the command says so."""
    said = _make(tree, "tree_cutting")
    assert '"(tree_cutting)", on the floor where it belongs' in said
    model = (tree / "src/gridhall/apps/tree_cutting/models.py").read_text(encoding="utf-8")
    assert "class TreeCutting(models.Model)" in model


BAD_NAMES = {
    "Outages": "bad-name",
    "out-ages": "bad-name",
    "class": "bad-name",
    "utils": "drawer-name",
    "accounts": "app-exists",
}


@pytest.mark.parametrize(("name", "code"), BAD_NAMES.items())
def test_bad_name_is_refused_and_nothing_is_made(tree: Path, name: str, code: str) -> None:
    """The name is checked before the first file is written."""
    before = sorted(path.name for path in (tree / "src/gridhall/apps").iterdir())
    with pytest.raises(UnableToMakeApp) as refusal:
        _make(tree, name)
    assert refusal.value.code == code
    assert sorted(path.name for path in (tree / "src/gridhall/apps").iterdir()) == before
