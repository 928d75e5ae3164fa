"""The list of what people told us about pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.notifications import actions, queries
from gridhall.interfaces.console import words_feedback
from gridhall.interfaces.console.lists import (
    EXPORTED_ROWS,
    Asked,
    BulkAction,
    Column,
    Done,
    Filter,
    ListPage,
    Rows,
    say_minute,
)
from gridhall.interfaces.shared.word_tables import get_word

READS_FEEDBACK = (Role.CLERK, Role.MANAGER, Role.AUDITOR)
ANSWERS_FEEDBACK = (Role.CLERK, Role.MANAGER)
SHOWN_TEXT = 60


def _fetch(asked: Asked) -> Rows:
    rows, total = queries.list_feedback_page(
        viewer=asked.viewer, is_settled={"": False, "SETTLED": True}.get(asked.filters["state"]),
        kind=asked.filters["kind"], page=asked.filters["about"], is_oldest_first=not asked.descending,
        offset=asked.offset, limit=asked.limit, counted=EXPORTED_ROWS + 1,
    )  # fmt: skip
    return Rows(rows, total)


def _settle_rows(request: HttpRequest, keys: list[str], text: str) -> Done:
    request_at: Any = request
    count = actions.settle_many(
        numbers=keys, note=text, at=request_at.at, actor=str(request_at.user.mrid),
    )  # fmt: skip
    return Done(gettext("已处理 %(count)s 条。") % {"count": count})


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_TEXT else f"{text[: SHOWN_TEXT - 1]}…"


def _state(row: queries.FeedbackView) -> str:
    return "SETTLED" if row.settled_at else "OPEN"


FEEDBACK = ListPage(
    url="console:feedback-list",
    name=_("客户反馈"),
    key=lambda row: row.number,
    fetch=_fetch,
    sort="given",
    starts_descending=True,
    columns=(
        Column(
            "given", _("时间"), lambda row: row.given_at, say_minute, sorts=True,
            address=lambda row: reverse("console:feedback-detail", args=[row.number]),
        ),
        Column("kind", _("类别"), lambda row: row.kind, lambda kind: str(get_word(words_feedback.KINDS, kind))),
        Column("text", _("说了什么"), lambda row: row.text, _shorten, is_name=True),
        Column("rating", _("评分"), lambda row: row.rating, is_number=True),
        Column("page", _("页面"), lambda row: row.page, is_name=True),
        Column("who", _("谁"), lambda row: row.user_name or row.user_phone, is_name=True),
        Column(
            "state", _("状态"), _state, lambda state: str(words_feedback.STATES[state]),
            tone=lambda row: "plain" if row.settled_at else "warning",
        ),
        Column("number", _("编号"), lambda row: row.number, is_shown=False),
        Column("contact", _("联系方式"), lambda row: row.contact, is_name=True, is_shown=False),
        Column("reply", _("答复"), lambda row: row.reply, _shorten, is_name=True, is_shown=False),
        Column("settled", _("处理时间"), lambda row: row.settled_at, say_minute, is_shown=False),
    ),
    filters=(
        Filter("kind", _("类别"), tuple(words_feedback.KINDS.items())),
        Filter("about", _("页面"), is_text=True),
        Filter(
            "state", _("状态"), (("SETTLED", words_feedback.STATES["SETTLED"]), ("ALL", _("全部"))),
            none=words_feedback.STATES["OPEN"],
        ),
    ),
    bulk_actions=(
        BulkAction("settle", _("标为已处理"), _settle_rows, asks=_("做了什么"), roles=ANSWERS_FEEDBACK),
    ),
    empty=_("没有等答复的反馈"),
)  # fmt: skip
