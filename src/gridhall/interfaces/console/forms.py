"""Forms of the console."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.apps.accounts.kinds import UnmaskFieldKind, UnmaskReasonKind
from gridhall.interfaces.console import words
from gridhall.interfaces.shared.forms import HouseForm

LONGEST_NOTE = 2_000


class UnmaskForm(HouseForm):
    """Why somebody needs to see personal data in full."""

    fields_wanted = forms.MultipleChoiceField(
        label=_("要看的内容"), widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, words.UNMASK_FIELDS[kind.value]) for kind in UnmaskFieldKind],
        initial=[UnmaskFieldKind.NAME, UnmaskFieldKind.PHONE],
    )  # fmt: skip
    reason_kind = forms.ChoiceField(
        label=_("用途"),
        choices=[("", _("请选择")), *((kind.value, words.UNMASK_REASONS[kind.value]) for kind in UnmaskReasonKind)],
    )
    reason = forms.CharField(
        label=_("说明"), min_length=4, max_length=200, help_text=_("至少四个字。谁看过、为什么看，都会记下来。"),
        error_messages={"min_length": _("请写明用途，至少四个字。")},
    )  # fmt: skip


class NoteForm(HouseForm):
    """A note on an account."""

    text = forms.CharField(
        label=_("备注"), max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": "2"}),
        error_messages={"max_length": _("太长了，请缩短一些。")},
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].error_messages["required"] = _("请先写点内容。")
