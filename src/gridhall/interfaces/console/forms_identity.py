"""What staff type to get in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.shared.forms import PhoneField
from gridhall.interfaces.shared.refusable_forms import RefusableForm, make_password_field


class StaffSignInForm(RefusableForm):
    """Phone and password."""

    phone = PhoneField(label=_("手机号"))
    password = make_password_field("current-password", label=_("密码"))


class SecondFactorForm(RefusableForm):
    """Six digits of the app, or a recovery code."""

    refused_field = "code"
    code = forms.CharField(
        label=_("动态码"),
        max_length=24,
        help_text=_("打开手机上的身份验证器，填写六位数字；也可以用一个备用码。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
    )
