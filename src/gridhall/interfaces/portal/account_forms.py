"""What people type to bind an account, share it, and show who they are."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.shared.forms import DayField, HouseForm, PhoneField
from gridhall.interfaces.shared.pictures import Picture, PictureRefused, draw_anew, read_bar_codes
from gridhall.interfaces.shared.uploads import was_too_large

PICTURE_TYPES = "image/jpeg,image/png,image/webp"


class NumberForm(HouseForm):
    """Customer number, and what only those who know the household know."""

    number = forms.CharField(
        label=_("户号"),
        max_length=32,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("电费单上的 10 位或 13 位数字。旧户号也可以。"),
    )
    name = forms.CharField(label=_("户主姓名"), max_length=120, help_text=_("和电费单上一样的全名；企业填全称。"))
    tail = forms.CharField(
        label=_("登记手机号或证件号的后四位"),
        min_length=4,
        max_length=18,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    unkept: ClassVar = {"tail"}
    whys: ClassVar = {"tail": _("用来确认您知道这户人家的登记信息，别人捡到电费单也绑不了。")}

    def clean_number(self) -> str:
        """Drop the spaces in which numbers are printed."""
        return "".join(self.cleaned_data["number"].split())


class MeterForm(HouseForm):
    """Number of the meter, and the holder's name or the end of his phone or ID number."""

    code = forms.CharField(label=_("电表表号"), max_length=32, help_text=_("电表条码下面的那串数字。"))
    answer = forms.CharField(
        label=_("户主姓名，或登记手机号后四位"), min_length=2, max_length=120, help_text=_("填一样就行。")
    )
    unkept: ClassVar = {"answer"}

    def clean_code(self) -> str:
        """Give the number as it is kept."""
        return "".join(self.cleaned_data["code"].split()).upper()


class ScanForm(HouseForm):
    """A picture of the meter."""

    picture = forms.FileField(
        label=_("电表条码的照片"),
        widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
        help_text=_("让条码占满画面，字看得清就行。照片只用来认条码，不保存。"),
    )

    def __init__(self, *args: Any, request: Any = None, **options: Any) -> None:
        self.request = request
        self.codes: list[str] = []
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """Read the bar codes."""
        kept = super().clean() or {}
        if was_too_large(self.request, "picture"):
            self._errors.pop("picture", None)  # type: ignore[union-attr]
            self.add_error("picture", words.PICTURES["too-large"])
        elif kept.get("picture") is not None:
            try:
                self.codes = read_bar_codes(kept["picture"])
            except PictureRefused as refusal:
                self.add_error("picture", words.PICTURES[refusal.code])
            else:
                if not self.codes:
                    self.add_error("picture", words.PICTURES["no-code"])
        return kept


class SlipForm(HouseForm):
    """The code that was handed out at the counter."""

    code = forms.CharField(
        label=_("绑定码"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("营业厅给您的 8 位字母和数字，三天内有效。"),
    )
    hints: ClassVar = {"code": "A1B2-C3D4"}
    unkept: ClassVar = {"code"}


class NameForm(HouseForm):
    """The user's own name."""

    name = forms.CharField(
        label=_("您的姓名"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}),
        help_text=_("只和您手机号登记的户主姓名比对。"),
    )  # fmt: skip


class TagForm(HouseForm):
    """What the user calls an account."""

    tag = forms.CharField(label=_("名字"), max_length=40, required=False, help_text=_("只有您自己看得到。"))


class ShareForm(HouseForm):
    """Who may see what until when."""

    phone = PhoneField(label=_("对方手机号"), help_text=_("对方用这个手机号登录后接受，才开始能看。"))
    called = forms.CharField(label=_("怎么称呼"), max_length=40, required=False)
    role = forms.ChoiceField(label=_("是您的"), widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请至少选一项。")}
    )
    last_day = DayField(label=_("到哪天为止（含当天）"), required=False, help_text=_("不填就一直有效，随时可以收回。"))

    def __init__(
        self, *args: Any, held: tuple[str, ...], today: date, ends_on: date | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = [(role, words.ROLES[role]) for role in ("FAMILY", "STAFF", "AGENT")]  # type: ignore[attr-defined]
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, format_lazy("{} · {}", word, more)) for scope, (word, more) in words.SCOPES.items() if scope in held
        ]
        last = self.fields["last_day"]
        last.widget.attrs["min"] = today.isoformat()
        last.earliest = today  # type: ignore[attr-defined]
        if ends_on is not None:
            last.latest = ends_on - timedelta(days=1)  # type: ignore[attr-defined]
            last.widget.attrs["max"] = last.latest.isoformat()  # type: ignore[attr-defined]

    def get_ends_on(self) -> date | None:
        """Give the first day on which it no longer holds."""
        last = self.cleaned_data.get("last_day")
        return last + timedelta(days=1) if last else None


