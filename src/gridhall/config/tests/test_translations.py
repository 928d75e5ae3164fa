"""Our compiler of translations against the readers of gettext and Babel."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest
from babel.messages import pofile
from hypothesis import given
from hypothesis import strategies as st

from gridhall.config.translations import FaultyTranslation, compile_all, compile_catalog

SAMPLE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: somewhere.html
msgid "电费账单"
msgstr "Electricity bill"

#, fuzzy
msgid "猜的"
msgstr "guessed"

msgid "空"
msgstr ""

msgctxt "month"
msgid "五月"
msgstr "May"

msgid "%(count)s 张账单"
msgid_plural "%(count)s 张账单们"
msgstr[0] "one bill"
msgstr[1] "%(count)s bills"

msgid ""
"两行\n"
"一句"
msgstr ""
"two lines\n"
"one \"sentence\""
"""


def _read(compiled: bytes) -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(compiled))


def test_gettext_reads_what_we_compile() -> None:
    """Plain, context, plural, several lines; fuzzy and empty entries fall back to the original."""
    catalog = _read(compile_catalog(SAMPLE))
    assert catalog.gettext("电费账单") == "Electricity bill"
    assert catalog.gettext("猜的") == "猜的"
    assert catalog.gettext("空") == "空"
    assert catalog.pgettext("month", "五月") == "May"
    assert catalog.ngettext("%(count)s 张账单", "%(count)s 张账单们", 1) == "one bill"
    assert catalog.ngettext("%(count)s 张账单", "%(count)s 张账单们", 2) == "%(count)s bills"
    assert catalog.gettext("两行\n一句") == 'two lines\none "sentence"'


@given(st.dictionaries(st.text(st.characters(exclude_categories=["C"]), min_size=1), st.text(min_size=1), max_size=20))
def test_same_as_babel(pairs: dict[str, str]) -> None:
    """Whatever Babel writes as .po comes out of our .mo."""
    from babel.messages.catalog import Catalog

    pairs = {key: text for key, text in pairs.items() if "\0" not in text and "\r" not in text and text.isprintable()}
    catalog = Catalog(locale="en")
    for key, text in pairs.items():
        catalog.add(key, text)
    file = io.BytesIO()
    pofile.write_po(file, catalog, width=0)
    compiled = _read(compile_catalog(file.getvalue().decode()))
    assert {key: compiled.gettext(key) for key in pairs} == pairs


@pytest.mark.parametrize("text", ['msgid "a', "msgid a", 'mgsid "a"', '"a"'])
def test_fault_is_named_with_its_line(text: str) -> None:
    """A broken catalog is refused with the place."""
    with pytest.raises(FaultyTranslation, match=r"messages\.po:1"):
        compile_catalog(text)


def test_only_what_changed_is_compiled(tmp_path: Path) -> None:
    """The second run writes nothing."""
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(SAMPLE, encoding="utf-8")
    assert compile_all(tmp_path) == [folder / "django.mo"]
    assert compile_all(tmp_path) == []
