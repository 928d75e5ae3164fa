"""
Where numba keeps the machine code of the engines from one start to the next.

Numba looks only at the file of a function to tell whether its code is still good. What a function takes from other
files (constants, functions it calls) is compiled in, and an upgrade that changes those would go on with the old ones.
So each state of the sources has a folder of its own. It lies beside the sources, or, where they may not be written to,
in the user's cache, or in the system's temporary folder: numba alone would refuse to start.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_HOME = Path(__file__).resolve().parent
_COMPILED_FROM = ("intervals", "profiles", "rating/determinants.py")
_PREFIX = "machine-code-"


def keep_machine_code() -> None:
    """Choose the folder, unless NUMBA_CACHE_DIR names one. Call it before anything is compiled."""
    given = os.environ.get("NUMBA_CACHE_DIR", "")
    if given and not Path(given).name.startswith(_PREFIX):  # what the process that started us chose is chosen again
        return
    folder = choose_folder(list_places(), tell_sources_apart(_HOME))
    if folder is not None:
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
        if "numba" in sys.modules:  # it has looked at the environment already
            sys.modules["numba"].config.CACHE_DIR = str(folder)


def list_places() -> list[Path]:
    """List where machine code may be kept, the best first."""
    user_cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return [_HOME / "__pycache__", Path(user_cache) / "gridhall", Path(tempfile.gettempdir()) / f"gridhall-{user}"]


def tell_sources_apart(home: Path) -> str:
    """Give a word that changes whenever a file does that machine code is made from."""
    digest = hashlib.sha256(f"{home} {sys.version}".encode())
    for name in _COMPILED_FROM:
        place = home / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if "tests" not in path.parts:
                facts = path.stat()
                digest.update(f"{path.relative_to(home)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def choose_folder(places: Iterable[Path], word: str) -> Path | None:
    """
    Give the folder for a state of the sources in the first place that is ours to write to; None if none is.

    What it holds is run: a folder that others may write to is passed over. Folders of other states beside the sources
    are removed.
    """
    for place in places:
        folder = place / f"{_PREFIX}{word}"
        is_new = not folder.is_dir()
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            if not (_is_ours(place) and _is_ours(folder, for_us_alone=True) and os.access(folder, os.W_OK)):
                continue
        except OSError:
            continue
        if is_new and place.name == "__pycache__":
            for other in place.glob(f"{_PREFIX}*"):
                if other != folder:
                    shutil.rmtree(other, ignore_errors=True)
        return folder
    return None


def _is_ours(folder: Path, *, for_us_alone: bool = False) -> bool:
    with contextlib.suppress(OSError):
        facts = folder.stat(follow_symlinks=False)
        is_open = for_us_alone and facts.st_mode & 0o022
        return not hasattr(os, "getuid") or (facts.st_uid == os.getuid() and not is_open)
    return False
