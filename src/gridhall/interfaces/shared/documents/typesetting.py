"""Sets a typst template with data: as PDF/A-3b with what it says attached as JSON, or as a picture."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from django.core.cache import caches

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
NO_PACKAGES = Path(__file__).parent
"""Where typst looks for packages: there are none, so it finds none and asks nobody."""

_own = threading.local()


def set_document(template: Path, data: Mapping[str, Any], charts: Mapping[str, str], *, at: datetime) -> bytes:
    """
    Give a document; the same words and figures give the same bytes, which are kept for a while.

    :param data: what the template reads as `data`, and what is attached as `data.json`.
    :param charts: SVG by name, read as `charts`.
    :param at: the moment written into the document as that of its making.
    """
    told, drawn = _write(data), _write(charts)
    options = {"format": "pdf", "pdf_standards": ["a-3b"], "timestamp": int(at.timestamp())}
    return _keep("pdf", template, told, drawn, options)


def set_picture(template: Path, data: Mapping[str, Any], charts: Mapping[str, str], *, ppi: int = 144) -> bytes:
    """
    Give a template of one page as PNG, kept for a while like a document.

    :param ppi: pixels an inch of the page.
    """
    (page,) = set_pages(template, data, charts, ppi=ppi)
    return page


def set_pages(template: Path, data: Mapping[str, Any], charts: Mapping[str, str], *, ppi: int = 144) -> list[bytes]:
    """Give a document page by page as PNG, for where no file can be opened; kept for a while like a document."""
    drawn: Any = _keep("png", template, _write(data), _write(charts), {"format": "png", "ppi": ppi})
    return drawn if isinstance(drawn, list) else [drawn]


def _write(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _keep(kind: str, template: Path, told: str, drawn: str, options: dict[str, Any]) -> bytes:
    source = _read(template)
    content = b"|".join((source, told.encode(), drawn.encode(), repr(sorted(options.items())).encode()))
    key = f"{kind}:{blake2b(content, digest_size=20).hexdigest()}"
    for cache in (caches["pages"], caches["shared_pages"]):
        found = cache.get(key)
        if found is not None:
            return found
    document = _compiler().compile(input=source, sys_inputs={"data": told, "charts": drawn}, **options)
    caches["shared_pages"].set(key, document)
    return document


@lru_cache(maxsize=16)
def _read(template: Path) -> bytes:
    return template.read_bytes()


def _compiler() -> typst.Compiler:
    """Give this thread's compiler: fonts are looked up once."""
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(
            font_paths=[str(FONTS)], ignore_system_fonts=True, package_path=str(NO_PACKAGES),
            package_cache_path=str(NO_PACKAGES),
        )  # fmt: skip
    return _own.compiler
