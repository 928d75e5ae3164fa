"""Every fault that the language of tariffs can tell has Chinese words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridhall.apps.tariffs.rules import check_text, reading
from gridhall.apps.tariffs.rules.fault_words import say_in_chinese
from gridhall.engines.rating import language

SOURCES = [*Path(language.__file__).parent.glob("*.py"), Path(reading.__file__)]


def _text(node: ast.AST) -> str | None:
    """What a text would read, with something in its gaps."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x1" for part in node.values)
    return None


def _list_texts() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found: list[tuple[str, ast.AST]] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = {"fault": 2, "Fault": 3}.get(name)
                if first is not None:
                    found = list(zip(("problem", "remedy"), node.args[first:], strict=False))
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("problem", "remedy"):
                value = node.value
                values = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                found = [(node.targets[0].id, one) for one in values]  # type: ignore[attr-defined]
            for kind, argument in found:
                text = _text(argument)
                if text:
                    yield kind, text


TEXTS = sorted(set(_list_texts()))


@pytest.mark.parametrize(("kind", "text"), TEXTS)
def test_every_fault_has_chinese_words(kind: str, text: str) -> None:
    said = say_in_chinese(text, kind)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said), text
    assert said.count("x1") == text.count("x1"), said  # nothing of what is named is lost


def test_there_are_faults_to_word() -> None:
    assert len(TEXTS) > 90


def test_faults_of_a_file_are_told_in_chinese() -> None:
    found = check_text(b"tariff: x\nversions: [{from: soon, components: []}]\n", "x.yaml")
    assert found.faults
    for fault in found.faults:
        assert say_in_chinese(fault.problem, "problem") != fault.problem, fault
