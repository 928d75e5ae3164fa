"""The signing key: from the environment, else made once and kept readable by the owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def get_secret_key(data_folder: Path) -> str:
    """Give GRIDHALL_SECRET_KEY, or the key kept in the data folder, making it at the first call."""
    given = os.environ.get("GRIDHALL_SECRET_KEY")
    if given:
        return given
    path = data_folder / "secret_key"
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
