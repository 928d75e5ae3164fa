"""
Where a member of staff can go: one table for the side bar, the command palette and the keyboard.

A new desk page is one row more. Who may see a row is who may open its page: the roles stand on the view
(`@staff_page`), and a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role

READS_CUSTOMERS = (Role.CLERK, Role.BILLING, Role.BILLING_APPROVER, Role.METERING, Role.MANAGER, Role.AUDITOR)
"""Who may look up customers, masked; the administrator of users may not, nor those who only set prices."""

READS_TARIFFS = (Role.TARIFF, Role.TARIFF_APPROVER, Role.MANAGER, Role.AUDITOR)
"""Who sees tariffs that wait and what they would do to bills."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One place to go.

    :param url: the name of its address, such as `console:home`; it takes no values.
    :param roles: who sees it; none for every member of staff.
    :param keys: what is typed to go there, such as `g h`.
    :param words: further words by which the palette finds it (pinyin, English).
    :param in_side_bar: False for what only the palette offers.
    """

    name: Any
    url: str
    icon: str
    roles: tuple[str, ...] = ()
    keys: str = ""
    words: str = ""
    in_side_bar: bool = True


ENTRIES: tuple[Entry, ...] = (
    Entry(_("工作台"), "console:home", icon="dashboard", keys="g h", words="gongzuotai desk home gzt"),
    Entry(
        _("客户"),
        "console:account-list",
        icon="users",
        roles=READS_CUSTOMERS,
        keys="g c",
        words="kehu customers accounts kh hao",
    ),
    Entry(
        _("出账"),
        "console:bill-run-list",
        icon="receipt-yen",
        roles=(Role.BILLING, Role.BILLING_APPROVER, Role.MANAGER, Role.AUDITOR),
        keys="g b",
        words="chuzhang bills billing runs cz",
    ),
    Entry(
        _("更正账单"),
        "console:bill-rebill",
        icon="pencil",
        roles=(Role.BILLING,),
        words="gengzheng rebill correct gz",
        in_side_bar=False,
    ),
    Entry(
        _("结清"),
        "console:bill-close",
        icon="logout",
        roles=(Role.BILLING,),
        words="jieqing close final bill jq",
        in_side_bar=False,
    ),
    Entry(
        _("搜索"),
        "console:search",
        icon="search",
        roles=READS_CUSTOMERS,
        keys="g s",
        words="sousuo search ss",
        in_side_bar=False,
    ),
    Entry(
        _("读数异常"),
        "console:finding-list",
        icon="alert-triangle",
        roles=(Role.METERING, Role.MANAGER, Role.AUDITOR),
        keys="g f",
        words="dushu yichang findings failures dsyc jiliang",
    ),
    Entry(
        _("读数文件"),
        "console:read-file-list",
        icon="upload",
        roles=(Role.METERING, Role.MANAGER, Role.AUDITOR),
        keys="g r",
        words="dushu wenjian daoru read files import upload dswj",
    ),
    Entry(
        _("换表"),
        "console:exchange-list",
        icon="gauge",
        roles=(Role.METERING, Role.MANAGER, Role.AUDITOR),
        keys="g m",
        words="huanbiao dianbiao meters exchange hb",
    ),
    Entry(
        _("线损"),
        "console:balance-list",
        icon="scale",
        roles=(Role.METERING, Role.MANAGER, Role.AUDITOR),
        keys="g l",
        words="xiansun taiqu feeder balance losses xs",
    ),
    Entry(
        _("电价"),
        "console:tariff-list",
        icon="tags",
        roles=READS_TARIFFS,
        keys="g t",
        words="dianjia tariffs prices dj",
    ),
    Entry(
        _("客户反馈"),
        "console:feedback-list",
        icon="note",
        roles=(Role.CLERK, Role.MANAGER, Role.AUDITOR),
        keys="g k",
        words="kehu fankui yijian feedback answers khfk",
    ),
    Entry(
        _("员工与岗位"),
        "console:staff-list",
        icon="user",
        keys="g u",
        words="yuangong gangwei staff roles users yggw",
        roles=(Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER),
    ),
    Entry(
        _("谁在登录"),
        "console:session-list",
        icon="clock",
        keys="g o",
        words="denglu huihua sessions signed in devices szdl",
        roles=(Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER),
    ),
    Entry(
        _("审计记录"),
        "console:audit-list",
        icon="history",
        keys="g a",
        words="shenji jilu audit trail sjjl",
        roles=(Role.AUDITOR, Role.MANAGER),
    ),
    Entry(_("键盘"), "console:keyboard", icon="keyboard", words="jianpan keyboard keys jp", in_side_bar=False),
)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry as one viewer has it."""

    name: str
    address: str
    icon: str
    keys: str
    words: str
    in_side_bar: bool
    is_here: bool


def list_places(viewer: Any, *, path: str = "") -> list[Place]:
    """List where the viewer may go; `is_here` marks the entry whose pages the path lies among."""
    held = identity.list_roles(viewer)
    allowed = [entry for entry in ENTRIES if not entry.roles or not held.isdisjoint(entry.roles)]
    found = [(entry, address) for entry in allowed if (address := _find_address(entry.url))]
    around = max((address for _entry, address in found if path.startswith(address)), key=len, default="")
    home = _find_address("console:home")
    return [
        Place(
            str(entry.name), address, entry.icon, entry.keys, entry.words, entry.in_side_bar,
            # Of what only the palette offers, the desk to which it belongs is marked at the side.
            address == around or (entry.in_side_bar and address != home and around.startswith(address)),
        )
        for entry, address in found
    ]  # fmt: skip


def _find_address(name: str) -> str:
    """Give an address, empty where the desk it belongs to is not part of this installation."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
