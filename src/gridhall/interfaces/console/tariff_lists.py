"""The list of tariffs: every version of every loaded state."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity import queries as identity
from gridhall.apps.tariffs import queries as tariffs
from gridhall.interfaces.console import words, words_audit
from gridhall.interfaces.console.lists import Asked, Column, Filter, ListPage, Rows
from gridhall.interfaces.console.templatetags.console import moment
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word

VERIFIED = {"yes": _("已核对"), "no": _("未核对")}
_ORDERS: dict[str, Any] = {
    "code": lambda one: one.code,
    "first": lambda one: one.first_day,
    "loaded": lambda one: one.loaded_at,
}


def _fetch(asked: Asked) -> Rows:
    found = tariffs.list_versions(status=asked.filters["status"])
    if asked.filters["verified"]:
        found = [one for one in found if one.is_verified == (asked.filters["verified"] == "yes")]
    found.sort(key=_ORDERS[asked.sort], reverse=asked.descending)  # equal ones stay by code, newest state first
    rows = found[asked.offset : asked.offset + asked.limit]
    named = identity.name_staff({actor for one in rows for actor in (one.loaded_by, one.approved_by)})
    names = {actor: words_audit.name_actor(name) for actor, name in named.items()}
    return Rows([(one, names) for one in rows], len(found))


def _address(row: Any) -> str:
    return f"{reverse('console:tariff-detail', args=[row[0].document_id])}?from={row[0].first_day}"


def name_tariff(one: Any) -> str:
    """Name a tariff in the language of the page."""
    return one.name if formats.is_chinese() else one.name_en or one.name


def _say_source(text: str) -> str:
    return tariffs.pick_language(text, language=get_language() or "")


def _say_status(status: str) -> str:
    return str(get_word(words.TARIFF_STATUSES, status))


TARIFFS = ListPage(
    url="console:tariff-list",
    name=_("电价"),
    key=lambda row: f"{row[0].document_id}:{row[0].first_day}",
    fetch=_fetch,
    sort="code",
    columns=(
        Column("code", _("代码"), lambda row: row[0].code, sorts=True, is_name=True, address=_address),
        Column("name", _("名称"), lambda row: name_tariff(row[0]), is_name=True),
        Column("first", _("起"), lambda row: row[0].first_day, formats.iso_day, sorts=True, is_number=True),
        Column("end", _("止"), lambda row: row[0].end_day, formats.iso_day, is_number=True),
        Column(
            "status", _("状态"), lambda row: row[0].status, _say_status,
            tone=lambda row: words.TARIFF_TONES[row[0].status],
        ),
        Column(
            "verified", _("核对"), lambda row: "yes" if row[0].is_verified else "no",
            lambda value: str(VERIFIED[value]), tone=lambda row: "ok" if row[0].is_verified else "warning",
        ),
        Column("source", _("来源"), lambda row: row[0].source, _say_source, is_name=True, is_shown=False),
        Column(
            "loaded", _("装入"), lambda row: row[0].loaded_at, moment, sorts=True, is_number=True, is_shown=False,
        ),
        Column("loader", _("装入人"), lambda row: row[1][row[0].loaded_by], is_name=True),
        Column("approved", _("批准"), lambda row: row[0].approved_at, moment, is_shown=False, is_number=True),
        Column("approver", _("批准人"), lambda row: row[1][row[0].approved_by], is_name=True),
        Column("retired", _("停用"), lambda row: row[0].retired_at, moment, is_shown=False, is_number=True),
        Column("file", _("文件"), lambda row: row[0].file_name, is_shown=False, is_name=True),
        Column("sha", _("摘要"), lambda row: row[0].sha256[:12], is_shown=False, is_name=True),
    ),
    filters=(
        Filter("status", _("状态"), tuple(words.TARIFF_STATUSES.items())),
        Filter("verified", _("核对"), tuple(VERIFIED.items())),
    ),
    empty=_("没有符合条件的电价"),
)  # fmt: skip
