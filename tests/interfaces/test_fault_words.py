"""Every fault of a file that a page can show is said in Chinese and in English, wherever in the source it is told."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from gridhall.core.tests.fault_texts import GAP, TELLERS, list_texts
from gridhall.engines.intervals.formats.espi import _WHAT_IT_IS
from gridhall.engines.intervals.formats.reading import _OTHER_KINDS
from gridhall.interfaces.console import words_faults, words_staff

PACKAGE = Path(words_faults.__file__).parents[2]
OF_READS = ("engines/intervals/formats/", "engines/intervals/ingestion/", "apps/metering/actions/imports/")
OF_TARIFFS = ("engines/rating/language/", "engines/rating/urdb/", "engines/rating/catalogue.py", "apps/tariffs/")
"""Worded in apps/tariffs/rules/fault_words.py, and walked by its tests."""
AT_THE_COMMAND_LINE = (
    "apps/metering/actions/imports/register_files.py", "apps/metering/actions/meter_files.py",
    "apps/metering/actions/dropping.py", "apps/accounts/actions/importing/", "apps/accounts/rules/", "cli/",
    "engines/rating/series.py", "engines/rating/fold.py", "engines/rating/compile.py",
)  # fmt: skip
"""Faults that no page shows: the command line speaks English."""
OF_THE_HOUSE = ("apps/notifications/", "interfaces/shared/help_articles.py", "core/errors.py")
"""Faults of files that come with the house: its tests tell them, nobody else meets them."""
OF_THE_SYSTEM = ("cannot be", "is damaged", "is a damaged", "is no well-formed XML")
"""Behind these stands what a library says, in its own words: they are left out."""


def _list_sources() -> list[str]:
    paths = [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
    return sorted(path for path in paths if "/migrations/" not in path)


def _tells_faults(path: str) -> bool:
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" for node in ast.walk(tree))


SOURCES = [path for path in _list_sources() if path.startswith(OF_READS) and not path.startswith(AT_THE_COMMAND_LINE)]
TEXTS = sorted(list_texts(PACKAGE / path for path in SOURCES))


def test_every_source_of_faults_is_known() -> None:
    known = OF_READS + OF_TARIFFS + AT_THE_COMMAND_LINE + OF_THE_HOUSE
    found = [path for path in _list_sources() if _tells_faults(path)]
    assert len(found) > 25
    assert [path for path in found if not path.startswith(known)] == [], "say where its faults are shown, and word them"


@pytest.mark.parametrize(("kind", "text"), TEXTS)
def test_every_fault_of_a_read_file_is_said_in_both_languages(kind: str, text: str) -> None:
    said = words_faults.say_in_chinese(text, kind)
    assert said is not None and _is_chinese(said), "give it words in words_faults.py"
    assert said.count(GAP) == text.count(GAP) or text.startswith(OF_THE_SYSTEM), said  # nothing named is lost
    assert not _is_chinese(text)


def test_there_are_faults_to_word() -> None:
    assert len(TEXTS) > 250 and set(TELLERS) >= {"Fault", "fault"}


@pytest.mark.parametrize("what", sorted({*_OTHER_KINDS.values(), *_WHAT_IT_IS.values()}))
def test_what_a_file_is_instead_is_said_in_chinese(what: str) -> None:
    said = words_faults.say_in_chinese(f"is {what}, not a file of reads", "problem")
    assert said is not None and what not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'2026-02-30' is no date", "'2026-02-30' 不是日期"),
        ("2026-01-05 00:07 of M1 is off the grid of 15 minutes", "2026-01-05 00:07（M1）不在每 15 分钟一次的时刻上"),
        ("3 of 96 reads of M1 are missing, in one gap, the first at 2026-01-05 00:00",
         "96 个读数缺 3 个（M1），共 1 处，最早在 2026-01-05 00:00"),
        ("the reads are an hour apart", "读数相隔 1 小时"),
    ],
)  # fmt: skip
def test_sentences_with_gaps_read_well(text: str, expected: str) -> None:
    assert words_faults.say_in_chinese(text, "problem") == expected


def test_every_fault_of_a_staff_file_is_said_in_both_languages() -> None:
    codes = _list_codes()
    assert codes == set(words_staff.FAULTS)
    for code in codes:
        for language in ("zh-hans", "en"):
            with translation.override(language):
                assert _is_chinese(str(words_staff.FAULTS[code])) == (language == "zh-hans"), code


def _list_codes() -> set[str]:
    codes: set[str] = set()
    for path in ("apps/identity/rules/staff_files.py", "apps/identity/queries/members.py"):
        for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
            place = {"StaffFault": 2, "fault": 1}.get(_get_name(node))
            if place is not None and isinstance(told := node.args[place], ast.Constant):  # type: ignore[attr-defined]
                codes.add(str(told.value))
    return codes


def _get_name(node: Any) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
