"""
Lists of the console: a desk says what a list is, and everything a list can do comes with it.

A `ListPage` names its columns, filters and bulk actions, and how rows are fetched. `show_list` answers with the page,
its export (CSV, XLSX) or the outcome of a bulk action. What a person sees stands in the address (filters, sort,
columns, page), so that it can be linked, kept as a view and exported as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gridhall.apps.identity import queries as identity
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.apps.workforce import queries as workforce
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.exporting import EXPORTS
from gridhall.interfaces.console.undoing import refuse, tell

PAGE_ROWS = 50
EXPORTED_ROWS = 10_000
FARTHEST_PAGE = 200
LONGEST_FILTER = 40


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column.

    :param value: gives what a row has there: what is sorted by a machine and written into an XLSX.
    :param format: says it on the page and in a CSV.
    :param sorts: whether `fetch` can order by it.
    :param is_name: whether a cell says what somebody or some place is called, which no language changes.
    :param address: where a cell leads; the first column with one is what Enter opens.
    """

    name: str
    label: Any
    value: Callable[[Any], Any]
    format: Callable[[Any], str] = str
    sorts: bool = False
    is_number: bool = False
    is_shown: bool = True
    is_name: bool = False
    address: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """
    A choice by which a list is narrowed.

    :param choices: (value, word). :param none: the word for none of them, usually "all".
    :param is_text: anything may be typed, such as a number; there are no choices then.
    """

    name: str
    label: Any
    choices: tuple[tuple[str, Any], ...] = ()
    none: Any = ""
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What `fetch` is asked for."""

    filters: dict[str, str]
    sort: str
    descending: bool
    offset: int
    limit: int
    viewer: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Rows:
    """What `fetch` gives; `total` may stop counting at EXPORTED_ROWS + 1."""

    rows: Sequence[Any]
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a bulk action, in words, and the key to undo it."""

    text: str
    undo: UUID | None = None


@dataclass(frozen=True, slots=True)
class BulkAction:
    """
    Something that is done to all chosen rows.

    :param run: `run(request, keys, text) -> Done`; may raise a BusinessError.
    :param asks: the label of a text that is needed for it; empty if none is.
    :param roles: who may; empty for all who see the list. :param keys: what is typed for it.
    """

    name: str
    label: Any
    run: Callable[[HttpRequest, list[str], str], Done]
    icon: str = "check"
    asks: Any = ""
    roles: tuple[str, ...] = ()
    keys: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """
    What a list is.

    :param url: the name of its address; views are kept under it.
    :param key: gives what identifies a row, for bulk actions.
    :param starts_descending: whether the usual order is the other way round, such as newest first.
    """

    url: str
    name: Any
    columns: tuple[Column, ...]
    fetch: Callable[[Asked], Rows]
    key: Callable[[Any], str]
    filters: tuple[Filter, ...] = ()
    bulk_actions: tuple[BulkAction, ...] = ()
    sort: str = ""
    starts_descending: bool = False
    empty: Any = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is drawn."""

    text: str
    is_number: bool
    is_name: bool
    address: str
    tone: str


@dataclass
class Sheet:
    """A list as one viewer asked for it, for its template."""

    page: ListPage
    request: HttpRequest
    filters: dict[str, str]
    sort: str
    descending: bool
    columns: list[Column]
    number: int
    found: Rows = field(default_factory=lambda: Rows((), 0))

    def address(self, **changes: Any) -> str:
        """Give the address of this list with something changed; None takes it out."""
        query = self.query | {name: str(value) for name, value in changes.items() if value is not None}
        kept = {name: value for name, value in query.items() if changes.get(name, "") is not None and value}
        return f"?{urlencode(kept)}" if kept else "?"

    @cached_property
    def query(self) -> dict[str, str]:
        """What stands in the address, but for the page."""
        query = {name: value for name, value in self.filters.items() if value}
        if self.sort and (self.sort, self.descending) != (self.page.sort, self.page.starts_descending):
            query["sort"] = ("-" if self.descending else "") + self.sort
        names = [column.name for column in self.columns]
        if names != [column.name for column in self.page.columns if column.is_shown]:
            query["columns"] = ",".join(names)
        return query

    @property
    def encoded(self) -> str:
        """The query as a view keeps it."""
        return urlencode(self.query)

    @property
    def heads(self) -> Iterator[tuple[Column, str, str]]:
        """Columns with the address that sorts by them and how they are sorted now."""
        for column in self.columns:
            is_here = column.name == self.sort
            turned = is_here and not self.descending
            state = ("descending" if self.descending else "ascending") if is_here else "none"
            target = self.address(sort=("-" if turned else "") + column.name) if column.sorts else ""
            yield column, target, state

    @property
    def rows(self) -> Iterator[tuple[str, list[Cell]]]:
        """The key and cells of each row."""
        for row in self.found.rows:
            yield self.page.key(row), [_as_cell(column, row) for column in self.columns]

    @property
    def chosen_filters(self) -> Iterator[tuple[Filter, str]]:
        """Filters with what is chosen."""
        return ((one, self.filters[one.name]) for one in self.page.filters)

    @property
    def first_row(self) -> int:
        """The number of the first row shown."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.found.rows else 0

    @property
    def last_row(self) -> int:
        """The number of the last row shown."""
        return self.first_row + len(self.found.rows) - 1 if self.found.rows else 0

    @property
    def total(self) -> str:
        """How many there are, as far as was counted."""
        return f"{EXPORTED_ROWS:,}+" if self.found.total > EXPORTED_ROWS else f"{self.found.total:,}"

    @property
    def csv_address(self) -> str:
        """What is seen, as CSV."""
        return self.address(export="csv")

    @property
    def xlsx_address(self) -> str:
        """What is seen, as XLSX."""
        return self.address(export="xlsx")

    @property
    def previous_address(self) -> str:
        """The page before."""
        return self.address(page=self.number - 1) if self.number > 1 else ""

    @property
    def next_address(self) -> str:
        """The page after."""
        is_more = self.number * PAGE_ROWS < self.found.total and self.number < FARTHEST_PAGE
        return self.address(page=self.number + 1) if is_more else ""

    @property
    def bulk_actions(self) -> list[BulkAction]:
        """What this viewer may do to many rows."""
        may = self.request.user
        return [one for one in self.page.bulk_actions if not one.roles or identity.has_role(may, *one.roles)]

    @property
    def column_choices(self) -> Iterator[tuple[Column, bool]]:
        """Every column, and whether it is shown."""
        return ((column, column in self.columns) for column in self.page.columns)

    @property
    def kept_filters(self) -> list[tuple[str, str]]:
        """What a form about columns must carry along."""
        return [(name, value) for name, value in self.query.items() if name != "columns"]

    @cached_property
    def views(self) -> list[tuple[workforce.ViewOfList, bool]]:
        """The viewer's views of this list, and which one this is."""
        kept = workforce.list_views(page=self.page.url, viewer=self.request.user)
        return [(view, view.query == self.encoded) for view in kept]


