"""The style guide is complete: every component, partial and field; and nobody meets it on a company's server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from lxml import html

from gridhall.interfaces.shared import components, styleguide
from gridhall.interfaces.shared.components import Component

FOLDER = Path(components.__file__).parent / "templates" / "shared" / "components"
# Rows stand in their card; charts have a list of their own.
SHOWN_ELSEWHERE = {components.ListRow: components.ListCard, components.ChartFigure: None}


@pytest.fixture
def guide(settings: object, db: None) -> html.HtmlElement:
    settings.GRIDHALL_STYLEGUIDE = True  # type: ignore[attr-defined]
    answer = Client().get("/styleguide/")
    assert answer.status_code == 200
    return html.fromstring(answer.content.decode())


def test_every_component_stands_in_the_style_guide() -> None:
    shown = set(styleguide.EXAMPLES) | set(SHOWN_ELSEWHERE)
    assert set(components.list_components()) - shown == set()
    for kind, examples in styleguide.EXAMPLES.items():
        drawn = examples()
        assert drawn and all(isinstance(thing, Component) for _state, thing in drawn)
        assert any(isinstance(thing, kind) for _state, thing in drawn), kind


def test_every_component_has_its_partial_and_every_partial_its_component() -> None:
    wanted = {Path(kind.template.fget(_Bare(kind))).name for kind in components.list_components()}
    there = {path.name for path in FOLDER.glob("*.html") if not path.name.startswith("_")}
    assert wanted == there


class _Bare:
    """Stands in for a component without values, to ask its class for the name of the partial."""

    def __new__(cls, kind: type[Component]) -> object:  # type: ignore[misc]
        return object.__new__(kind)


def test_components_are_frozen_and_typed() -> None:
    for kind in components.list_components():
        assert kind.__dataclass_params__.frozen, kind
        assert all(field.type not in ("Any", "object", "dict") for field in kind.__dataclass_fields__.values()), kind


def test_every_tone_and_stage_is_shown(guide: html.HtmlElement) -> None:
    text = html.tostring(guide, encoding="unicode")
    for tone in components.ToneKind:
        assert tone.css_class in text
    for state in ("done", "now", "next", "failed"):
        assert f"gh-stage-{state}" in text


def test_styleguide_shows_every_kind_of_field_in_every_state(guide: html.HtmlElement) -> None:
    fields = styleguide.make_form_class()().fields
    for _state, prefix, form, _button in styleguide.list_forms():
        for name in fields:
            assert guide.xpath(f"//*[@name='{prefix}-{name}']"), (prefix, name)
        assert form.prefix == prefix
    assert {form["name"].form.is_bound for _state, _prefix, form, _button in styleguide.list_forms()} == {True, False}
    kinds = {form[name].kind for _s, _p, form, _b in styleguide.list_forms() for name in fields}
    assert kinds == {"input", "choices", "select", "file", "switch"}
    ids = guide.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_styleguide_shows_every_color_and_icon(guide: html.HtmlElement) -> None:
    text = html.tostring(guide, encoding="unicode")
    assert len(styleguide.list_colors()) > 40 and len(styleguide.list_icons()) > 30
    assert all(f"var(--{name})" in text for name in styleguide.list_colors())


@pytest.mark.parametrize("query", ["language=en&appearance=DARK&reading_mode=LARGE", "language=xx&appearance=<b>", ""])
def test_styleguide_can_be_read_in_every_way(settings: object, db: None, query: str) -> None:
    settings.GRIDHALL_STYLEGUIDE = True  # type: ignore[attr-defined]
    root = html.fromstring(Client().get(f"/styleguide/?{query}").content.decode())
    if "DARK" in query:
        assert (root.get("lang"), root.get("data-theme"), root.get("data-mode")) == ("en", "dark", "elder")
        assert not re.search("[\u4e00-\u9fff]", "".join(root.xpath("//main//h3/text()")))
    else:
        assert root.get("lang") == "zh-CN"


@pytest.mark.parametrize("method", ["get", "post"])
def test_styleguide_is_not_found_where_nobody_builds(db: None, method: str) -> None:
    assert getattr(Client(), method)("/styleguide/").status_code == 404
