"""What the style guide shows. Its words are for builders, so both languages stand here and not in the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django import forms
from django.contrib.staticfiles import finders

from gridhall.interfaces.shared import components as parts
from gridhall.interfaces.shared.charts.standalone import read_tokens
from gridhall.interfaces.shared.components import Component
from gridhall.interfaces.shared.forms import CodeField, DayField, HouseForm, PhoneField
from gridhall.interfaces.shared.preferences import Preferences
from gridhall.interfaces.shared.styleguide_charts import list_charts
from gridhall.interfaces.shared.styleguide_parts import EXAMPLES, LONG_NAME, say

__all__ = ["EXAMPLES", "list_charts", "list_colors", "list_forms", "list_icons", "list_sections", "list_ways", "say"]

TYPE_SCALE = ("tab", "caption", "sub", "body", "lead", "h3", "h2", "number-s", "number-m", "number-l")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6", "s8", "gutter", "pad", "between", "tap")


@dataclass(frozen=True, slots=True)
class Section:
    """One component with its states; `examples` are (what state it is, the component)."""

    name: str
    purpose: str
    examples: tuple[tuple[str, Component], ...]


def list_sections() -> list[Section]:
    """Give every component in the order of components.py; charts have a section of their own."""
    return [
        Section(kind.__name__, (kind.__doc__ or "").strip().partition("\n")[0], tuple(EXAMPLES[kind]()))
        for kind in parts.list_components()
        if kind in EXAMPLES
    ]


def list_colors() -> list[str]:
    """Give the names of the tokens that are colors."""
    return [name for name, value in read_tokens("light").items() if value.startswith("#")]


def list_icons() -> list[str]:
    """Give the names of the icons of the sprite."""
    path = finders.find("vendor/icons.svg")
    return re.findall(r'<symbol id="([^"]+)"', open(path, encoding="utf-8").read()) if path else []


def list_ways(preferences: Preferences) -> list[parts.Tabs]:
    """Give the ways to read the guide, as tabs that keep each other's choice."""
    chosen = {
        "language": preferences.language,
        "appearance": preferences.appearance,
        "reading_mode": preferences.reading_mode,
    }
    rows = (
        ("language", say("语言", "Language"), (("zh-hans", "中文"), ("en", "English"))),
        ("appearance", say("外观", "Appearance"), (("LIGHT", say("浅色", "Light")), ("DARK", say("深色", "Dark")))),
        ("reading_mode", say("字号", "Size"), (("NORMAL", say("标准", "Normal")), ("LARGE", say("大字", "Large")))),
    )
    found = []
    for name, label, choices in rows:
        tabs = []
        for value, word in choices:
            query = "&".join(f"{key}={kept}" for key, kept in (chosen | {name: value}).items())
            tabs.append(parts.Tab(word, f"?{query}", chosen[name] == value))
        found.append(parts.Tabs(label, tuple(tabs)))
    return found


def make_form_class() -> type[HouseForm]:
    """Give the form with a field of every kind, in the language of the moment."""
    kinds = [("HOME", say("居民", "Home")), ("SHOP", say("商铺", "Shop")), ("PLANT", say("工厂", "Factory"))]
    towns = [("", say("请选择", "Choose")), ("1", say("高乐山镇", "Gaoleshan")), ("2", say("忠堡镇", "Zhongbao"))]

    class EveryField(HouseForm):
        """A field of every kind."""

        whys = {"phone": say("停电、账单出来时用它通知您。", "To tell you of outages and new bills.")}
        hints = {"number": say("13 位数字，例如 4228260001234", "13 digits, such as 4228260001234")}

        name = forms.CharField(label=say("姓名", "Name"), max_length=60)
        phone = PhoneField(label=say("手机号", "Phone number"), help_text=say("本人的号码。", "Your own number."))
        code = CodeField(label=say("验证码", "Code"))
        number = forms.CharField(label=say("户号", "Customer number"), max_length=13, min_length=10)
        people = forms.IntegerField(label=say("人口", "People"), required=False, min_value=1)
        power = forms.DecimalField(label=say("容量（kVA）", "Capacity (kVA)"))
        since = DayField(label=say("从哪天起", "From which day"))
        town = forms.ChoiceField(label=say("乡镇", "Town"), choices=towns)
        kind = forms.ChoiceField(label=say("用电类别", "Kind of use"), choices=kinds, widget=forms.RadioSelect)
        uses = forms.MultipleChoiceField(
            label=say("通知方式", "Ways to tell you"),
            choices=[("APP", say("站内消息", "In the app")), ("SMS", say("短信", "Text message"))],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        proof = forms.FileField(label=say("证件照片", "Photo of the document"))
        text = forms.CharField(label=say("说明", "What happened"), widget=forms.Textarea, required=False)
        told = forms.BooleanField(label=say("短信通知进度", "Tell me the progress by message"), required=False)
        agreed = forms.BooleanField(label=say("我已阅读并同意", "I have read and agree"))

    return EveryField


def list_forms() -> list[tuple[str, str, HouseForm, parts.Button]]:
    """Give (state, prefix, form, its button) for every state of a form."""
    kind = make_form_class()
    filled = {
        "name": say(*LONG_NAME),
        "phone": "138 0000 0000",
        "code": "12 34",
        "number": "42282",
        "people": "three",
        "power": "",
        "since": "2026-02-31",
        "town": "9",
        "kind": "SHOP",
        "uses": ["SMS"],
        "text": say(*LONG_NAME) * 4,
        "told": "on",
    }
    send = parts.Button(say("提交", "Send"), is_wide=True)
    busy = replace(send, is_busy=True)
    wrong = kind({f"wrong-{name}": value for name, value in filled.items()}, prefix="wrong")
    still = kind(prefix="still", initial=filled | {"since": "2026-11-23", "town": "1", "agreed": True})
    for field in still.fields.values():
        field.disabled = True
    off = replace(send, is_disabled=True, reason=say("先填好上面的内容。", "Fill in the form first."))
    return [
        (say("空的", "Empty"), "blank", kind(prefix="blank"), send),
        (say("有错，正在提交", "Errors; being sent"), "wrong", wrong, busy),
        (say("不能改", "Disabled"), "still", still, off),
    ]
