"""What was made elsewhere is pinned and used; and our own style keeps its word."""

from __future__ import annotations

import json
import re

from gridhall.interfaces.shared import vendoring
from tests.interfaces.messages import ROOT

STYLES = ROOT / "shared" / "static" / "shared" / "css"


def test_vendored_versions_are_exact_and_the_ones_that_were_tried() -> None:
    listed = json.loads(vendoring.MANIFEST.read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", facts["version"]) for facts in listed.values())
    assert listed["htmx.min.js"]["version"] == "2.0.11"
    for package in (vendoring.HTMX, vendoring.ICONS, vendoring.DIGIT_FONT):
        assert listed[package.license_name]["source"] == package.source


def test_the_sprite_holds_the_icons_that_are_used_and_no_others() -> None:
    sprite = (vendoring.FOLDER / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    sources = {
        path: path.read_text()
        for path in ROOT.rglob("*")
        if path.suffix in (".html", ".py")
        and not {"tests", "console"} & set(path.parts)
        and path.name != "vendoring.py"
    }
    text = "\n".join(sources.values())
    used = set(re.findall(r"{% icon \"([a-z0-9-]+)\"", text)) | set(
        re.findall(r"\bicon(?:: str)? ?= ?\"([a-z0-9-]+)\"", text)
    )
    for path, source in sources.items():
        if path.stem.startswith("words"):
            used |= set(re.findall(r"\), \"([a-z0-9-]+)\"\),", source))
    periods = {"sharp", "peak", "flat", "valley", "deep-valley"}
    assert used - periods <= drawn
    # The style guide shows icons without a use; it does not make them used.
    spoken = "\n".join(source for path, source in sources.items() if not path.stem.startswith("styleguide"))
    assert drawn <= set(re.findall(r"\"([a-z0-9-]+)\"", spoken))


def test_the_sprite_of_the_console_holds_what_is_used() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (vendoring.FOLDER / "icons-staff.svg").read_text()))
    text = "\n".join(
        path.read_text() for path in (ROOT / "console").rglob("*") if path.suffix in (".html", ".py") and path.is_file()
    )
    used = set(re.findall(r"{% staff_icon \"([a-z0-9-]+)\"", text)) | set(re.findall(r'icon="([a-z0-9-]+)"', text))
    assert used <= drawn


def test_both_dark_blocks_are_the_same() -> None:
    text = (STYLES / "tokens.css").read_text()
    asked = re.search(r":root\[data-theme=dark\]\{(.*?)\}", text, re.S)
    wished = re.search(r":root:not\(\[data-theme\]\)\{(.*?)\}", text, re.S)
    assert asked and wished and asked.group(1).split() == wished.group(1).split()


def test_every_token_used_is_defined() -> None:
    defined = set(re.findall(r"(--[a-z0-9-]+):", "".join(path.read_text() for path in STYLES.glob("*.css"))))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", "".join(path.read_text() for path in STYLES.glob("*.css"))))
    assert used <= defined


def test_our_classes_are_prefixed() -> None:
    text = "".join(path.read_text() for path in STYLES.glob("*.css"))
    classes = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", re.sub(r"url\([^)]*\)|/\*.*?\*/", "", text)))
    assert {name for name in classes if not name.startswith("gh-")} <= {"htmx-request"}


def test_every_class_used_is_styled() -> None:
    text = "".join(path.read_text() for path in STYLES.glob("*.css"))
    used = set()
    for path in ROOT.rglob("*.html"):
        for value in re.findall(r'class="([^"]*)"', path.read_text()):
            used |= {name for name in re.sub(r"{[%{].*?[%}]}", " ", value).split() if name.startswith("gh-")}
    unstyled = {name for name in used if f".{name}" not in text} - {"gh-explain", "gh-fill-"}
    assert not unstyled


def _contrast(first: str, second: str) -> float:
    """WCAG 2 contrast of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_its_ground() -> None:
    text = (STYLES / "tokens.css").read_text()
    for block in (
        re.search(r":root\{(.*?)\}", text, re.S),
        re.search(r":root\[data-theme=dark\]\{(.*?)\}", text, re.S),
    ):
        tokens = dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-Fa-f]{6})", block.group(1)))
        for ink in ("ink", "ink-2", "ink-3", "brand-ink", "ok", "warning", "error", "info"):
            assert _contrast(tokens[ink], tokens["card"]) >= 4.5, ink
        for tone in ("ok", "warning", "error", "info"):
            assert _contrast(tokens[tone], tokens[f"{tone}-tint"]) >= 4.5, tone
        for ink in ("ink-2", "ink-3"):
            assert _contrast(tokens[ink], tokens["fill"]) >= 4.5, ink


def test_style_is_small() -> None:
    import gzip

    # What every page of the customer app loads; an area's own file comes only with its pages.
    paths = [STYLES / f"{name}.css" for name in ("tokens", "app", "components", "pages")]
    packed = len(gzip.compress("".join(path.read_text() for path in paths).encode()))
    assert packed < 12_000


def test_no_color_stands_outside_the_tokens() -> None:
    for path in STYLES.glob("*.css"):
        if path.name != "tokens.css":
            found = re.findall(
                r"#[0-9A-Fa-f]{3,8}\b|(?:rgb|hsl|oklch)a?\([^)]*\)", re.sub(r"/\*.*?\*/", "", path.read_text())
            )
            assert not found, f"{path.name}: make these tokens: {found}"
