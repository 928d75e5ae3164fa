"""
Style sheets joined into one file, so that a first visit waits for one answer and not for five.

The parts stay as they are written, each under 400 lines and each its own file; pages of areas that need more load it
besides. `collectstatic` finds the joined files here like any other static file, gives them their digest and packs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SOURCES = Path(__file__).parent / "static"
BUNDLES = {
    # What every page of the customer app is dressed in, with what home needs, where everybody arrives.
    "shared/css/portal.css": ("tokens", "app", "components", "pages", "homes", "device"),
}


def join_styles(name: str) -> str:
    """
    Join the parts of a bundle in their order, without comments.

    Addresses in them stay right: a bundle lies in the folder of its parts.
    """
    folder = (SOURCES / name).parent
    text = "".join((folder / f"{part}.css").read_text(encoding="utf-8") for part in BUNDLES[name])
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.S)).strip() + "\n"


class BundleFinder(BaseFinder):
    """Finds the bundles, joined anew from their parts whenever they are asked for."""

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """Give where a bundle lies."""
        found = [self._write(path)] if path in BUNDLES else []
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Walk all bundles."""
        for name in BUNDLES:
            self._write(name)
            yield name, FileSystemStorage(location=_get_folder())

    def check(self, **_: Any) -> list[Any]:  # type: ignore[valid-type]
        """Say what is wrong with the settings: there is nothing to set."""
        return []

    def _write(self, name: str) -> str:
        path = _get_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(join_styles(name), encoding="utf-8")
        return str(path)


def _get_folder() -> Path:
    return Path(settings.STATIC_ROOT).with_name("static-bundles")
