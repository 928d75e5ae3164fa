"""Keys: from the environment, else made once and kept readable by the owner alone."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def get_secret_key(data_folder: Path) -> str:
    """Give GRIDHALL_SECRET_KEY, or the key kept in the data folder, making it at the first call."""
    return _get_key(data_folder, "secret_key", "GRIDHALL_SECRET_KEY")


def get_id_key(data_folder: Path) -> str:
    """Give GRIDHALL_ID_KEY, or the key kept in the data folder: with it ID numbers are encrypted at rest."""
    return _get_key(data_folder, "id_key", "GRIDHALL_ID_KEY")


def get_vapid_key(data_folder: Path) -> str:
    """Give GRIDHALL_VAPID_KEY, or the key kept in the data folder: by it push services know who sends."""
    return _get_key(data_folder, "vapid_key", "GRIDHALL_VAPID_KEY", make=_make_vapid_key)


def _make_vapid_key() -> str:
    from gridhall.core.vapid import make_private_key  # only the first start needs cryptography for this

    return make_private_key()


def _make_key() -> str:
    return secrets.token_urlsafe(48)


def _get_key(data_folder: Path, name: str, variable: str, *, make: Callable[[], str] = _make_key) -> str:
    given = os.environ.get(variable)
    if given:
        return given
    path = data_folder / name
    try:
        return path.read_text()
    except FileNotFoundError:
        data_folder.mkdir(parents=True, exist_ok=True)
    # Written whole before it gets its name: a process that starts beside this one never reads half a key.
    handle, unnamed = tempfile.mkstemp(dir=data_folder, prefix=f".{name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(make())
        os.link(unnamed, path)
    except FileExistsError:
        pass  # the other process was first; its key holds
    finally:
        os.unlink(unnamed)
    return path.read_text()
