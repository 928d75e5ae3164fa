"""What the keys of the console do: everywhere, in lists, and at each desk; the page of keys is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.interfaces.console.navigation import READS_CUSTOMERS, READS_TARIFFS

READS_BILLS = (Role.BILLING, Role.BILLING_APPROVER, Role.MANAGER, Role.AUDITOR)
READS_METERS = (Role.METERING, Role.MANAGER, Role.AUDITOR)
READS_STAFF = (Role.ADMINISTRATOR, Role.MANAGER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Key:
    """
    What one key, or a pair of keys, does.

    :param needs: the CSS selector of what must be on the page for it; empty for nothing.
    """

    keys: tuple[str, ...]
    name: Any
    needs: str = ""


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one desk; `folder` holds its templates, whose `data-keys` are these, as a test sees to."""

    name: Any
    folder: str
    roles: tuple[str, ...]
    keys: tuple[Key, ...]


EVERYWHERE = (
    Key(("/", "Ctrl K"), _("命令面板")),
    Key(("?",), _("这一页能用的键")),
    Key(("e",), _("写备注"), needs="textarea[name=text]"),
    Key(("u",), _("撤销刚才的操作"), needs='[data-keys="u"]'),
    Key(("Esc",), _("离开输入框，关闭")),
)
IN_LISTS = (
    Key(("j", "k"), _("列表里下一行、上一行"), needs="tr[data-row]"),
    Key(("Enter",), _("打开这一行"), needs="tr[data-row] a"),
    Key(("x", "X"), _("选中或不选这一行、这一页"), needs="tr[data-row] input[name=key]"),
    Key(("f",), _("到筛选"), needs=".gh-filters"),
    Key(("n", "p"), _("下一页、上一页"), needs='[data-keys="n"],[data-keys="p"]'),
)
GROUPS = (
    KeyGroup(
        _("客户"), "customers", READS_CUSTOMERS,
        (Key(("1", "2", "3", "4", "5"), _("切换客户页的标签")), Key(("e",), _("给选中的户写备注"))),
    ),
    KeyGroup(
        _("出账"), "billing", READS_BILLS,
        (
            Key(("1", "2", "3", "4"), _("概览、要看的、对比、抽查")), Key(("5",), _("这张账单的客户")),
            Key(("d",), _("继续计算")), Key(("s",), _("抽一组")), Key(("c",), _("接着看抽到的")),
            Key(("y", "w"), _("这张没问题、有问题")), Key(("h", "r"), _("先挂起、重算放行")),
            Key(("a",), _("复核通过")), Key(("i",), _("发行")),
        ),
    ),
    KeyGroup(
        _("计量"), "metering", READS_METERS,
        (
            Key(("j", "k"), _("下一条、上一条异常；电表后 7 天、前 7 天")), Key(("a",), _("按实测认可")),
            Key(("m",), _("用估算值")), Key(("v",), _("填写整段电量")), Key(("f",), _("去看文件带来的异常")),
            Key(("r",), _("刷新")), Key(("c",), _("录入换表")), Key(("[", "]"), _("线损的上个月、下个月")),
        ),
    ),
    KeyGroup(
        _("电价"), "tariffs", READS_TARIFFS,
        (
            Key(("1", "2", "3", "4", "5"), _("切换电价页的标签")), Key(("c",), _("装入电价")),
            Key(("a",), _("批准这一版")), Key(("r",), _("算对账单的影响")), Key(("d",), _("下载原文")),
        ),
    ),
    KeyGroup(_("员工与岗位"), "staff", READS_STAFF, (Key(("c",), _("新建员工")),)),
)  # fmt: skip


def list_groups(viewer: Any) -> list[KeyGroup]:
    """List the desks at which the viewer may sit, with their keys."""
    held = identity.list_roles(viewer)
    return [group for group in GROUPS if not held.isdisjoint(group.roles)]
