"""The words of the readable export: what each part and field is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SECTIONS: dict[str, Any] = {
    "user": gettext_lazy("基本信息"),
    "accesses": gettext_lazy("户号与授权"),
    "binding_attempts": gettext_lazy("绑定记录"),
    "sessions": gettext_lazy("登录设备"),
    "passkeys": gettext_lazy("通行密钥"),
    "linked_identities": gettext_lazy("第三方登录"),
    "staff_roles": gettext_lazy("员工岗位"),
    "codes_sent": gettext_lazy("发过的验证码"),
    "wrong_tries": gettext_lazy("输错的记录"),
    "events": gettext_lazy("操作记录"),
}
FIELDS: dict[str, Any] = {
    "phone": gettext_lazy("手机号"),
    "name": gettext_lazy("姓名"),
    "email": gettext_lazy("邮箱"),
    "language": gettext_lazy("语言"),
    "appearance": gettext_lazy("外观"),
    "reading_mode": gettext_lazy("字号"),
    "joined_at": gettext_lazy("注册时间"),
    "phone_verified_at": gettext_lazy("手机验证时间"),
    "last_login": gettext_lazy("上次登录"),
    "number": gettext_lazy("户号"),
    "role": gettext_lazy("角色"),
    "scopes": gettext_lazy("权限"),
    "starts_on": gettext_lazy("开始"),
    "ends_on": gettext_lazy("结束"),
    "device": gettext_lazy("设备"),
    "method": gettext_lazy("方式"),
    "address": gettext_lazy("网络地址"),
    "started_at": gettext_lazy("登录时间"),
    "seen_at": gettext_lazy("最近使用"),
    "at": gettext_lazy("时间"),
    "kind": gettext_lazy("种类"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the export as a table."""

    title: str
    heads: list[str]
    rows: list[list[str]]


def word_export(exported: dict[str, Any]) -> list[Section]:
    """Give the export as tables with titles; fields without a word of their own keep their name."""
    sections = []
    for name, title in SECTIONS.items():
        found = exported.get(name) or []
        rows = [found] if isinstance(found, dict) else list(found)
        if rows:
            heads = list(rows[0])
            cells = [[_word_value(row.get(head)) for head in heads] for row in rows]
            sections.append(Section(str(title), [str(FIELDS.get(head, head)) for head in heads], cells))
    return sections


def _word_value(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
