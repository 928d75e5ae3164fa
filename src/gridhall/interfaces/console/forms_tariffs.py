"""Forms of the tariff desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.shared.forms import HouseForm

LONGEST_TEXT = 1_000_000
LONGEST_NOTE = 500
MOST_BYTES = 8_000_000


class TariffTextForm(HouseForm):
    """A tariff as a file, or as text that is mended on the page."""

    file = forms.FileField(
        label=_("电价文件"), required=False, help_text=_("YAML 或 JSON，UTF-8 编码，一个文件一个电价，最大 8 MB。"),
        widget=forms.FileInput({"accept": ".yaml,.yml,.json"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("或者直接写在这里"), required=False, strip=False, max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": "16", "spellcheck": "false", "autocapitalize": "off", "wrap": "off"}),
    )  # fmt: skip
    file_name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Take the file, or else the text."""
        given: dict[str, Any] = super().clean() or {}
        file = given.get("file")
        if file is None and not (given.get("text") or "").strip() and not self.errors:
            self.add_error("file", _("请选择文件，或者把电价写在下面。"))
        return given

    def read(self) -> tuple[bytes, str]:
        """Give the content and its name."""
        file = self.cleaned_data.get("file")
        if file is not None:
            return file.read(MOST_BYTES + 1), file.name  # one more is too many, and nobody reads further
        text = self.cleaned_data["text"].replace("\r\n", "\n")  # browsers send text with the line ends of letters
        return text.encode(), self.cleaned_data["file_name"] or "tariff.yaml"


class DecisionForm(HouseForm):
    """Why a tariff is approved or retired."""

    note = forms.CharField(
        label=_("理由"), max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": "3"}),
        help_text=_("核对了什么、依据哪份文件。以后查得到。"),
    )  # fmt: skip
    against = forms.IntegerField(required=False, widget=forms.HiddenInput)
