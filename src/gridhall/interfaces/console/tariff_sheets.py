"""One loaded tariff laid out: in words, as text, with its history; and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.errors import Fault
from gridhall.interfaces.console import words, words_audit, words_tariffs
from gridhall.interfaces.console.tariff_lists import name_tariff
from gridhall.interfaces.shared.word_tables import get_word

SHOWN_LINES, SHOWN_LETTERS = 3_000, 2_000


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a tariff's text, and what is wrong with it."""

    number: int
    text: str
    faults: tuple[Fault, ...]

    @property
    def tone(self) -> str:
        """Whether something is wrong, or only doubtful."""
        if not self.faults:
            return ""
        return "warning" if all(fault.is_warning for fault in self.faults) else "error"


def number_lines(text: str, faults: Iterable[Fault] = ()) -> list[TextLine]:
    """Number the lines of a text, each with its faults; of a very long one the beginning."""
    by_line: dict[int, list[Fault]] = {}
    for fault in faults:
        by_line.setdefault(fault.line or 0, []).append(fault)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [
        TextLine(number, line[:SHOWN_LETTERS], tuple(by_line.get(number, ())))
        for number, line in enumerate(lines[:SHOWN_LINES], start=1)
    ]


@dataclass(frozen=True, slots=True)
class State:
    """One loaded state in the history of a tariff; people by name."""

    document_id: int
    status_word: Any
    tone: str
    versions: tuple[tariffs.VersionRow, ...]
    row: tariffs.VersionRow
    names: dict[str, str]
    is_here: bool

    @property
    def loaded_by(self) -> str:
        """Who loaded it."""
        return self.names[self.row.loaded_by]

    @property
    def approved_by(self) -> str:
        """Who approved it."""
        return self.names[self.row.approved_by]

    @property
    def retired_by(self) -> str:
        """Who took it out of force."""
        return self.names[self.row.retired_by]


@dataclass
class TariffPage:
    """A loaded tariff as one viewer sees it; `first_day` is the version that is read."""

    loaded: tariffs.LoadedTariff
    viewer: Any
    at: datetime
    first_day: date | None = None

    @cached_property
    def version(self) -> Any:
        """The version that is read; without a choice the newest."""
        return self.loaded.version_from(self.first_day)

    @property
    def versions(self) -> list[tuple[Any, bool]]:
        """All versions, newest first, and which one is read."""
        return [(one, one is self.version) for one in reversed(self.loaded.tariff.versions)]

    @property
    def document(self) -> Any:
        """The row of the state."""
        return self.loaded.document

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return name_tariff(self.document)

    @property
    def status_word(self) -> Any:
        """Where it stands."""
        return get_word(words.TARIFF_STATUSES, self.document.status)

    @property
    def tone(self) -> str:
        """How that looks."""
        return words.TARIFF_TONES[self.document.status]

    @cached_property
    def sheet(self) -> Any:
        """The version in words."""
        year = timezone.localdate(self.at).year
        return tariffs.describe_loaded(self.loaded, self.version, year=year, language=get_language() or "zh-hans")

    @property
    def source(self) -> str:
        """Where the figures come from."""
        return tariffs.pick_language(self.version.source.document, language=get_language() or "")

    @cached_property
    def lines(self) -> list[TextLine]:
        """The text with numbered lines and the warnings about it."""
        return number_lines(self.document.text, self.loaded.tariff.warnings)

    @property
    def is_cut(self) -> bool:
        """Whether the text goes on beyond what is shown."""
        return len(self.lines) == SHOWN_LINES

    @cached_property
    def rows(self) -> list[tariffs.VersionRow]:
        """Every version of every state of this code."""
        return tariffs.list_versions(code=self.document.code)

    @cached_property
    def states(self) -> list[State]:
        """All loaded states of this code, newest first."""
        by_document: dict[int, list[tariffs.VersionRow]] = {}
        for row in self.rows:
            by_document.setdefault(row.document_id, []).append(row)
        actors = {actor for row in self.rows for actor in (row.loaded_by, row.approved_by, row.retired_by)}
        names = {actor: words_audit.name_actor(name) for actor, name in identity.name_staff(actors).items()}
        return [
            State(
                key, get_word(words.TARIFF_STATUSES, rows[0].status), words.TARIFF_TONES[rows[0].status],
                tuple(rows), rows[0], names, key == self.document.pk,
            )
            for key, rows in by_document.items()
        ]  # fmt: skip

    @property
    def here(self) -> State:
        """This state among them."""
        return next(state for state in self.states if state.is_here)

    @cached_property
    def in_force(self) -> State | None:
        """The state that is in force now."""
        return next((state for state in self.states if state.row.status == "APPROVED"), None)

    @property
    def is_draft(self) -> bool:
        """Whether it waits for somebody to approve it."""
        return self.document.status == "DRAFT"

    @property
    def is_own(self) -> bool:
        """Whether the viewer loaded it himself, and therefore decides nothing about it."""
        return self.document.loaded_by == str(self.viewer.mrid)

    @property
    def may_decide(self) -> bool:
        """Whether the viewer may approve or retire it."""
        return identity.has_role(self.viewer, Role.TARIFF_APPROVER) and not self.is_own

    @property
    def may_approve(self) -> bool:
        """Whether there is something to approve for the viewer."""
        return self.is_draft and self.may_decide

    @property
    def may_retire(self) -> bool:
        """Whether there is something to retire for the viewer."""
        return self.document.status == "APPROVED" and self.may_decide


