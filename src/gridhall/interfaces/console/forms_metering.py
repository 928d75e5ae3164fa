"""Forms of the metering desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.shared.forms import DayField, HouseForm

PROBLEMS = {
    "not-there": _("这一天没有挂着这块表，请核对表号和日期。"),
    "too-early": _("旧表正是这一天装上的，请选之后的日期。"),
    "same-meter": _("新表号和旧表号相同。"),
    "elsewhere": _("这块表还挂在别处，请先拆下，或核对表号。"),
    "impossible": _("表的位数显示不出这个数，请核对。"),
    "below-last": _("比上次抄见的表底还小，请核对末次表底。"),
}


def _make_register(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, min_value=0, max_value=10**9, max_digits=12, decimal_places=3,
        error_messages={"max_decimal_places": _("最多三位小数。"), "max_digits": _("这个数太大，请核对。")},
    )  # fmt: skip


def _make_ratio(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=100_000)


class ExchangeForm(HouseForm):
    """One meter takes the place of another."""

    old_serial = forms.CharField(label=_("旧表号"), max_length=32)
    closing = _make_register(_("旧表末次表底"), _("拆下时显示的正向有功，kWh。"))
    new_serial = forms.CharField(label=_("新表号"), max_length=32, help_text=_("没登记过的表会一并登记。"))
    opening = _make_register(_("新表起始表底"), _("装上时显示的正向有功，kWh。"))
    on = DayField(label=_("换表日期"), help_text=_("从这一天零点起按新表计量。"))
    ct_ratio = _make_ratio(_("电流互感器倍率"))
    pt_ratio = _make_ratio(_("电压互感器倍率"))

    def clean(self) -> dict[str, Any]:
        """Refuse a day that is still to come."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.today is not None and cleaned.get("on") and cleaned["on"] > self.today:
            self.add_error("on", _("日期还没到，请在换好之后再录入。"))
        return cleaned

    def __init__(self, *args: Any, today: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        for name in ("ct_ratio", "pt_ratio"):
            self.fields[name].help_text = _("不变就不填。")

    def tell_problems(self, problems: dict[str, str]) -> None:
        """Put what stands against it beside the fields."""
        for field, code in problems.items():
            self.add_error(field, PROBLEMS[code])


class ReadFileForm(HouseForm):
    """A file of reads."""

    file = forms.FileField(label=_("读数文件"), help_text=_("CSV、Parquet、Green Button、NEM12、NEM13，或表底 CSV。"))
    usage_point = forms.CharField(
        label=_("谁的读数"), max_length=40, required=False, help_text=_("文件里没写时才填：表号、计量点或户号。")
    )
