"""Forms of the billing desk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.core.periods import Month
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.forms import DayField, HouseForm


class OpenRunForm(HouseForm):
    """Which month of which cycle is run."""

    month = forms.ChoiceField(label=_("月份"))
    cycle = forms.ChoiceField(label=_("例日"))

    def __init__(self, *args: Any, months: Sequence[Month], cycles: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["month"].choices = [(str(month), formats.month(month)) for month in months]  # type: ignore
        self.fields["cycle"].choices = list(cycles)  # type: ignore


class ReasonForm(HouseForm):
    """Why something is held, canceled or taken back."""

    reason = forms.CharField(
        label=_("为什么"), min_length=2, max_length=200, help_text=_("会记在账单的经过里。"),
    )  # fmt: skip


class CheckForm(HouseForm):
    """What was found about a drawn draft."""

    remark = forms.CharField(label=_("哪里有问题"), max_length=300, required=False)


class AccountField(forms.CharField):
    """A customer number, with the spaces with which it is written."""

    def to_python(self, value: Any) -> str:
        """Give the bare digits."""
        return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", super().to_python(value)))


class RebillForm(HouseForm):
    """Whose closed months are computed again, and from which month on."""

    account = AccountField(label=_("户号"), max_length=24, widget=forms.TextInput({"inputmode": "numeric"}))
    first = forms.ChoiceField(label=_("从哪个月起"))

    def __init__(self, *args: Any, months: Sequence[Month], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["first"].choices = [(str(month), formats.month(month)) for month in months]  # type: ignore


class AgreedRebillForm(ReasonForm):
    """Why closed months are computed again, and what that was shown to come to."""

    expected = forms.DecimalField(widget=forms.HiddenInput())


class CloseForm(HouseForm):
    """Who leaves, and the first day that is no longer his."""

    account = AccountField(label=_("户号"), max_length=24, widget=forms.TextInput({"inputmode": "numeric"}))
    ends_on = DayField(label=_("从哪天起不再用电"), help_text=_("这一天起不再向他计费。"))
