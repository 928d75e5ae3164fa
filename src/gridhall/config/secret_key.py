"""Keys: from the environment, else made once and kept readable by the owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def get_secret_key(data_folder: Path) -> str:
    """Give GRIDHALL_SECRET_KEY, or the key kept in the data folder, making it at the first call."""
    return _get_key(data_folder, "secret_key", "GRIDHALL_SECRET_KEY")


def get_id_key(data_folder: Path) -> str:
    """Give GRIDHALL_ID_KEY, or the key kept in the data folder: with it ID numbers are encrypted at rest."""
    return _get_key(data_folder, "id_key", "GRIDHALL_ID_KEY")


def _get_key(data_folder: Path, name: str, variable: str) -> str:
    given = os.environ.get(variable)
    if given:
        return given
    path = data_folder / name
    try:
        return path.read_text()
    except FileNotFoundError:
        data_folder.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
