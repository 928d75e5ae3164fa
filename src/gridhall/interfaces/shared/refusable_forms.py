"""Forms of signing in: an action may refuse what was typed, and a password is never given back."""

from __future__ import annotations

from typing import Any

from django import forms

from gridhall.core.errors import BusinessError
from gridhall.interfaces.shared.forms import HouseForm
from gridhall.interfaces.shared.words_identity import word_refusal

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


def make_password_field(kind: str, **options: Any) -> forms.CharField:
    """Make a field for a password; `kind` tells the browser's keeper which one."""
    widget = forms.PasswordInput(attrs={"autocomplete": kind}, render_value=False)
    return forms.CharField(max_length=200, strip=False, widget=widget, **options)
