"""Which files are ours: what the architecture tests walk over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "gridhall"
ROOTS = ("src", "tests", "benchmarks", "docs", ".ci", "requirements")
LEFT_OUT = {"__pycache__", ".venv", ".gridhall", "node_modules", "data"}


def list_files(*suffixes: str, roots: tuple[str, ...] = ROOTS) -> list[Path]:
    """List our files with one of these suffixes, those at the top of the repository included."""
    found = [path for path in REPOSITORY.iterdir() if path.is_file()] if roots == ROOTS else []
    for root in roots:
        found += [path for path in (REPOSITORY / root).rglob("*") if path.is_file()]
    return sorted(
        path for path in found if path.suffix in suffixes and not LEFT_OUT & set(path.parts[len(REPOSITORY.parts) :])
    )


def is_vendored(path: Path) -> bool:
    """Tell whether a file is somebody else's work, kept as it came."""
    return "vendor" in path.parts


@cache
def parse(path: Path) -> ast.Module:
    """Parse a Python file once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def list_imports(path: Path) -> Iterator[tuple[int, str]]:
    """List what a Python file imports: line and dotted name."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def name(path: Path) -> str:
    """Give the path as it is told to people."""
    return str(path.relative_to(REPOSITORY))
