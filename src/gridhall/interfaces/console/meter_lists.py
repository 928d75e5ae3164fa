"""Lists of the metering desk beside failures: files of reads that came in, and meters that were exchanged."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gridhall.apps.metering import queries
from gridhall.interfaces.console import words_metering
from gridhall.interfaces.console.lists import Asked, Column, Filter, ListPage, Rows
from gridhall.interfaces.console.templatetags.console import moment
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word


def _count(value: int) -> str:
    return f"{value:,}"


def _fetch_files(asked: Asked) -> Rows:
    rows, total = queries.list_imports(
        state=asked.filters["state"], name=asked.filters["name"], oldest_first=not asked.descending,
        offset=asked.offset, limit=asked.limit,
    )  # fmt: skip
    return Rows(rows, total)


READ_FILES = ListPage(
    url="console:read-file-list",
    name=_("来过的文件"),
    key=lambda row: str(row.record.pk),
    fetch=_fetch_files,
    sort="started",
    starts_descending=True,
    columns=(
        Column(
            "file", _("文件"), lambda row: row.record.file_name, lambda name: name[:60], is_name=True,
            address=lambda row: reverse("console:read-file-detail", args=[row.record.pk]),
        ),
        Column(
            "state", _("状态"), lambda row: row.state,
            lambda state: str(get_word(words_metering.IMPORT_STATES, state)),
            tone=lambda row: words_metering.IMPORT_TONES.get(row.state, "plain"),
        ),
        Column("stored", _("存入"), lambda row: row.record.rows_stored, _count, is_number=True),
        Column("corrected", _("更正的"), lambda row: row.record.rows_corrected, _count, is_number=True),
        Column(
            "unchanged", _("原来就有"), lambda row: row.record.rows_unchanged, _count, is_number=True, is_shown=False
        ),
        Column("rejected", _("不能用"), lambda row: row.record.rows_rejected, _count, is_number=True),
        Column("findings", _("异常"), lambda row: row.record.findings, _count, is_number=True),
        Column("started", _("开始时间"), lambda row: row.record.started_at, moment, sorts=True, is_number=True),
        Column("finished", _("结束"), lambda row: row.record.finished_at, moment, is_number=True, is_shown=False),
    ),
    filters=(
        Filter("state", _("状态"), tuple(words_metering.IMPORT_STATES.items())),
        Filter("name", _("文件名"), is_text=True),
    ),
    empty=_("没有来过这样的文件"),
)  # fmt: skip


def _fetch_exchanges(asked: Asked) -> Rows:
    rows, total = queries.list_exchanges(
        serial=asked.filters["meter"], oldest_first=not asked.descending, offset=asked.offset, limit=asked.limit
    )
    return Rows(rows, total)


def _address_meter(serial: str) -> str:
    return reverse("console:meter-detail", args=[serial])


def _key_exchange(row: Any) -> str:
    return f"{row.usage_point_code} {row.on} {row.new_serial}"


EXCHANGES = ListPage(
    url="console:exchange-list",
    name=_("换表"),
    key=_key_exchange,
    fetch=_fetch_exchanges,
    sort="on",
    starts_descending=True,
    columns=(
        Column("on", _("日期"), lambda row: row.on, formats.iso_day, sorts=True),
        Column("new", _("新表"), lambda row: row.new_serial, address=lambda row: _address_meter(row.new_serial)),
        Column("old", _("旧表"), lambda row: row.old_serial, address=lambda row: _address_meter(row.old_serial)),
        Column("point", _("计量点"), lambda row: row.usage_point_code, is_name=True),
        Column(
            "account", _("户号"), lambda row: row.account_number, formats.account_number,
            address=lambda row: reverse("console:account-detail", args=[row.account_number]),
        ),
        Column("multiplier", _("倍率"), lambda row: row.multiplier, _count, is_number=True),
    ),
    filters=(Filter("meter", _("表号"), is_text=True),),
    empty=_("没有换过这样的表"),
)  # fmt: skip
