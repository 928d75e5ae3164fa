"""Messages that reach nobody: kept in a file of the data folder, which `gridhall outbox` prints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as it would have been sent."""

    at: datetime
    phone: str
    text: str


class SandboxSender:
    """Appends each message to a file that only its owner can read; a long file begins anew, the last one is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, text: str, *, key: str = "") -> None:
        """Keep the message."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
            self._path.replace(self._path.with_suffix(".old"))
        moment = datetime.fromtimestamp(time.time(), UTC).isoformat()
        line = json.dumps({"at": moment, "phone": phone, "text": text, "key": key}, ensure_ascii=False)
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def read(self) -> Iterator[KeptMessage]:
        """Give what was kept, oldest first, once a key; a line cut off by a crash is passed over."""
        if not self._path.exists():
            return
        keys: set[str] = set()
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    kept = json.loads(line)
                    key = kept.get("key", "")
                    if key in keys:
                        continue
                    keys |= {key} - {""}
                    yield KeptMessage(datetime.fromisoformat(kept["at"]), kept["phone"], kept["text"])
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue
