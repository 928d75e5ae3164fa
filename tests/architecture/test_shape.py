"""Files stay small, apps look alike, nothing hides in a drawer called utils."""

from __future__ import annotations

import pytest

from tests.architecture.source_files import PACKAGE, is_vendored, list_files, list_imports, name

LONGEST = 400
DRAWERS = {"utils", "util", "helpers", "helper", "common", "services", "managers", "misc"}
APP_MODULES = {
    "__init__", "apps", "kinds", "rules", "models", "queries", "actions", "events", "handlers", "tasks", "admin",
    "tests", "migrations", "management", "templatetags",
}  # fmt: skip
APPS = sorted(path.parent for path in (PACKAGE / "apps").glob("*/apps.py"))


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    """400 lines; what others wrote and what Django generates is left out."""
    long = {}
    for path in list_files(".py", ".html", ".css", ".js"):
        if not is_vendored(path) and "migrations" not in path.parts:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST:
                long[name(path)] = lines
    assert not long, f"Split these: {long}"


def test_nothing_is_called_utils() -> None:
    """A drawer for everything is a name for nothing."""
    drawers = [name(path) for path in (PACKAGE).rglob("*") if path.stem in DRAWERS and "vendor" not in path.parts]
    assert not drawers, f"Name these after what they do: {drawers}"


def test_there_are_apps() -> None:
    """So that the tests below are never empty."""
    assert len(APPS) >= 5


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_app_has_the_shape_of_every_app(app) -> None:
    """The same names everywhere: who knows one app finds the way in all."""
    modules = {path.stem for path in app.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    strange = modules - APP_MODULES
    assert not strange, f"apps/{app.name} has {sorted(strange)}; an app is made of {sorted(APP_MODULES)}"
    assert (app / "README.md").exists(), f"apps/{app.name}/README.md must say what the app is for"
    assert list((app / "tests").glob("test_*.py")), f"apps/{app.name}/tests has no test"


def test_no_signals() -> None:
    """What happens after a change is said where the change is made, or told as an event."""
    forbidden = ("django.db.models.signals", "django.dispatch", "django.core.signals")
    found = [
        f"{name(path)}:{line} {imported}"
        for path in PACKAGE.rglob("*.py")
        for line, imported in list_imports(path)
        if imported.startswith(forbidden)
        and "tests" not in path.parts
        # The server tells Django when a request begins, as every server does; it hears nothing.
        and not (path == PACKAGE / "config" / "asgi.py" and imported == "django.core.signals")
    ]
    assert not found, f"Use core.events instead: {found}"
