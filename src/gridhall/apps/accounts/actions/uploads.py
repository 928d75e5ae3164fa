"""Pictures and letters of a check: sealed, outside what is served, and gone when the check is over."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings

from gridhall.apps.accounts.queries.parties import id_keys
from gridhall.apps.accounts.rules import sealing


def _path(name: str) -> Path:
    return Path(settings.GRIDHALL_UPLOADS) / f"{name}.sealed"


def keep_upload(*, name: str, content: bytes) -> None:
    """Keep something sealed under a name of ours, in place of what had that name."""
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rough = path.with_suffix(f".{secrets.token_hex(4)}.part")
    handle = os.open(rough, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealing.seal(content, keys=id_keys(), name=name))
    rough.replace(path)


def read_upload(*, name: str) -> bytes | None:
    """Give what is kept under a name; None if nothing is."""
    try:
        return sealing.unseal(_path(name).read_bytes(), keys=id_keys(), name=name)
    except FileNotFoundError:
        return None


def drop_upload(*, name: str) -> None:
    """Delete what is kept under a name."""
    _path(name).unlink(missing_ok=True)


def drop_old_uploads(*, before: datetime, suffix: str) -> int:
    """Delete what nobody came back for, of names that end so; gives how many files."""
    dropped = 0
    folder = Path(settings.GRIDHALL_UPLOADS)
    for path in folder.glob(f"*{suffix}.sealed") if folder.is_dir() else []:
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
