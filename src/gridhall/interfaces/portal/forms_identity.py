"""What people type to get in, and to keep their account safe."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.shared.forms import CodeField, PhoneField
from gridhall.interfaces.shared.refusable_forms import RefusableForm, make_password_field
from gridhall.interfaces.shared.words_identity import word_refusal


class PhoneForm(RefusableForm):
    """A phone, to which a code goes."""

    refused_field = "phone"
    phone = PhoneField(label=_("手机号"))


class PasswordSignInForm(RefusableForm):
    """Phone number and password."""

    phone = PhoneField(label=_("手机号"))
    password = make_password_field("current-password", label=_("密码"))

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
    password = make_password_field(
        "new-password", label=_("新密码"), help_text=_("至少 8 个字符，越长越好；可以用一句话。")
    )

    def refuse(self, refusal: BusinessError) -> None:
        """Say what is wrong with the password beside it."""
        if refusal.code == "weak-password":
            self.add_error("password", word_refusal(refusal))
        else:
            super().refuse(refusal)


class NewPasswordForm(RefusableForm):
    """A new password."""

    refused_field = "password"
    password = make_password_field(
        "new-password", label=_("新密码"), help_text=_("至少 8 个字符，越长越好；可以用一句话。")
    )


class OwnPasswordForm(RefusableForm):
    """The password, once more."""

    password = make_password_field("current-password", label=_("密码"))


class PasskeyNameForm(RefusableForm):
    """What a passkey is called."""

    refused_field = "name"
    name = forms.CharField(label=_("名称"), max_length=40)


class LeaveForm(RefusableForm):
    """That one knows what happens."""

    understood = forms.BooleanField(label=_("我知道七天后不能恢复"))
