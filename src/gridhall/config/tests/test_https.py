"""What `GRIDHALL_HTTPS=1` turns on: read in a process of its own, as the server reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "SECURE_HSTS_SECONDS",
)
ASKED = f"""import json
from gridhall.config import settings
print(json.dumps({{name: getattr(settings, name, None) for name in {NAMES!r}}}))"""


def read_settings(tmp_path: Path, **environment: str) -> dict[str, Any]:
    """Read settings with these variables."""
    source = str(Path(__file__).resolve().parents[3])
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("GRIDHALL_HTTPS", "GRIDHALL_PROXIES")
    }
    known = inherited | {"GRIDHALL_DATA": str(tmp_path), "PYTHONPATH": source} | environment
    return json.loads(subprocess.run([sys.executable, "-c", ASKED], env=known, check=True, capture_output=True).stdout)


def test_https_keeps_cookies_and_browsers_to_itself(tmp_path: Path) -> None:
    found = read_settings(tmp_path, GRIDHALL_HTTPS="1")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_without_https_nobody_is_locked_out(tmp_path: Path) -> None:
    found = read_settings(tmp_path)
    assert not found["SESSION_COOKIE_SECURE"] and not found["SECURE_HSTS_SECONDS"]
