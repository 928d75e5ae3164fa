"""What is shipped beside the code is complete and unchanged: translations, vendored files, requirements."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from gridhall.config import translations
from tests.architecture.source_files import PACKAGE, REPOSITORY, is_vendored, list_files, name

KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
CATALOGS = sorted(PACKAGE.rglob("LC_MESSAGES/*.po"))
WORKPLACE = re.compile(
    "|".join(("/wo" + "rk/", "--(extra-)?index" + "-url", "--find" + "-links (?!--)", "/ro" + "ot/"))
)


def _list_messages() -> dict[str, str]:
    """Every text in code and templates that asks for translation, with the place where it stands."""
    found: dict[str, str] = {}
    for path in PACKAGE.rglob("*"):
        if path.suffix not in (".py", ".html") or "tests" in path.parts or is_vendored(path):
            continue
        text = path.read_text(encoding="utf-8")
        source = text if path.suffix == ".py" else templatize(text)
        for line, message, _, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            single = message[0] if isinstance(message, tuple) else message
            key = f"{context}\x04{single}" if context else str(single)
            found.setdefault(key, f"{name(path)}:{line}")
    return found


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: "-".join(path.parts[-3::2]))
def test_translation_is_complete(catalog: Path) -> None:
    """No text is missing, empty or fuzzy, and placeholders are the same in both languages."""
    entries = translations.read_entries(catalog.read_text(encoding="utf-8"), name=name(catalog))
    texts = {key.partition("\0")[0]: (key, text) for key, text, _ in entries if key}
    unfinished = [key for key, text, is_fuzzy in entries if key and (is_fuzzy or not all(text.split("\0")))]
    assert not unfinished, f"{name(catalog)}: not translated: {unfinished[:10]}"
    missing = [f"{place} {key!r}" for key, place in _list_messages().items() if key not in texts]
    assert not missing, f"{name(catalog)} lacks {len(missing)}: {missing[:10]}"
    for key, text in texts.values():
        holes = {frozenset(re.findall(r"%\((\w+)\)[sd]", form)) for form in text.split("\0")}
        allowed = {frozenset(re.findall(r"%\((\w+)\)[sd]", form)) for form in key.rpartition("\x04")[2].split("\0")}
        assert holes <= allowed, f"{name(catalog)}: placeholders differ in {key!r}"


def test_vendored_files_are_as_they_came() -> None:
    """Each vendor folder has a manifest.json: file -> version, source, license, sha256."""
    for folder in sorted({path for path in PACKAGE.rglob("vendor") if path.is_dir()}):
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
            "manifest.json"
        }
        assert present == set(listed), f"{name(folder)}: files and manifest differ: {present ^ set(listed)}"
        for file, facts in listed.items():
            assert {"version", "source", "license", "sha256"} <= set(facts), f"{name(folder)}/{file}: facts are missing"
            assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == facts["sha256"], f"{file} was changed"


def test_requirements_are_pinned_with_hashes() -> None:
    """Every line of every lock file names one version, and has hashes."""
    for path in sorted((REPOSITORY / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", path.read_text()).strip())
        for block in filter(None, blocks):
            assert re.match(r"[\w.\-]+(\[[\w,\-]+\])?==\S+", block), f"{path.name}: not pinned: {block[:60]}"
            assert "--hash=sha256:" in block, f"{path.name}: no hash: {block[:60]}"


def test_pyproject_and_requirements_agree() -> None:
    """What the package asks for is what base.in locks."""
    import tomllib

    asked = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (REPOSITORY / "requirements" / "base.in").read_text().splitlines()
    locked = [line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip()]
    assert sorted(asked) == sorted(locked)


def test_nothing_speaks_of_the_place_it_was_written_in() -> None:
    """No absolute path of somebody's machine, no address of somebody's package index."""
    found = []
    for path in list_files(
        ".py", ".md", ".toml", ".txt", ".in", ".html", ".css", ".js", ".yaml", ".yml", ".sh", ".po", ""
    ):
        if path.name != Path(__file__).name and path.name != ".git":
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if WORKPLACE.search(line):
                    found.append(f"{name(path)}:{number} {line.strip()[:80]}")
    assert not found, found
