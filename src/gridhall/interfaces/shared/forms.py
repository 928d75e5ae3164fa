"""
One form for the whole house: label, help, why we ask, error beside the field and in a summary, without any script.

A template writes `{% form_summary form %}`, `{% field form.phone %}` and, where a repetition would cost something,
`{% form_key %}`; the parts are `templates/shared/forms/`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from copy import copy
from datetime import date
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise, lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

FORM_KEY = "form_key"
Words = str | Promise

FILLED_IN = _("请填写%(label)s。")
CHOSEN = _("请选择%(label)s。")
AGREED = _("请先勾选“%(label)s”。")
OWN_MESSAGES: dict[type[forms.Field], dict[str, Words]] = {
    forms.Field: {
        "min_length": _("至少 %(limit_value)s 个字，现在是 %(show_value)s 个。"),
        "max_length": _("最多 %(limit_value)s 个字，现在是 %(show_value)s 个。"),
        "min_value": _("不能小于 %(limit_value)s。"),
        "max_value": _("不能大于 %(limit_value)s。"),
    },
    forms.IntegerField: {"invalid": _("请填写整数，例如 12。")},
    forms.DecimalField: {"invalid": _("请填写数字，例如 12.5。")},
    forms.DateField: {"invalid": _("请填写日期，例如 2026-11-23。")},
    forms.ChoiceField: {"invalid_choice": _("请在列出的选项里选择。")},
    forms.FileField: {"empty": _("这个文件是空的，请换一个。"), "missing": _("没有收到文件，请重新选择。")},
}


_fill = lazy(lambda words, label: words % {"label": label}, str)


class HouseBoundField(forms.BoundField):
    """A field on a page: what its partial needs to draw it."""

    @cached_property
    def kind(self) -> str:
        """Which shape it is drawn in: hidden, switch, choices, select, file or input."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        for shape, kinds in (
            ("choices", (forms.RadioSelect, forms.CheckboxSelectMultiple)),
            ("switch", (forms.CheckboxInput,)),
            ("select", (forms.Select,)),
            ("file", (forms.FileInput,)),
        ):
            if isinstance(widget, kinds):
                return shape
        return "input"

    @property
    def why(self) -> Words:
        """Why it is asked, for who wants to know."""
        return getattr(self.field, "why", "") or self.form.whys.get(self.name, "")

    @property
    def hint(self) -> Words:
        """How it is written, for example `13800000000`."""
        return getattr(self.field, "hint", "") or self.form.hints.get(self.name, "")

    @property
    def help_slug(self) -> str:
        """The help article about it, if there is one."""
        return self.form.helps.get(self.name, "")

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out, and says so."""
        return not self.field.required and not self.field.disabled and self.kind != "switch"

    @property
    def must_be_chosen_again(self) -> bool:
        """Whether a file was lost with the answer: browsers give no file back."""
        return self.kind == "file" and self.form.is_bound and bool(self.form.errors)

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> SafeString:
        """Draw the control; a day that is none is shown as it was typed, which a calendar field would throw away."""
        drawn = copy(widget or self.field.widget)
        if getattr(drawn, "input_type", "") == "date" and self.form.is_bound:
            try:
                date.fromisoformat(self.value() or "2000-01-01")
            except (TypeError, ValueError):
                drawn.input_type = "text"
        return super().as_widget(drawn, attrs, only_initial)

    @property
    def focus_id(self) -> str:
        """The id that a link of the summary leads to."""
        return f"{self.auto_id}_0" if self.kind == "choices" else self.id_for_label

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Give the attributes of the control; a set of choices is invalid as a whole, not each of them."""
        built = super().build_widget_attrs(attrs, widget)
        if self.kind == "choices":
            built.pop("aria-invalid", None)
        return built

    @property
    def aria_describedby(self) -> str:
        """The ids of what explains the field; its error first, since that is what is to be heard first."""
        parts = (
            ("error", bool(self.errors)),
            ("help", bool(self.help_text)),
            ("hint", bool(self.hint)),
            ("again", self.must_be_chosen_again),
        )
        return " ".join(f"{self.auto_id}-{part}" for part, is_there in parts if is_there)


