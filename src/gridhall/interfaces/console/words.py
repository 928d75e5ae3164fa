"""How kinds are called in the console."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ROLES = {
    "CLERK": _("营业厅"),
    "BILLING": _("核算"),
    "BILLING_APPROVER": _("核算复核"),
    "METERING": _("计量"),
    "TARIFF": _("电价"),
    "TARIFF_APPROVER": _("电价复核"),
    "MANAGER": _("主管"),
    "AUDITOR": _("审计"),
    "ADMINISTRATOR": _("系统管理"),
}


def get_word(words: dict[str, Any], kind: str) -> Any:
    """Give the word of a kind; one that has none yet shows its own name rather than nothing."""
    return words.get(kind, kind)
