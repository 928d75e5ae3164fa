"""The audit trail as a page: what was asked for, the events in words, and the same as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridhall.apps.workforce import queries as workforce
from gridhall.core.periods import local_midnight
from gridhall.interfaces.console import words, words_audit
from gridhall.interfaces.console.lists import Column
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word

FIELDS = ("kind", "person", "account", "from", "to")
SHOWN_UNMASKINGS = 6
FIRST_YEAR, LAST_YEAR = 1900, 9999
"""What lies beyond narrows nothing, and no clock can say it in another zone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is read."""

    entry: workforce.AuditEntry

    @property
    def what(self) -> str:
        """What happened."""
        return words_audit.tell_what(self.entry.kind)

    @property
    def facts(self) -> str:
        """The facts of it."""
        return words_audit.tell_facts(self.entry.kind, self.entry.payload)

    @property
    def program(self) -> str:
        """Which program did it, empty for a person."""
        return "" if self.entry.who else words_audit.tell_program(self.entry.actor)

    @property
    def who(self) -> str:
        """Who did it."""
        return self.entry.who.name if self.entry.who else self.program or self.entry.actor

    @property
    def place(self) -> str:
        """From where, if known."""
        return words_audit.tell_device(self.entry.device) if self.entry.device else ""

    @property
    def is_about_himself(self) -> bool:
        """Whether the person it is about is the one who did it."""
        return self.entry.person is not None and self.entry.person == self.entry.who

    @property
    def about(self) -> str:
        """About whom, masked."""
        person = "" if self.is_about_himself or not self.entry.person else self.entry.person.name
        number = formats.account_number(self.entry.account_number) if self.entry.account_number else ""
        return " ".join(filter(None, (number, self.entry.account_name or self.entry.party, person)))

    @property
    def record(self) -> str:
        """The event as it was told."""
        return json.dumps(self.entry.payload, ensure_ascii=False)

    @property
    def tone(self) -> str:
        """How the kind is marked."""
        return _TONES.get(self.entry.kind, "")


_TONES = {
    "PersonalDataUnmasked": "warning",
    "StaffRoleGranted": "brand",
    "StaffRoleEnded": "brand",
    "ListExported": "info",
    "UsageExported": "info",
    "AccountsExported": "info",
    "SessionEnded": "error",
    "BindingRefused": "error",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One unmasking as it is read."""

    entry: workforce.UnmaskingEntry

    @property
    def who(self) -> str:
        """Who looked."""
        entry = self.entry
        return entry.who.name if entry.who else words_audit.tell_program(entry.actor) or entry.actor

    @property
    def fields(self) -> str:
        """What he saw in full."""
        return words_audit.tell_fields(self.entry.fields)

    @property
    def reason_kind(self) -> str:
        """What for."""
        return str(get_word(words.UNMASK_REASONS, self.entry.reason_kind)) or _("未说明")


COLUMNS = (
    Column("at", gettext_lazy("时间"), lambda line: f"{timezone.localtime(line.entry.at):%Y-%m-%d %H:%M:%S}"),
    Column("what", gettext_lazy("事件"), lambda line: line.what),
    Column("facts", gettext_lazy("内容"), lambda line: line.facts),
    Column("who", gettext_lazy("操作人"), lambda line: line.who),
    Column("place", gettext_lazy("设备"), lambda line: line.place),
    Column("address", gettext_lazy("网络"), lambda line: line.entry.address),
    Column("account", gettext_lazy("户号"), lambda line: line.entry.account_number),
    Column("about", gettext_lazy("对象"), lambda line: line.about),
    Column("number", gettext_lazy("记录号"), lambda line: line.entry.id, is_number=True),
)


