"""How the app is put on a home screen, by the device that somebody holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Way:
    """The steps on one kind of device; `signs` are words of the device's name by which it is known."""

    label: str | Promise
    steps: tuple[str | Promise, ...]
    signs: tuple[str, ...]


WAYS = (
    Way(
        _("微信、支付宝里"),
        (_("点右上角的“…”。"), _("选“在浏览器打开”。"), _("打开后，按那里的步骤装。")),
        ("WeChat", "Alipay", "QQ"),
    ),
    Way(
        _("苹果手机、平板"),
        (_("用 Safari 打开本页。"), _("点底部的分享按钮。"), _("往下找，点“添加到主屏幕”。")),
        ("iPhone", "iPad"),
    ),
    Way(
        _("安卓、鸿蒙手机"),
        (
            _("点浏览器右上角或底部的菜单。"),
            _("点“安装应用”或“添加到桌面”。"),
            _("不给加的话，到手机设置里允许浏览器创建桌面图标。"),
        ),
        ("Android", "HarmonyOS"),
    ),
    Way(
        _("电脑"),
        (_("用 Chrome 或 Edge 打开本页。"), _("点地址栏右边的安装图标。")),
        ("Windows", "macOS", "Linux", "ChromeOS"),
    ),
)


def list_ways(device: str) -> tuple[list[Way], bool]:
    """Give all ways, that of this device (`WeChat · iPhone`) first, and whether it is known."""
    own = next((way for way in WAYS if any(sign in device for sign in way.signs)), None)
    return [*([own] if own else []), *(way for way in WAYS if way is not own)], own is not None
