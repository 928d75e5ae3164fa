"""What people choose about messages, and what they tell us about pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.apps.notifications.kinds import FeedbackKind
from gridhall.apps.notifications.queries import KindSetting, MessageSettings
from gridhall.interfaces.portal.words_messages import CHANNELS, FEEDBACK, GROUPS
from gridhall.interfaces.shared.forms import HouseForm


class ChannelChoices(forms.CheckboxSelectMultiple):
    """Check boxes of which some cannot be unchecked."""

    mandatory: tuple[str, ...] = ()

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        """Give one box; what must be on cannot be switched off."""
        option = super().create_option(name, value, *args, **options)
        if value in self.mandatory:
            option["attrs"]["disabled"] = True
        return option


class KindField(forms.MultipleChoiceField):
    """The channels of one kind of message."""

    def __init__(self, setting: KindSetting) -> None:
        widget = ChannelChoices()
        widget.mandatory = setting.mandatory
        self.setting = setting
        super().__init__(
            label=setting.name,
            help_text=setting.reason,
            required=False,
            initial=list(setting.wanted),
            choices=[(channel, CHANNELS[channel]) for channel in setting.offers],
            widget=widget,
        )

    def clean(self, value: Any) -> list[str]:
        """Give what was checked; what cannot be switched off is on, whatever the browser left out."""
        return [*super().clean(value), *self.setting.mandatory]


class TimeOfDayField(forms.TimeField):
    """A time of day, chosen from the browser's clock or written as 22:00."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(format="%H:%M")
        widget.input_type = "time"
        messages = {"invalid": _("请填写时间，例如 22:00。")}
        super().__init__(widget=widget, input_formats=["%H:%M", "%H:%M:%S"], error_messages=messages, **options)


class MessageSettingsForm(HouseForm):
    """Which messages by which channel, and the hours without any but urgent ones."""

    helps: ClassVar[Mapping[str, str]] = {"quiet_is_on": "messages"}

    quiet_is_on = forms.BooleanField(label=_("打开免打扰"), required=False)
    quiet_starts_at = TimeOfDayField(label=_("从"))
    quiet_ends_at = TimeOfDayField(label=_("到（比“从”早就是第二天）"))

    def __init__(self, settings: MessageSettings, data: Any = None) -> None:
        quiet = {
            "quiet_is_on": settings.quiet_is_on,
            "quiet_starts_at": settings.quiet_starts_at,
            "quiet_ends_at": settings.quiet_ends_at,
        }
        super().__init__(data, initial=quiet)
        self._kinds = {setting.kind: setting for setting in settings.kinds}
        for setting in settings.kinds:
            self.fields[setting.kind] = KindField(setting)

    @property
    def groups(self) -> list[tuple[Any, list[tuple[KindSetting, Any]]]]:
        """The fields of kinds under their headings."""
        return [
            (word, [(setting, self[kind]) for kind, setting in self._kinds.items() if setting.group == group])
            for group, word in GROUPS.items()
        ]

    @property
    def wanted(self) -> dict[tuple[str, str], bool]:
        """What was chosen, for every kind and channel on offer."""
        return {
            (kind, channel): channel in self.cleaned_data[kind]
            for kind, setting in self._kinds.items()
            for channel in setting.offers
        }

    @property
    def quiet(self) -> tuple[bool, time, time]:
        """The quiet hours."""
        chosen = self.cleaned_data
        return chosen["quiet_is_on"], chosen["quiet_starts_at"], chosen["quiet_ends_at"]


class FeedbackForm(HouseForm):
    """A word about a page."""

    kind = forms.ChoiceField(label=_("想说什么"), choices=[(kind, FEEDBACK[kind]) for kind in FeedbackKind.values],
                             widget=forms.RadioSelect, initial=FeedbackKind.WRONG)  # fmt: skip
    text = forms.CharField(label=_("说说看"), max_length=2_000, required=False, widget=forms.Textarea({"rows": "4"}),
                           help_text=_("哪里不对、想要什么，一两句就好。"))  # fmt: skip
    rating = forms.TypedChoiceField(
        label=_("给这一页打个分"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect,
        choices=[(5, _("5 · 很好")), (4, _("4 · 好")), (3, _("3 · 一般")), (2, _("2 · 不好")), (1, _("1 · 很差"))],
    )  # fmt: skip
    contact = forms.CharField(label=_("联系方式"), max_length=120, required=False,
                              help_text=_("留了，才能回复您。"))  # fmt: skip
    page = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)
    helps: ClassVar[Mapping[str, str]] = {"kind": "feedback"}
    whys = {"contact": _("只用来回复这一条。不留也收下。")}

    REFUSALS = {
        "throttled": _("谢谢，这一小时收到的够多了。请过一会儿再说，急事打 95598。"),
        "says-nothing": _("写一句话，或者打个分。"),
    }

    def refuse(self, code: str) -> int:
        """Say why nothing was kept; gives the status of the answer."""
        self.add_error(None, self.REFUSALS.get(code, _("请在列出的选项里选择。")))
        return 429 if code == "throttled" else 200
