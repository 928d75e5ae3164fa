"""Charts for paper: the same drawings with the colors of the light style sheet inside."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_STYLES = Path(__file__).parent.parent / "static" / "shared" / "css"
_SVG = re.compile(r'<svg class="gh-chart gh-chart-(\w+)".*?</svg>', re.S)
_RULE = re.compile(r"(?:^|(?<=\}))\s*((?:\.gh-[\w-]+[, ]*)+)\{((?:fill|stroke)[^}]*)\}", re.M)
_TOKEN = re.compile(r"(--[\w-]+):([^;}]+)")


def for_print(drawing: str, *, name: str = "wide") -> str:
    """
    Give one of the drawings of a chart as an SVG that stands alone.

    :param drawing: what `draw_…` gave: one drawing a width. :param name: narrow or wide.
    """
    found = next((match[0] for match in _SVG.finditer(drawing) if match[1] == name), "")
    plain = re.sub(r"<title>.*?</title>", "", found, flags=re.S)
    plain = re.sub(r"<a\b[^>]*>", "<g>", plain).replace("</a>", "</g>")
    head = '<svg xmlns="http://www.w3.org/2000/svg"'
    return plain.replace("<svg", head, 1).replace(">", f">{_style()}", 1) if plain else ""


@lru_cache(maxsize=1)
def _style() -> str:
    """Give the rules of the style sheets that color charts, tokens replaced by their light values."""
    light = (_STYLES / "tokens.css").read_text(encoding="utf-8").split(":root[data-theme=dark]")[0]
    tokens = dict(_TOKEN.findall(light))
    rules = []
    for sheet in ("pages.css", "usage.css"):
        for selectors, body in _RULE.findall((_STYLES / sheet).read_text(encoding="utf-8")):
            rules.append(f"{selectors.strip()}{{{_resolve(body, tokens)}}}")
    text = f"text{{font-family:'Noto Sans SC';fill:{tokens['--ink-3']}}}"
    return f"<style>{text}{''.join(rules)}.gh-hit{{fill:none}}</style>"


def _resolve(body: str, tokens: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda match: tokens.get(match[1], "#000").strip(), body)
