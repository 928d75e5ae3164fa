"""Where PostgreSQL is: DATABASE_URL, else the embedded server on a Unix socket or loopback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


def get_database(data_folder: Path) -> dict[str, Any]:
    """Give Django's database settings."""
    url = os.environ.get("DATABASE_URL") or _embedded_url(data_folder)
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL must start with postgresql://; it starts with {parts.scheme}://.")
    query: dict[str, Any] = dict(parse_qsl(parts.query))
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "gridhall",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }
    if os.environ.get("GRIDHALL_PREPARED", "1") != "0":  # only core.fixed_queries prepares, Django's cursors never do
        query["prepare_threshold"] = 5
    pool_size = os.environ.get("GRIDHALL_DATABASE_POOL")
    if pool_size:  # the web server: every request runs in a thread of its own, so connections are kept in a pool
        settings["CONN_MAX_AGE"] = 0
        settings["OPTIONS"] = query | {"pool": {"min_size": 1, "max_size": int(pool_size), "timeout": 10}}
    test_name = os.environ.get("GRIDHALL_TEST_DATABASE")
    if test_name:
        settings["TEST"] = {"NAME": test_name}
    return settings


def get_url(settings: dict[str, Any]) -> str:
    """Give the address of Django's database settings, so that another process can be led to the same database."""
    user, password = (quote(str(settings.get(part) or ""), safe="") for part in ("USER", "PASSWORD"))
    query = {"host": settings.get("HOST") or "127.0.0.1", "port": settings.get("PORT") or "5432"}
    return f"postgresql://{user}:{password}@/{settings['NAME']}?{urlencode(query)}"


def _embedded_url(data_folder: Path) -> str:
    """The address that the supervisor wrote when it last started the embedded server, or its usual one."""
    try:
        return json.loads((data_folder / "postgres.json").read_text())["url"]
    except (FileNotFoundError, KeyError, json.JSONDecodeError):
        return "postgresql://gridhall@127.0.0.1:5433/gridhall"
