"""Members of staff in words: refusals, what is wrong in a file, what would change."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity.queries import StaffChange
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console.words import ROLES
from gridhall.interfaces.shared import formats, words_identity

REFUSALS: dict[str, Any] = {
    "own-user": _("不能更改自己，请另一位管理员办理。"),
    "superuser": _("命令行建立的超级用户，只能在命令行更改。"),
    "no-name": _("请填写姓名。"),
    "erased": _("这个用户已注销，请新建一个。"),
    "phone-taken": _("这个手机号已有用户。"),
    "no-phone-number": _("请填写手机号，例如 13812345678。"),
    "no-such-session": _("这次登录已经结束。"),
    "no-administrator": _("只有系统管理员能这样做。"),
    "changed-meanwhile": _("预览之后这些人又有改动，请再看一遍。"),
}
FIELDS = {
    "phone": _("手机号"),
    "name": _("姓名"),
    "email": _("邮箱"),
    "roles": _("岗位"),
    "state": _("状态"),
    "": _("整行"),
}
FAULTS: dict[str, Any] = {
    "too-large": _("文件超过 1 MB，请分成几个。"),
    "not-text": _("这不是 CSV 文件。请在表格软件里“另存为 CSV”。"),
    "empty": _("文件里没有内容。"),
    "no-header": _("第一行要有列名，至少有“手机号”和“姓名”。"),
    "too-many": _("一次最多 2,000 人，请分成几个文件。"),
    "extra-cells": _("这一行的格子比列名多，请检查逗号。"),
    "no-phone-number": _("不是手机号，例如 13812345678。"),
    "twice": _("和第 %(value)s 行是同一个手机号，请删去一行。"),
    "no-name": _("请填写姓名。"),
    "long-name": _("姓名最多 120 个字。"),
    "not-email": _("不是邮箱，例如 name@example.com。"),
    "no-such-role": _("没有这个岗位。"),
    "duties-conflict": _("这两个岗位不能由同一人担任。"),
    "no-such-state": _("请写“在用”或“停用”。"),
    "customer": _("这个手机号是客户的，请用他的工作手机号。"),
    "own-row": _("不能更改自己，请另一位管理员办理。"),
    "superuser": _("命令行建立的超级用户，只能在命令行更改。"),
    "is-suspended": _("他已停用；要加岗位，请在状态写“在用”。"),
}
_WITH_VALUE = ("no-phone-number", "not-email", "no-such-role", "no-such-state")
FACTORS = (("app", _("身份验证器")), ("passkey", _("通行密钥")), ("none", _("还没设置")))
STATES = (("active", _("在用")), ("suspended", _("已停用")))


def word_refusal(refusal: BusinessError) -> str:
    """Say in the page's language why nothing was changed."""
    known = REFUSALS.get(refusal.code)
    return str(known) if known else words_identity.word_refusal(refusal)


def word_fault(fault: Any) -> str:
    """Say what is wrong in a line of a file, and how to mend it."""
    said = str(FAULTS.get(fault.code, fault.code)) % {"value": fault.value}
    if fault.code == "duties-conflict":
        return f"{said} {word_roles(tuple(fault.value.split()))}"
    return said


def get_quoted(fault: Any) -> str:
    """Give what stands in the file, where that helps to find it."""
    return str(fault.value) if fault.code in _WITH_VALUE else ""


def word_roles(roles: tuple[str, ...]) -> str:
    """Say some roles."""
    return ("、" if formats.is_chinese() else ", ").join(str(ROLES.get(role, role)) for role in roles)


def get_role_names() -> dict[str, str]:
    """Give what roles are called in a file, in both languages."""
    from django.utils import translation

    names: dict[str, str] = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            names |= {str(word): role for role, word in ROLES.items()}
    return names


def word_change(change: StaffChange) -> list[tuple[str, str]]:
    """Say what a line would change: (tone, words)."""
    said = []
    if change.is_new:
        said.append(("ok", gettext("新建")))
    if change.turns == "suspend":
        said.append(("error", gettext("停用，并退出所有设备")))
    if change.turns == "reactivate":
        said.append(("ok", gettext("重新启用")))
    if change.ends:
        said.append(("warning", gettext("取消岗位：%(roles)s") % {"roles": word_roles(change.ends)}))
    if change.grants:
        said.append(("brand", gettext("添加岗位：%(roles)s") % {"roles": word_roles(change.grants)}))
    if change.renamed:
        said.append(("info", gettext("更改姓名或邮箱")))
    return said
