"""How two versions of tariffs differ: price by price, tier by tier, hour by hour, and in every other rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gridhall.apps.tariffs.rules.facts import Fact, Key, SectionKind, list_facts
from gridhall.apps.tariffs.rules.hours import Cut, list_cuts, say_rules
from gridhall.apps.tariffs.rules.phrases import say_months
from gridhall.engines.rating import tariff as t

SECTIONS: tuple[SectionKind, ...] = ("dates", "prices", "tiers", "hours", "parts", "rules", "clauses")
StateKind = Literal["same", "changed", "added", "removed"]
Versioned = tuple[t.Tariff, t.TariffVersion]


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that both versions say, or only one of them.

    :param before, after: in words; None where that version says nothing of it.
    :param number_before, number_after: the figures, where it is one.
    """

    section: SectionKind
    name: str
    before: str | None
    after: str | None
    number_before: Decimal | None = None
    number_after: Decimal | None = None

    @property
    def state(self) -> StateKind:
        """Whether it is the same, another, new or gone."""
        if self.before == self.after and self.number_before == self.number_after:
            return "same"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def change(self) -> Decimal | None:
        """By how much the figure rises; None where there are not two."""
        if self.number_before is None or self.number_after is None or self.number_before == self.number_after:
            return None
        return self.number_after - self.number_before

    @property
    def percent(self) -> Decimal | None:
        """The same in percent of what was; None where that is nothing."""
        change = self.change
        if change is None or not self.number_before:
            return None
        return change / abs(self.number_before) * 100


@dataclass(frozen=True, slots=True)
class Section:
    """What the versions say of one matter: what differs, and what does not."""

    kind: SectionKind
    changed: tuple[Difference, ...]
    same: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side; every fact of either stands in exactly one section."""

    sections: tuple[Section, ...]

    @property
    def changes(self) -> int:
        """How many things differ."""
        return sum(len(section.changed) for section in self.sections)


def compare_versions(before: Versioned, after: Versioned, *, language: str, year: int) -> Comparison:
    """
    Set two versions side by side, of one tariff or of two.

    :param year: the year by whose calendar hours are told.
    """
    is_english = language.startswith("en")
    rows = list(_pair(list_facts(*before, is_english=is_english), list_facts(*after, is_english=is_english)))
    rows += _pair_hours(before, after, is_english=is_english, year=year)
    sections = []
    for kind in SECTIONS:
        mine = [row for row in rows if row.section == kind]
        changed = tuple(row for row in mine if row.state != "same")
        same = tuple(row for row in mine if row.state == "same")
        if mine:
            sections.append(Section(kind, changed, same))
    return Comparison(tuple(sections))


def _pair(before: Mapping[Key, Fact], after: Mapping[Key, Fact]) -> Iterator[Difference]:
    """Pair facts by their keys, in the order of the later version; what is gone stands behind its likes."""
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key), after.get(key)
        said = new or old
        assert said is not None
        yield Difference(
            said.section, said.name, old.text if old else None, new.text if new else None,
            old.number if old else None, new.number if new else None,
        )  # fmt: skip


def _pair_hours(before: Versioned, after: Versioned, *, is_english: bool, year: int) -> Iterator[Difference]:
    """Compare how days are cut, month by month; months in which the same holds are told together."""
    old, new = (list_cuts(*one, year=year, is_english=is_english) for one in (before, after))
    told: dict[tuple[str, str, str | None, str | None], list[int]] = {}
    for cut in [*new, *(cut for cut in old if cut not in new)]:
        told.setdefault((cut.schedule, cut.name, old.get(cut), new.get(cut)), []).append(cut.month)
    schedules = list(dict.fromkeys(cut.schedule for cut in (*new, *old)))
    is_changed = False
    for (schedule, name, was, now), months in told.items():
        is_changed |= was != now
        when = say_months(sorted(months), is_english=is_english)
        number = schedules.index(schedule) + 1
        where = (f"Schedule {number} · " if is_english else f"时段表{number} · ") if len(schedules) > 1 else ""
        yield Difference("hours", f"{where}{when} · {name}", was, now)
    if not is_changed:
        yield from _pair_rules(before, after, is_english=is_english)


def _pair_rules(before: Versioned, after: Versioned, *, is_english: bool) -> Iterator[Difference]:
    """Compare how hours are written down: what makes no difference this year may make one in another."""
    old, new = (say_rules(*one, is_english=is_english) for one in (before, after))
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            label = f"Rules of hours {name}" if is_english else f"时段规则 {name}"
            yield Difference("rules", label, old.get(name), new.get(name))


__all__ = ["Comparison", "Cut", "Difference", "Section", "compare_versions"]
