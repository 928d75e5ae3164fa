"""
The parts that pages are made of: one frozen dataclass a part, one partial of the same name, drawn by `{% show part %}`.

`Notice` is drawn by `templates/shared/components/notice.html`, which finds it as `thing`. Every part stands in
`/styleguide/` in every state (`styleguide.py`); tests hold the three together. Words come in translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

Words = str | Promise


class ToneKind(StrEnum):
    """What a part says by its color, besides its words."""

    CALM = "CALM"
    GOOD = "GOOD"
    DUE = "DUE"
    BAD = "BAD"
    TOLD = "TOLD"
    PLAIN = "PLAIN"

    @property
    def css_class(self) -> str:
        """The class that sets the two colors of the tone."""
        return f"gh-tone-{self.value.lower()}"


class Component:
    """What `{% show %}` can draw."""

    __slots__ = ()

    @property
    def template(self) -> str:
        """The partial: the name of the class with underscores."""
        return f"shared/components/{re.sub(r'(?<!^)(?=[A-Z])', '_', type(self).__name__).lower()}.html"


@dataclass(frozen=True, slots=True)
class Button(Component):
    """
    A button, or a link that looks like one where it has an `href`.

    :param look: `primary` (one a page), `soft`, `plain` or `danger`.
    :param reason: why it cannot be pressed; a disabled button without a reason helps nobody.
    """

    label: Words
    href: str = ""
    look: str = "primary"
    icon: str = ""
    name: str = ""
    value: str = ""
    is_wide: bool = False
    is_busy: bool = False
    is_disabled: bool = False
    reason: Words = ""
    sheet: str = ""

    @property
    def css_class(self) -> str:
        """The classes of its look."""
        looks = {"primary": "", "soft": " gh-soft", "plain": " gh-plain", "danger": " gh-danger"}
        return f"gh-button{looks[self.look]}{' gh-wide' if self.is_wide else ''}"


@dataclass(frozen=True, slots=True)
class Badge(Component):
    """A word or two about a state."""

    text: Words
    tone: ToneKind = ToneKind.PLAIN
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Notice(Component):
    """Something to know before going on; `is_urgent` interrupts a screen reader, and is for what just went wrong."""

    text: Words
    title: Words = ""
    tone: ToneKind = ToneKind.CALM
    icon: str = "info-circle"
    link: Words = ""
    href: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class EmptyState(Component):
    """Nothing is here: why, and what to do."""

    title: Words
    advice: Words = ""
    icon: str = "info-circle"
    button: Button | None = None
    level: int = 2


@dataclass(frozen=True, slots=True)
class ListRow(Component):
    """One thing in a list, a link where it has an `href`."""

    title: Words
    detail: Words = ""
    href: str = ""
    icon: str = ""
    end: Words = ""
    badge: Badge | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class ListCard(Component):
    """A card with rows; `link` leads to all of them."""

    rows: tuple[ListRow, ...]
    title: Words = ""
    link: Words = ""
    href: str = ""
    level: int = 2


@dataclass(frozen=True, slots=True)
class Facts(Component):
    """Pairs of a name and what it is."""

    pairs: tuple[tuple[Words, Words], ...]
    title: Words = ""


@dataclass(frozen=True, slots=True)
class Figure(Component):
    """One number with its unit, the date it holds for, and how it changed."""

    label: Words
    value: Words
    unit: Words = ""
    note: Words = ""
    change: Words = ""
    tone: ToneKind = ToneKind.PLAIN
    href: str = ""
    spark: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of many; `state` is `done`, `now`, `next` or `failed`."""

    label: Words
    detail: Words = ""
    state: str = "next"


@dataclass(frozen=True, slots=True)
class Steps(Component):
    """How far something has come, from top to bottom."""

    label: Words
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    moment: Words
    title: Words
    detail: Words = ""
    href: str = ""
    tone: ToneKind = ToneKind.PLAIN


@dataclass(frozen=True, slots=True)
class Timeline(Component):
    """What happened, newest first."""

    label: Words
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Pager(Component):
    """Where in a long list one is; an empty address means that there is nothing that way."""

    text: Words
    earlier: str = ""
    later: str = ""
    label: Words = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `swatch` is the class of color that a chart draws the same in."""

    label: Words
    is_number: bool = True
    swatch: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is more than text."""

    text: Words
    href: str = ""
    badge: Badge | None = None
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class DataTable(Component):
    """
    A table; its first column names the rows. Wide ones scroll in their own box.

    :param rows: each as long as `columns`; text or `Cell`.
    :param foot: the row of sums, if there is one.
    """

    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Words | Cell, ...], ...]
    foot: tuple[Words, ...] = ()
    unit: Words = ""
    anchor: str = "table"
    empty: Words = ""
    is_bare: bool = False
    current_row: int = -1

    @property
    def lines(self) -> Iterator[tuple[bool, list[tuple[bool, Cell]]]]:
        """The rows as (is the current one, cells); each cell as (is a number, cell)."""
        for index, row in enumerate(self.rows):
            yield index == self.current_row, self._cells(row)

    @property
    def foot_cells(self) -> list[tuple[bool, Cell]]:
        """The cells of the row of sums."""
        return self._cells(self.foot) if self.foot else []

    def _cells(self, row: tuple[Words | Cell, ...]) -> list[tuple[bool, Cell]]:
        pairs = zip(self.columns, row, strict=True)
        return [(column.is_number, cell if isinstance(cell, Cell) else Cell(cell)) for column, cell in pairs]


@dataclass(frozen=True, slots=True)
class Progress(Component):
    """How much of something long is done; `done` None while nobody knows."""

    label: Words
    done: int | None
    total: int
    note: Words = ""
    tone: ToneKind = ToneKind.CALM


@dataclass(frozen=True, slots=True)
class Dialog(Component):
    """
    A question before something happens, saying what will happen; opened by a link with `data-sheet="anchor"`.

    Without script the link leads to a page that asks the same.

    :param action: where the form goes; empty for a sheet that only tells.
    :param is_open: drawn in the page, for the page without script.
    """

    anchor: str
    title: Words
    text: Words
    action: str = ""
    confirm: Button | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views of the same thing."""

    label: Words
    href: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Tabs(Component):
    """Views of the same thing, side by side; each is a page of its own."""

    label: Words
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Disclosure(Component):
    """More for who wants to know."""

    title: Words
    text: Words
    icon: str = "info-circle"
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Waiting(Component):
    """The shape of what is coming, while it is fetched."""

    label: Words
    lines: int = 3

    @property
    def each(self) -> range:
        """One a line."""
        return range(self.lines)


@dataclass(frozen=True, slots=True)
class Key:
    """One color of a chart: what it stands for, how much of it, and its share."""

    label: Words
    css_class: str
    figure: Words = ""
    share: Words = ""


@dataclass(frozen=True, slots=True)
class Legend(Component):
    """What the colors of a chart stand for, with the figures."""

    label: Words
    keys: tuple[Key, ...]
    has_long_figures: bool = False


@dataclass(frozen=True, slots=True)
class ChartFigure(Component):
    """
    A chart with everything that belongs to it: what it shows in a sentence, the drawing, and the table behind a fold.

    :param drawing: what `charts.<kind>.draw_…` gave.
    :param summary: a sentence for those who do not see the drawing.
    """

    drawing: str
    summary: Words
    table: DataTable | None = None
    legend: Legend | None = None
    note: Words = ""


def list_components() -> tuple[type[Component], ...]:
    """Every part there is, in the order of this file."""
    found = [value for value in globals().values() if isinstance(value, type) and issubclass(value, Component)]
    return tuple(kind for kind in found if kind is not Component)
