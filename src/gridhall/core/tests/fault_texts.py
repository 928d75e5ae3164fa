"""Every sentence that source code can tell of a file: the problems and remedies of its faults, their gaps filled."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

GAP = "x1"
KINDS = ("problem", "remedy")
TELLERS = {"fault": 2, "note": 2, "refuse": 2, "_no": 1, "_warn": 4, "Fault": 3}
"""Functions that tell a fault -> which of their arguments is the problem; the remedy is the next."""


def list_texts(paths: Iterable[Path]) -> set[tuple[str, str]]:
    """List what some files can tell: pairs of `problem` or `remedy` and the sentence."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update((kind, text) for kind, told in _find(node) for text in _fill(told) if text)
    return found


def _find(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in TELLERS:
            yield from zip(KINDS, node.args[TELLERS[name] :], strict=False)
            yield from ((one.arg, one.value) for one in node.keywords if one.arg in KINDS)
        elif name == "append" and node.args:
            yield from _find_in_tuple(node.args[0])
            if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "problems":
                yield "problem", node.args[0]
    elif isinstance(node, ast.Return) and node.value is not None:
        yield from _find_in_tuple(node.value)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and len(node.exc.args) == 1:
        if getattr(node.exc.func, "id", "") in ("ValueError", "StampError"):  # parsers say so; readers name the place
            yield "problem", node.exc.args[0]
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in KINDS:
        yield node.targets[0].id, node.value  # type: ignore[attr-defined]


def _find_in_tuple(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """A pair of problem and remedy, or the two behind the field; other pairs have no words in them."""
    if isinstance(node, ast.Tuple) and len(node.elts) in (2, 3):
        pair = node.elts[-2:]
        if any(" " in text for one in pair for text in _fill(one)):
            yield from zip(KINDS, pair, strict=True)


def _fill(node: ast.AST) -> list[str]:
    """What an expression may read, something in its gaps; nothing for what is told elsewhere."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _fill(node.body) + _fill(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(parts) for parts in product(*map(_fill_gap, node.values))]
    return []


def _fill_gap(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    value = node.value if isinstance(node, ast.FormattedValue) else node
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "_of":  # "of some meter ", or nothing
        return ["", f"of {GAP} "]
    return _fill(value) or [GAP]
