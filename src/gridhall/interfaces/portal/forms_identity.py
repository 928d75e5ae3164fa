"""What people type to get in, and to keep their account safe."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.portal.words_identity import word_refusal
from gridhall.interfaces.shared.forms import CodeField, HouseForm, PhoneField

THROTTLED = {"throttled", "wait"}


class RefusableForm(HouseForm):
    """A form that can say what an action refused."""

    refused_field: str | None = None
    is_throttled = False

    def refuse(self, refusal: BusinessError) -> None:
        """Say why it was refused, beside the field it is about or above all."""
        self.is_throttled = refusal.code in THROTTLED
        field = self.refused_field if refusal.code in ("no-mobile", "wrong-code", "weak-password") else None
        self.add_error(field, word_refusal(refusal))

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return 429 if self.is_throttled else 200


def _password(kind: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": kind}, render_value=False)
    return forms.CharField(max_length=200, strip=False, widget=widget, **options)


class PhoneForm(RefusableForm):
    """A phone, to which a code goes."""

    refused_field = "phone"
    phone = PhoneField(label=_("手机号"))


class PasswordSignInForm(RefusableForm):
    """Phone number and password."""

    phone = PhoneField(label=_("手机号"))
    password = _password("current-password", label=_("密码"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["phone"].widget.attrs["autocomplete"] = "username"


class CodeForm(RefusableForm):
    """The code from the message."""

    refused_field = "code"
    code = CodeField(label=_("验证码"))


class NewPasswordByCodeForm(RefusableForm):
    """A code and the new password."""

    refused_field = "code"
    code = CodeField(label=_("验证码"))
    password = _password("new-password", label=_("新密码"), help_text=_("至少 8 个字符，越长越好；可以用一句话。"))

    def refuse(self, refusal: BusinessError) -> None:
        """Say what is wrong with the password beside it."""
        if refusal.code == "weak-password":
            self.add_error("password", word_refusal(refusal))
        else:
            super().refuse(refusal)


class NewPasswordForm(RefusableForm):
    """A new password."""

    refused_field = "password"
    password = _password("new-password", label=_("新密码"), help_text=_("至少 8 个字符，越长越好；可以用一句话。"))


class OwnPasswordForm(RefusableForm):
    """The password, once more."""

    password = _password("current-password", label=_("密码"))


class PasskeyNameForm(RefusableForm):
    """What a passkey is called."""

    refused_field = "name"
    name = forms.CharField(label=_("名称"), max_length=40)


class LeaveForm(RefusableForm):
    """That one knows what happens."""

    understood = forms.BooleanField(label=_("我知道七天后不能恢复"))
