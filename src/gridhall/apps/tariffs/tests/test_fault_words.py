"""Every fault that the language of tariffs can tell has Chinese words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridhall.apps.tariffs import actions
from gridhall.apps.tariffs.rules import check_text, reading
from gridhall.apps.tariffs.rules.fault_words import say_in_chinese
from gridhall.core.tests.fault_texts import GAP, list_texts
from gridhall.engines.rating import catalogue, language, urdb
from gridhall.engines.rating.urdb.importing import REFUSED, UNSUPPORTED

SOURCES = [
    *Path(language.__file__).parent.glob("*.py"), *Path(urdb.__file__).parent.glob("*.py"),
    *(Path(str(module.__file__)) for module in (catalogue, reading, actions)),
]  # fmt: skip


TEXTS = sorted(list_texts(SOURCES))


@pytest.mark.parametrize(("kind", "text"), TEXTS)
def test_every_fault_has_chinese_words(kind: str, text: str) -> None:
    said = say_in_chinese(text, kind)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said), text
    assert said.count(GAP) == text.count(GAP), said  # nothing of what is named is lost


def test_there_are_faults_to_word() -> None:
    assert len(TEXTS) > 180


@pytest.mark.parametrize("what", [*REFUSED.values(), *UNSUPPORTED.values()])
def test_what_is_not_priced_has_chinese_words(what: str) -> None:
    assert say_in_chinese(f"not priced: {what}", "problem").isascii() is False
    assert what not in say_in_chinese(f"not priced: {what}", "problem")


def test_faults_of_a_file_are_told_in_chinese() -> None:
    found = check_text(b"tariff: x\nversions: [{from: soon, components: []}]\n", "x.yaml")
    assert found.faults
    for fault in found.faults:
        assert say_in_chinese(fault.problem, "problem") != fault.problem, fault
