"""
A drawing that stands alone: the colors and letters of the style sheet written into it, for PDF and for pictures.

The style sheet stays the one source: classes are looked up in the CSS that the pages use, variables in its tokens.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as tree

STYLES = Path(__file__).resolve().parents[1] / "static" / "shared" / "css"
SHEETS = ("app.css", "pages.css", "components.css")
NAMESPACE = "http://www.w3.org/2000/svg"
PAINTED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "opacity", "font-weight")
FONTS = "Barlow Semi Condensed, Noto Sans SC, Noto Sans CJK SC, sans-serif"
UNSEEN = {"gh-hit", "gh-dot"}


def draw_alone(drawing: str, *, frame: str = "wide", theme: str = "light", fonts: str = FONTS) -> str:
    """
    Give one drawing of a chart as an SVG document of its own.

    :param drawing: what a `draw_…` of this package gave, with one or two drawings in it.
    :param frame: `wide` or `narrow`; where there is only one drawing it is that.
    :param theme: `light` (paper) or `dark`.
    :raises ValueError: if there is no drawing in it.
    """
    drawings = re.findall(r"<svg\b.*?</svg>", drawing, re.S)
    if not drawings:
        raise ValueError("There is no drawing to stand alone.")
    wanted = next((text for text in drawings if f"gh-chart-{frame}" in text), drawings[0])
    root = tree.fromstring(wanted)
    _paint(root, read_classes(theme))
    ink = read_tokens(theme)["ink-3"]
    _left, _top, width, height = root.get("viewBox", "0 0 0 0").split()
    root.attrib = {
        "xmlns": NAMESPACE,
        "viewBox": root.get("viewBox", ""),
        "width": width,
        "height": height,
        "font-size": root.get("font-size", "12"),
        "font-family": fonts,
    }
    for text in root.iter("text"):
        text.attrib.setdefault("fill", ink)
    return tree.tostring(root, encoding="unicode")


def _paint(element: tree.Element, classes: dict[str, dict[str, str]]) -> None:
    for child in list(element):
        names = child.get("class", "").split()
        if child.tag == "title" or UNSEEN & set(names):
            element.remove(child)
            continue
        if child.tag == "a":
            child.tag = "g"
            child.attrib.pop("href", None)
            child.attrib.pop("tabindex", None)
        child.attrib.pop("class", None)
        for name in names:
            child.attrib.update(classes.get(name, {}))
        _paint(child, classes)


@lru_cache(maxsize=4)
def read_tokens(theme: str) -> dict[str, str]:
    """Give the tokens of a theme: name without hyphens in front -> value."""
    text = (STYLES / "tokens.css").read_text(encoding="utf-8")
    blocks = [r":root\{(.*?)\n\}"]
    if theme == "dark":
        blocks.append(r":root\[data-theme=dark\]\{(.*?)\n\}")
    tokens: dict[str, str] = {}
    for block in blocks:
        found = re.search(block, text, re.S)
        if found is None:
            raise ValueError(f"tokens.css holds no block {block}")
        tokens |= dict(re.findall(r"--([a-z0-9-]+):([^;]+);", found.group(1)))
    return tokens


@lru_cache(maxsize=4)
def read_classes(theme: str) -> dict[str, dict[str, str]]:
    """Give what each single class paints: class -> attributes of SVG."""
    tokens = read_tokens(theme)
    found: dict[str, dict[str, str]] = {}
    for sheet in SHEETS:
        text = re.sub(r"/\*.*?\*/", "", (STYLES / sheet).read_text(encoding="utf-8"), flags=re.S)
        for selectors, body in re.findall(r"(?:^|(?<=[}\n]))([^{}@]+)\{([^{}]*)\}", text):
            painted = {
                name: re.sub(r"var\(--([a-z0-9-]+)\)", lambda token: tokens[token.group(1)], value).removesuffix("px")
                for name, _colon, value in (part.strip().partition(":") for part in body.split(";"))
                if name in PAINTED
            }
            for selector in selectors.split(","):
                single = re.fullmatch(r"\s*(?:\.gh-chart )?\.(gh-[a-z0-9-]+)\s*", selector)
                if single and painted:
                    found.setdefault(single.group(1), {}).update(painted)
    return found
