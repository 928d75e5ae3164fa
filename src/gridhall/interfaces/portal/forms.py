"""What people type into the customer app."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.shared.forms import HouseForm, PhoneField


class SignInForm(HouseForm):
    """Phone number and password."""

    THROTTLED = 429

    phone = PhoneField(label=_("手机号"), widget=forms.TextInput({"autocomplete": "username"}))
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def refuse(self, code: str) -> int:
        """Say why nobody was let in; gives the status of the answer."""
        if code == "throttled":
            self.add_error(None, _("试错次数太多。请等十五分钟再试。"))
            return self.THROTTLED
        self.add_error(None, _("手机号或密码不对。"))
        return 200