class AuditSheet:
    """What one viewer asked of the trail."""

    url = "console:audit-list"

    def __init__(self, asked: Mapping[str, str], *, viewer: Any) -> None:
        self.viewer = viewer
        self.asked = {name: asked.get(name, "").strip()[:150] for name in FIELDS}
        self.wrong: dict[str, str] = {}
        before = asked.get("before", "")
        self.before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        self.kinds = self._read_kinds()
        self.since, self.until = self._read_days()

    def _read_kinds(self) -> tuple[str, ...]:
        said = self.asked["kind"]
        if said in words_audit.GROUPS:
            return tuple(words_audit.GROUPS[said][1])
        if said not in words_audit.TITLES:
            self.asked["kind"] = ""
            return ()
        return (said,)

    def _read_days(self) -> tuple[datetime | None, datetime | None]:
        days: dict[str, date | None] = {}
        for name in ("from", "to"):
            try:
                days[name] = date.fromisoformat(self.asked[name]) if self.asked[name] else None
            except ValueError:
                days[name] = None
                self.wrong[name] = _("请填写日期，例如 2026-11-23。")
        first, last = days["from"], days["to"]
        if first and last and last < first:
            self.wrong["to"] = _("结束日期早于开始日期。")
        zone = timezone.get_current_timezone()
        until = local_midnight(last + timedelta(days=1), zone) if last and last.year < LAST_YEAR else None
        return (local_midnight(first, zone) if first and first.year > FIRST_YEAR else None), until

    @cached_property
    def found(self) -> tuple[workforce.AuditSlice, list[workforce.UnmaskingEntry]]:
        """The events and the unmaskings; none where the question makes no sense, which `wrong` says."""
        return self.ask(limit=50)

    def ask(self, *, limit: int) -> tuple[workforce.AuditSlice, list[workforce.UnmaskingEntry]]:
        """Ask the trail."""
        nothing: tuple[workforce.AuditSlice, list[workforce.UnmaskingEntry]] = (workforce.AuditSlice([], None), [])
        if self.wrong:
            return nothing
        asked = workforce.AuditQuestion(self.kinds, self.asked["person"], self.asked["account"], self.since, self.until)
        try:
            return workforce.list_audit(asked=asked, viewer=self.viewer, limit=limit, before_id=self.before_id)
        except workforce.NothingMeant as unknown:
            told = {"person": _("没有这个人：请填手机号，或员工的姓名。"), "account": _("没有这个户号。")}
            self.wrong[unknown.field] = told[unknown.field]
            return nothing

    @property
    def lines(self) -> list[Line]:
        """The events of this page."""
        return [Line(entry) for entry in self.found[0].entries]

    @property
    def looks(self) -> list[Look]:
        """The newest unmaskings."""
        return [Look(entry) for entry in self.found[1][:SHOWN_UNMASKINGS]]

    @property
    def shows_looks(self) -> bool:
        """Whether unmaskings stand on top: on the first page, unless another kind was asked for."""
        return self.before_id is None and (not self.kinds or workforce.UNMASKED in self.kinds)

    @property
    def groups(self) -> list[tuple[str, Any, list[tuple[str, Any]]]]:
        """The kinds to choose from, by what belongs together."""
        return [(name, word, list(kinds.items())) for name, (word, kinds) in words_audit.GROUPS.items()]

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address, but for the page."""
        return {name: value for name, value in self.asked.items() if value}

    @property
    def from_day(self) -> str:
        """The first day, as it was written."""
        return self.asked["from"]

    @property
    def first_address(self) -> str:
        """The newest events."""
        return f"?{urlencode(self.query)}"

    @property
    def older_address(self) -> str:
        """The next page, empty at the end."""
        older = self.found[0].older_than
        return f"?{urlencode(self.query | {'before': str(older)})}" if older else ""

    @property
    def unmaskings_address(self) -> str:
        """All unmaskings that the same question meets."""
        return f"?{urlencode(self.query | {'kind': 'unmasking'})}"

    @property
    def csv_address(self) -> str:
        """These events as CSV."""
        return f"?{urlencode(self.query | {'export': 'csv'})}"

    @property
    def xlsx_address(self) -> str:
        """These events as XLSX."""
        return f"?{urlencode(self.query | {'export': 'xlsx'})}"
