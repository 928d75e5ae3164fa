"""What people type into the customer app."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.apps.billing.kinds import ExportFormatKind, ExportResolutionKind
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared.forms import DayField, HouseForm


class UsageExportForm(HouseForm):
    """Which days of usage to take, how finely, and as what."""

    first_day = DayField(label=_("从哪天"))
    last_day = DayField(label=_("到哪天"))
    resolution = forms.ChoiceField(
        label=_("多细"), choices=list(words.RESOLUTIONS.items()), widget=forms.RadioSelect,
        initial=ExportResolutionKind.QUARTER_HOUR,
    )  # fmt: skip
    format = forms.ChoiceField(
        label=_("文件格式"), choices=list(words.FORMATS.items()), widget=forms.RadioSelect,
        initial=ExportFormatKind.CSV,
    )  # fmt: skip
    REFUSALS = {
        "no-days": _("结束的日期比开始早，请重新选择。"),
        "too-many-days": _("一次最多下载三年，请少选一些日子。"),
        "no-reads": _("这些日子没有读数，请换几天。"),
        "busy": _("您的上一个文件还没下载完，或者现在下载的人多。请过一分钟再试。"),
        "too-many-rows": _("一个 Excel 表放不下这么多行。请选 CSV、按天，或少选一些日子。"),
    }

    def __init__(self, *args: Any, latest: date, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs["max"] = latest.isoformat()

    def refuse(self, code: str, message: str) -> None:
        """Say why there is no file."""
        field = {"too-many-rows": "format", "busy": None}.get(code, "last_day")
        self.add_error(field, self.REFUSALS.get(code, message))
