"""The form of the feedback desk."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.shared.forms import HouseForm

LONGEST = 1_000


class AnswerForm(HouseForm):
    """What the sender is told, and what was done."""

    reply = forms.CharField(
        label=_("答复客户"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("会作为消息发给他；没有登录的人收不到，请按他留的联系方式回复。"),
    )  # fmt: skip
    note = forms.CharField(
        label=_("做了什么"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("只给员工看。"),
    )  # fmt: skip