def say_minute(moment: datetime) -> str:
    """Say a moment in a cell, on our clocks, to the minute."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _as_cell(column: Column, row: Any) -> Cell:
    value = column.value(row)
    text = "–" if value is None or value == "" else column.format(value)
    return Cell(
        str(text), column.is_number, column.is_name, column.address(row) if column.address else "",
        column.tone(row) if column.tone else "",
    )  # fmt: skip


def show_list(request: HttpRequest, page: ListPage, *, template: str, status: int = 200, **more: Any) -> HttpResponse:
    """
    Answer with a list, its export, or the outcome of a bulk action (by POST).

    :param status: of a page that shows another form again, whose POST was refused; no bulk action is looked for then.
    :param more: what else the template needs; a function is given the sheet with its rows.
    """
    sheet = read_sheet(request, page)
    if request.method == "POST" and status == 200:
        return _run_bulk(request, sheet)
    if "export" in request.GET:
        return _export(request, sheet)
    sheet.found = page.fetch(_as_asked(sheet, (sheet.number - 1) * PAGE_ROWS, PAGE_ROWS))
    more = {name: value(sheet) if callable(value) else value for name, value in more.items()}
    return render(request, template, {"sheet": sheet, **more}, status=status)


def read_sheet(request: HttpRequest, page: ListPage) -> Sheet:
    """Read what is asked for from the address; what makes no sense is as if it had not been written."""
    asked = request.GET
    filters = {}
    for one in page.filters:
        value = asked.get(one.name, "")
        is_known = one.is_text or value in {choice for choice, _word in one.choices}
        filters[one.name] = value.strip()[:LONGEST_FILTER] if is_known else ""
    sort = asked.get("sort", "")
    descending, sort = sort.startswith("-"), sort.removeprefix("-")
    if sort not in {column.name for column in page.columns if column.sorts}:
        descending, sort = page.starts_descending, page.sort
    wanted = [name for value in asked.getlist("columns") for name in value.split(",")]
    columns = [column for column in page.columns if column.name in wanted]
    columns = columns or [column for column in page.columns if column.is_shown]
    number = asked.get("page", "1")
    number = min(max(int(number), 1), FARTHEST_PAGE) if number.isascii() and number.isdigit() else 1
    return Sheet(page, request, filters, sort, descending, columns, number)


def _as_asked(sheet: Sheet, offset: int, limit: int) -> Asked:
    request: Any = sheet.request
    return Asked(sheet.filters, sheet.sort, sheet.descending, offset, limit, request.user, request.at)


def _run_bulk(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    action = next((one for one in sheet.bulk_actions if one.name == request.POST.get("action")), None)
    if action is None:
        raise Http404
    keys = list(dict.fromkeys(request.POST.getlist("key")))
    back = redirect(
        reverse(sheet.page.url) + sheet.address(page=sheet.number if sheet.number > 1 else None).rstrip("?")
    )
    if not keys:
        tell(request, _("还没有选中任何一行。"))
        return back
    try:
        done = action.run(request, keys, request.POST.get("text", ""))
    except BusinessError as refusal:
        refuse(request, refusal)
    else:
        tell(request, done.text, undo=done.undo)
    return back


def _export(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Write what is seen, all pages of it, into a file; that it left the house is told."""
    write = EXPORTS.get(request.GET["export"])
    if write is None:
        raise Http404
    rows = sheet.page.fetch(_as_asked(sheet, 0, EXPORTED_ROWS)).rows
    at: datetime = request.at  # type: ignore[attr-defined]
    workforce_actions.tell_export(
        page=sheet.page.url, rows=len(rows), format=request.GET["export"], query=sheet.encoded, at=at,
        actor=str(request.user.mrid),  # type: ignore[union-attr]
    )  # fmt: skip
    return write(f"{sheet.page.url.rpartition(':')[2]}-{at:%Y%m%d}", sheet.columns, rows)