class ChangeForm(ShareForm):
    """What someone who is let in already may do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["phone"], self.fields["role"]


class PersonForm(HouseForm):
    """Name, ID number, and the consent to look at document and face."""

    name = forms.CharField(label=_("姓名"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    id_number = forms.CharField(
        label=_("身份证号"), max_length=24, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("18 位。用其他证件的请到营业厅办理。"),
    )  # fmt: skip
    has_consented = forms.BooleanField(label=_("我同意为这次核验处理身份证和人脸照片"))
    unkept: ClassVar = {"id_number", "has_consented"}
    whys: ClassVar = {
        "id_number": _("确认是您本人。号码加密保存，页面上永远只显示首尾。"),
        "has_consented": _("照片只用来核验这一次，核验完马上删除。不同意也可以，到营业厅当面办理。"),
    }


class PictureForm(HouseForm):
    """One picture, drawn anew."""

    picture = forms.FileField(label=_("照片"))

    def __init__(self, *args: Any, request: Any, label: Any, help_text: Any, capture: str, **options: Any) -> None:
        self.request = request
        self.drawn: Picture | None = None
        super().__init__(*args, **options)
        field = self.fields["picture"]
        field.label, field.help_text = label, help_text
        field.error_messages["required"] = _("请拍一张照片。")
        field.widget.attrs |= {"accept": PICTURE_TYPES, "capture": capture}

    def clean(self) -> dict[str, Any]:
        """Look at the content."""
        kept = super().clean() or {}
        if was_too_large(self.request, "picture"):
            self._errors.pop("picture", None)  # type: ignore[union-attr]
            self.add_error("picture", words.PICTURES["too-large"])
        elif kept.get("picture") is not None:
            try:
                self.drawn = draw_anew(kept["picture"])
            except PictureRefused as refusal:
                self.add_error("picture", words.PICTURES[refusal.code])
        return kept


class BusinessForm(HouseForm):
    """A company, and the letter of who is not its legal representative."""

    name = forms.CharField(
        label=_("企业名称"), max_length=120, widget=forms.TextInput({"autocomplete": "organization"})
    )
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), max_length=24, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("营业执照上的 18 位代码。"),
    )  # fmt: skip
    letter = forms.FileField(
        label=_("盖章的授权书"),
        required=False,
        widget=forms.FileInput({"accept": f"{PICTURE_TYPES},application/pdf"}),
        help_text=_("法定代表人本人不用交。照片或 5 页以内的 PDF，审核完就删除。"),
    )

    def __init__(self, *args: Any, request: Any = None, **options: Any) -> None:
        self.request = request
        self.letter: tuple[bytes, str] | None = None
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """Look at the content of the letter."""
        kept = super().clean() or {}
        if was_too_large(self.request, "letter"):
            self.add_error("letter", words.PICTURES["too-large"])
        elif kept.get("letter") is not None:
            self._read(kept["letter"])
        return kept

    def _read(self, file: Any) -> None:
        if file.read(5) == b"%PDF-":
            file.seek(0)
            content = file.read()
            if is_plain_pdf(content):
                self.letter = content, "application/pdf"
            else:
                self.add_error("letter", _("这个 PDF 打不开、超过 5 页或带有程序。请拍成照片上传。"))
            return
        try:
            self.letter = draw_anew(file).jpeg, "image/jpeg"
        except PictureRefused as refusal:
            self.add_error("letter", words.PICTURES[refusal.code])


MOST_PAGES = 5


def is_plain_pdf(content: bytes) -> bool:
    """Tell whether a PDF is whole, has few pages, and nothing in it runs, opens or hides something."""
    if b"%%EOF" not in content[-2048:] or b"/Encrypt" in content:
        return False
    active = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA", b"/AA")
    if any(re.search(word + rb"[\s/(<\[]", content) for word in active):
        return False
    counts = [int(count) for count in re.findall(rb"/Count\s+(\d{1,6})", content)]
    pages = len(re.findall(rb"/Type\s*/Page[^s]", content))
    # Pages packed into object streams cannot be counted without unpacking: those are sent as pictures.
    return 0 < max([pages, *counts], default=0) <= MOST_PAGES
