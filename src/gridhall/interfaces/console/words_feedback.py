"""What the feedback desk calls things."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "WRONG": _("这里不对"),
    "UNCLEAR": _("看不懂"),
    "WISH": _("希望有"),
    "PRAISE": _("很好用"),
}
STATES = {"OPEN": _("待答复"), "SETTLED": _("已处理")}
REFUSALS = {
    "settled": _("别人已经处理过了。"),
    "says-nothing": _("请写答复，或写明做了什么。"),
    "too-long": _("太长了，请缩短到 1,000 个字以内。"),
    "none": _("没有这条反馈。"),
}
