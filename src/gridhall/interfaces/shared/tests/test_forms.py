"""The form renderer: everything a person needs is in the page itself."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from uuid import UUID

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation
from lxml import html

from gridhall.interfaces.shared.forms import CodeField, DayField, HouseForm, PhoneField, give_form_key, read_form_key

LONG = "龙" * 60


class Example(HouseForm):
    whys = {"phone": "用来把停电通知发给您。"}
    hints = {"phone": "13800000000"}

    phone = PhoneField(label="手机号", help_text="本人的号码")
    code = CodeField(label="验证码")
    count = forms.IntegerField(label="户数", min_value=1)
    since = DayField(label="日期", earliest=date(2026, 1, 1), latest=date(2026, 12, 31))
    kind = forms.ChoiceField(label="类别", choices=[("A", "居民"), ("B", "商业")], widget=forms.RadioSelect)
    place = forms.ChoiceField(label="乡镇", choices=[("", "—"), ("1", "高乐山镇")])
    proof = forms.FileField(label="照片")
    text = forms.CharField(label="说明", widget=forms.Textarea, required=False)
    agreed = forms.BooleanField(label="同意")
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


NAMES = ("phone", "code", "count", "since", "kind", "place", "proof", "text", "agreed", "secret")


def draw(form: HouseForm, names: tuple[str, ...] = NAMES) -> html.HtmlElement:
    fields = "".join(f"{{% field form.{name} %}}" for name in names)
    text = Template("{% load gridhall %}<form>{% form_summary form %}" + fields + "</form>").render(
        Context({"form": form})
    )
    return html.fromstring(text)


def test_every_control_has_its_label() -> None:
    tree = draw(Example())
    labels = set(tree.xpath("//label/@for"))
    for control in tree.xpath("//input[@type!='hidden'] | //select | //textarea"):
        assert control.get("id") in labels
    assert tree.xpath("string(//legend)").strip() == "类别"
    assert len(tree.xpath("//*[@id]")) == len({node.get("id") for node in tree.xpath("//*[@id]")})


def test_help_hint_and_reason_stand_with_the_field() -> None:
    tree = draw(Example())
    assert tree.xpath("//input[@id='phone']/@aria-describedby") == ["phone-help phone-hint"]
    assert "13800000000" in tree.xpath("string(//*[@id='phone-hint'])")
    assert "停电通知" in tree.xpath("string(//details)")
    assert len(tree.xpath("//details")) == 1
    assert not tree.xpath("//*[@role='alert']")


def test_only_what_may_be_left_out_says_so() -> None:
    tree = draw(Example())
    assert [mark.getparent().get("for") for mark in tree.xpath("//*[@class='gh-optional']")] == ["text"]


def test_errors_stand_beside_the_field_and_in_the_summary_with_links_to_it() -> None:
    tree = draw(Example({}))
    (summary,) = tree.xpath("//*[@role='alert']")
    assert summary.get("tabindex") == "-1" and "autofocus" in summary.attrib
    ids = set(tree.xpath("//@id"))
    links = summary.xpath(".//a/@href")
    assert links == ["#phone", "#code", "#count", "#since", "#kind_0", "#place", "#proof", "#agreed"]
    assert {link[1:] for link in links} <= ids
    for name in ("phone", "code", "count", "since", "place", "proof", "agreed"):
        (control,) = tree.xpath(f"//*[@name='{name}']")
        assert control.get("aria-invalid") == "true"
        first = control.get("aria-describedby").split()[0]
        assert first == f"{name}-error" and first in ids
    assert tree.xpath("//fieldset/@aria-describedby") == ["kind-error"]
    assert not tree.xpath("//input[@type='radio'][@aria-invalid]")
    assert "请填写手机号。" in summary.text_content() and "请选择类别。" in summary.text_content()


def test_nothing_typed_is_lost_on_error() -> None:
    typed = {
        "phone": LONG,
        "count": "三户",
        "since": "2026-13-99",
        "kind": "B",
        "place": "1",
        "text": LONG,
        "agreed": "on",
    }
    tree = draw(Example(typed | {"secret": "s"}))
    for name in ("phone", "count", "since", "secret"):
        assert tree.xpath(f"//input[@name='{name}']/@value") == [(typed | {"secret": "s"})[name]]
    assert tree.xpath("//input[@name='kind'][@checked]/@value") == ["B"]
    assert tree.xpath("//option[@selected]/@value") == ["1"]
    assert tree.xpath("string(//textarea)").strip() == LONG
    assert tree.xpath("//input[@name='agreed'][@checked]")
    assert "重新选择" in tree.xpath("string(//*[@id='proof-again'])")


def test_what_was_typed_is_text_not_markup() -> None:
    tree = draw(Example({"phone": '"><script>alert(1)</script>'}))
    assert not tree.xpath("//script")


@pytest.mark.parametrize(
    ("typed", "code"), [("123 456", "123456"), ("１２３４５６", "123456"), (" 123-456 ", "123456")]
)
def test_codes_are_taken_as_they_are_meant(typed: str, code: str) -> None:
    assert CodeField().clean(typed) == code


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "١٢٣٤٥", "12345\x00"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        CodeField().clean(typed)


@pytest.mark.parametrize("typed", ["2025-12-31", "2027-01-01"])
def test_days_outside_the_span_are_refused_in_words(typed: str) -> None:
    form = Example({"since": typed})
    assert "2026-" in form.errors["since"][0]


def test_the_page_speaks_the_language_of_the_reader() -> None:
    with translation.override("en"):
        text = draw(Example({"count": "x"})).text_content()
    assert "optional" in text and "Why we ask" in text and "Enter a whole number" in text


def test_a_form_key_stays_with_the_form_until_it_is_done() -> None:
    first = give_form_key(SimpleNamespace(method="GET", POST=QueryDict()))
    again = SimpleNamespace(method="POST", POST=QueryDict(f"form_key={first}"))
    assert give_form_key(again) == read_form_key(again) == first
    forged = SimpleNamespace(method="POST", POST=QueryDict("form_key=<script>"))
    assert read_form_key(forged) is None and isinstance(give_form_key(forged), UUID)
