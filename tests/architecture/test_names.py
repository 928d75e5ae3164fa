"""One name, four places: view, URL, template, test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.source_files import PACKAGE, REPOSITORY, parse

INTERFACES = PACKAGE / "interfaces"


def _list_patterns(resolver: Any, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, (namespace, entry.namespace or "")))
            yield from _list_patterns(entry, inner)
        else:
            yield namespace, entry


def _list_views() -> list[tuple[str, str, Any]]:
    """Our views: namespace, URL name, function."""
    found = []
    for namespace, pattern in _list_patterns(get_resolver()):
        if getattr(pattern.callback, "__module__", "").startswith("gridhall."):
            found.append((namespace, pattern.name or "", pattern.callback))
    return found


def _list_view_functions(interface: Path) -> dict[str, ast.AST]:
    functions: dict[str, ast.AST] = {}
    for path in [*interface.glob("views.py"), *interface.glob("views/**/*.py")]:
        for node in parse(path).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[node.name] = node
    return functions


def _list_pages(function: ast.AST, interface: str) -> list[str]:
    """The templates that a view names, without parts (whose names begin with an underscore)."""
    texts = [
        node.value for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    pages = [text for text in texts if text.startswith(f"{interface}/") and text.endswith(".html")]
    return [page for page in pages if not Path(page).name.startswith("_")]


def test_every_url_is_named_after_its_view() -> None:
    """`portal:bill-list` is the view `bill_list`."""
    views = _list_views()
    assert views, "no URL leads to a view of ours"
    wrong = [
        f"{namespace}:{url_name} leads to {view.__name__}"
        for namespace, url_name, view in views
        if url_name.replace("-", "_") != view.__name__ or "_" in url_name
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("interface", sorted({namespace for namespace, _, _ in _list_views()}))
def test_every_page_is_named_after_its_view(interface: str) -> None:
    """The view `bill_list` shows `portal/…/bill_list.html`, and the file is there."""
    folder = INTERFACES / interface
    functions = _list_view_functions(folder)
    wrong = []
    for namespace, _, view in _list_views():
        if namespace == interface and view.__name__ in functions:
            for page in _list_pages(functions[view.__name__], interface):
                if Path(page).stem != view.__name__:
                    wrong.append(f"{view.__name__} shows {page}")
                if not (folder / "templates" / page).exists():
                    wrong.append(f"{page} does not exist")
    assert not wrong, wrong


@pytest.mark.parametrize("interface", sorted({namespace for namespace, _, _ in _list_views()}))
def test_every_view_has_a_test_of_its_name(interface: str) -> None:
    """The view `bill_list` is proved by `test_bill_list…`."""
    files = [
        *(INTERFACES / interface).glob("tests/**/test_*.py"),
        *(REPOSITORY / "tests" / "interfaces").glob("test_*.py"),
        *(REPOSITORY / "tests" / "journeys").glob("test_*.py"),
    ]
    tests = "\n".join(re.findall(r"def (test_\w+)", "\n".join(path.read_text() for path in files)))
    views = {view.__name__ for namespace, _, view in _list_views() if namespace == interface}
    missing = sorted(view for view in views if not re.search(rf"^test_{view}(_|$)", tests, re.MULTILINE))
    assert not missing, f"No test is named after these views: {missing}"