class HouseForm(forms.Form):
    """
    The form of every page.

    `whys` and `hints` hold, by name of a field, why it is asked and how it is written; `helps` the name of the help
    article that it links. Ids are the names of the fields
    (with the prefix, if there is one). `unkept` names fields that a device must not keep when the line breaks: secrets,
    parts of ID numbers, consents; passwords, one-time codes and files are never kept.
    """

    bound_field_class = HouseBoundField
    whys: ClassVar[Mapping[str, Words]] = {}
    hints: ClassVar[Mapping[str, Words]] = {}
    helps: ClassVar[Mapping[str, str]] = {}
    unkept: ClassVar[Set[str]] = frozenset()

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "%s")
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            _dress(name, field)
        for name in self.unkept & self.fields.keys():
            self.fields[name].widget.attrs["data-unkept"] = ""

    @property
    def wrong_fields(self) -> list[HouseBoundField]:
        """The fields with an error, in the order of the form, for the summary."""
        return [self[name] for name in self.fields if name in self.errors]

    @property
    def error_count(self) -> int:
        """How many errors there are."""
        return sum(len(errors) for errors in self.errors.values())


class CodeField(forms.CharField):
    """A one-time code: the phone offers it from the message; full-width digits and spaces are understood."""

    def __init__(self, *, length: int = 6, **options: Any) -> None:
        self.length = length
        messages = {"invalid": _("请填写短信里的数字验证码。")} | (options.pop("error_messages", None) or {})
        super().__init__(error_messages=messages, **options)
        self.widget.attrs |= {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": str(length + 4),  # room for spaces, which people copy with it
            "class": "gh-code",
        }

    def to_python(self, value: Any) -> str:
        """Give the bare digits."""
        return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", super().to_python(value)))

    def validate(self, value: str) -> None:
        """Refuse what cannot be a code before anybody is asked."""
        super().validate(value)
        if value and not re.fullmatch(rf"[0-9]{{{self.length}}}", value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class PhoneField(forms.CharField):
    """A phone number as people write it; what it means is decided behind the page."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 24} | options)
        self.widget.input_type = "tel"
        self.widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"} | self.widget.attrs


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar or written as 2026-11-23."""

    def __init__(self, *, earliest: date | None = None, latest: date | None = None, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d")
        widget.input_type = "date"
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"]} | options)
        self.earliest, self.latest = earliest, latest
        if earliest:
            self.widget.attrs["min"] = earliest.isoformat()
        if latest:
            self.widget.attrs["max"] = latest.isoformat()

    def validate(self, value: date | None) -> None:
        """Refuse days outside the span."""
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise forms.ValidationError(_("最早可以选 %(day)s。"), code="early", params={"day": self.earliest})
        if value and self.latest and value > self.latest:
            raise forms.ValidationError(_("最晚可以选 %(day)s。"), code="late", params={"day": self.latest})


def read_form_key(request: HttpRequest) -> UUID | None:
    """
    Give the key that came with a form, the same when it is sent twice.

    An action that must not be done twice takes it and stores it with what it did; None where none came.
    """
    try:
        return UUID(request.POST.get(FORM_KEY, ""))
    except ValueError:
        return None


def give_form_key(request: HttpRequest | None) -> UUID:
    """Give the key for a form: the one that came with it when it is shown again, else a new one."""
    return (read_form_key(request) if request is not None and request.method == "POST" else None) or uuid4()


def _dress(name: str, field: forms.Field) -> None:
    """Give a field the house's widgets and words where its author said nothing else."""
    widget = field.widget
    if isinstance(widget, forms.NumberInput):
        # type=number throws away what it cannot read and changes under the wheel; text keeps what was typed.
        decimal = not isinstance(field, forms.IntegerField) or isinstance(field, forms.FloatField)
        kept = {key: value for key, value in widget.attrs.items() if key not in ("min", "max", "step")}
        field.widget = forms.TextInput({"inputmode": "decimal" if decimal else "numeric"} | kept)
    elif isinstance(widget, forms.ClearableFileInput):
        field.widget = forms.FileInput(widget.attrs)
    elif isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
        widget.attrs |= {"rows": "4"}  # ten is what Django writes where nobody said anything
    field.widget.is_required = field.required
    label = field.label or name
    asked = FILLED_IN
    if isinstance(widget, forms.CheckboxInput):
        asked = AGREED
    elif isinstance(field, forms.ChoiceField | forms.FileField | forms.DateField):
        asked = CHOSEN
    usual = forms.Field.default_error_messages["required"]
    if field.error_messages.get("required") == usual:
        field.error_messages["required"] = _fill(asked, label)
    for kind, messages in OWN_MESSAGES.items():
        if isinstance(field, kind):
            for code, words in messages.items():
                if field.error_messages.get(code) == kind.default_error_messages.get(code):
                    field.error_messages[code] = words
