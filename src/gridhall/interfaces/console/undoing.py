"""Telling what was done, with the way to take it back: a toast on the next page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import words_metering

# What a refusal says on screen, by its code; the sentence of the exception is for programs and logs.
REFUSALS = {
    "empty": lambda: _("请先写点内容。"),
    "too-long": lambda: _("太长了，请缩短一些。"),
    "no-role": lambda: _("您的岗位不能做这一步。"),
    "not-staff": lambda: _("您的岗位不能查看完整信息。"),
    "no-note": lambda: _("这条备注已不在了。"),
    "not-own": lambda: _("只有写备注的人能改它，可以另写一条。"),
    "no-step": lambda: _("没有可撤销的操作。"),
    "undone": lambda: _("已经撤销过了。"),
    "too-late": lambda: _("超过十分钟，不能撤销，请手工改回。"),
    "changed-meanwhile": lambda: _("之后又有改动，不能撤销，请手工改回。"),
    "no-reason": lambda: _("请写明用途，至少四个字。"),
    "no-reason-kind": lambda: _("请选择用途。"),
    "field": lambda: _("请选择要看的内容。"),
    "vacant": lambda: _("这个户号目前没有用电人。"),
    "how-many": lambda: _("请选择 1 到 500 户。"),
    "no-name": lambda: _("请给视图起个名字，最多 40 个字。"),
    "too-many": lambda: _("视图已满 30 个，请先删掉一个。"),
}


def tell(request: HttpRequest, text: str, *, undo: UUID | None = None) -> None:
    """Tell on the next page what was done; `undo` is the key of a step that can be taken back."""
    messages.success(request, text, extra_tags=str(undo or ""))


def refuse(request: HttpRequest, refusal: BusinessError) -> None:
    """Tell on the next page why nothing was done."""
    messages.error(request, word_refusal(refusal))


def word_refusal(refusal: BusinessError) -> str:
    """Say a refusal in the language of the page."""
    known = REFUSALS.get(refusal.code)
    if known is None and refusal.code in words_metering.REFUSALS:
        return str(words_metering.REFUSALS[refusal.code])
    return known() if known else _("没有做成，请再看一看再试。")