def open_tariff(document_id: int, *, viewer: Any, at: datetime, first_day: str = "") -> TariffPage:
    """
    Open a loaded tariff.

    :raises Http404: if there is none.
    """
    try:
        loaded = tariffs.get_loaded(document_id)
    except tariffs.TariffNotFound as missing:
        raise Http404 from missing
    return TariffPage(loaded, viewer, at, read_day(first_day))


def read_day(text: str) -> date | None:
    """Read a day of an address; what is none is as if it had not been written."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One line of a comparison as it is drawn."""

    name: str
    before: str | None
    after: str | None
    change: Decimal | None
    percent: Decimal | None
    state_word: Any
    tone: str


@dataclass(frozen=True, slots=True)
class SectionSheet:
    """One section of a comparison."""

    kind: str
    title: Any
    changed: list[DifferenceRow]
    same: list[DifferenceRow]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: `value` is what the choice sends."""

    value: str
    document_id: int
    first_day: date
    end_day: date | None
    status_word: Any
    tone: str
    sha: str


@dataclass
class ComparisonSheet:
    """Two versions side by side; `left` and `right` are what was asked for (`12:2026-01-01`), or empty."""

    page: TariffPage
    left: str
    right: str

    @cached_property
    def sides(self) -> list[Side]:
        """What can be chosen: every version of every state."""
        return [
            Side(
                f"{row.document_id}:{row.first_day}", row.document_id, row.first_day, row.end_day,
                get_word(words.TARIFF_STATUSES, row.status), words.TARIFF_TONES[row.status], row.sha256[:8],
            )
            for row in self.page.rows
        ]  # fmt: skip

    @cached_property
    def after(self) -> Side:
        """The later one: of this state, the newest version that what is in force does not have."""
        chosen = next((side for side in self.sides if side.value == self.right), None)
        if chosen is not None:
            return chosen
        mine, other = self.page.loaded, self._other
        version = tariffs.find_new_version(other, mine) if other else mine.tariff.versions[-1]
        return self._find(mine.document.pk, version.first_day)

    @cached_property
    def before(self) -> Side:
        """The earlier one: what is in force when the later one begins, else the version before it."""
        chosen = next((side for side in self.sides if side.value == self.left), None)
        if chosen is not None:
            return chosen
        if self._other is not None:
            on_day = self._other.tariff.version_on(self.after.first_day) or self._other.tariff.versions[-1]
            return self._find(self._other.document.pk, on_day.first_day)
        earlier = [one for one in self.page.loaded.tariff.versions if one.first_day < self.after.first_day]
        return self._find(self.page.document.pk, earlier[-1].first_day) if earlier else self.after

    @cached_property
    def _other(self) -> tariffs.LoadedTariff | None:
        state = self.page.in_force
        if state is None or state.is_here:
            return None
        return tariffs.get_loaded(state.document_id)

    def _find(self, document_id: int, first_day: date) -> Side:
        return next(one for one in self.sides if (one.document_id, one.first_day) == (document_id, first_day))

    def _load(self, side: Side) -> tariffs.LoadedTariff:
        return next(
            (one for one in (self.page.loaded, self._other) if one and one.document.pk == side.document_id), None
        ) or tariffs.get_loaded(side.document_id)

    @cached_property
    def found(self) -> Any:
        """The comparison."""
        year = timezone.localdate(self.page.at).year
        return tariffs.compare(
            self._load(self.before), self.before.first_day, self._load(self.after), self.after.first_day,
            year=year, language=get_language() or "zh-hans",
        )  # fmt: skip

    @property
    def changed_sections(self) -> list[SectionSheet]:
        """The sections in which something differs."""
        return [one for one in self.sections if one.changed]

    @property
    def same_sections(self) -> list[SectionSheet]:
        """The sections in which nothing does."""
        return [one for one in self.sections if not one.changed]

    @cached_property
    def sections(self) -> list[SectionSheet]:
        """The sections with something to say."""
        return [
            SectionSheet(
                one.kind, words_tariffs.SECTIONS[one.kind], [_as_row(row) for row in one.changed],
                [_as_row(row) for row in one.same],
            )
            for one in self.found.sections
        ]  # fmt: skip


def _as_row(row: Any) -> DifferenceRow:
    return DifferenceRow(
        row.name, row.before, row.after, row.change, row.percent, words_tariffs.STATES[row.state],
        words_tariffs.STATE_TONES[row.state],
    )  # fmt: skip
