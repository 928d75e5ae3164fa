"""Forms about members of staff."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.words import ROLES
from gridhall.interfaces.console.words_staff import word_refusal
from gridhall.interfaces.shared.forms import HouseForm, PhoneField

NOT_PROVED = _("这一步要先确认是您本人，请点上面的“确认本人”，再提交一次。填写的内容都还在。")


class StaffForm(HouseForm):
    """A new member of staff."""

    name = forms.CharField(label=_("姓名"), max_length=120)
    phone = PhoneField(label=_("手机号"), help_text=_("他用这个号码登录，并收验证码。"))
    email = forms.EmailField(
        label=_("邮箱"), required=False, error_messages={"invalid": _("请填写邮箱，例如 name@example.com。")}
    )
    roles = forms.MultipleChoiceField(
        label=_("岗位"), required=False, widget=forms.CheckboxSelectMultiple, choices=list(ROLES.items()),
        help_text=_("制单和复核、业务和系统管理或审计，不能由同一人担任。"),
    )  # fmt: skip

    def refuse(self, refusal: BusinessError) -> None:
        """Say why he was not made, beside the field it is about."""
        field = {"duties-conflict": "roles", "no-phone-number": "phone", "phone-taken": "phone", "no-name": "name"}
        self.add_error(field.get(refusal.code), word_refusal(refusal))


class StaffEditForm(HouseForm):
    """How a member of staff is called and written to."""

    name = forms.CharField(label=_("姓名"), max_length=120)
    email = forms.EmailField(
        label=_("邮箱"), required=False, error_messages={"invalid": _("请填写邮箱，例如 name@example.com。")}
    )


class StaffFileForm(HouseForm):
    """A file of members of staff."""

    file = forms.FileField(
        label=_("CSV 文件"), help_text=_("第一行是列名。最多 2,000 人，1 MB 以内。先预览，确认后才会改动。")
    )
