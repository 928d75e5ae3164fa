"""What people type into the customer app."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SignInForm(forms.Form):
    """Phone number and password."""

    THROTTLED = 429

    phone = forms.CharField(max_length=24, error_messages={"required": _("请填写手机号。")})
    password = forms.CharField(max_length=200, strip=False, error_messages={"required": _("请填写密码。")})

    def refuse(self, code: str) -> int:
        """Say why nobody was let in; gives the status of the answer."""
        if code == "throttled":
            self.add_error(None, _("试错次数太多。请等十五分钟再试。"))
            return self.THROTTLED
        self.add_error(None, _("手机号或密码不对。"))
        return 200
