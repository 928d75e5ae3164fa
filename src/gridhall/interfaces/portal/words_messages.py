"""How kinds of messages, channels, deliveries and feedback are called on screen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

GROUPS = {"BILLS": _("账单"), "ACCESS": _("户号和共享"), "SECURITY": _("登录安全"), "SERVICE": _("给您的答复")}
CHANNELS = {"IN_APP": _("站内"), "SMS": _("短信"), "WEB_PUSH": _("推送")}
DELIVERIES = {
    "WAITING": _("等着发"),
    "SENDING": _("正在发"),
    "SENT": _("已发出"),
    "FAILED": _("没发成"),
    "DROPPED": _("没有发"),
}
BOXES = {"INBOX": _("全部"), "UNREAD": _("未读"), "ARCHIVE": _("已归档")}
FEEDBACK = {
    "WRONG": _("这里不对"),
    "UNCLEAR": _("看不懂"),
    "WISH": _("希望有"),
    "PRAISE": _("很好用"),
}
HELP_AREAS = {
    "bills": _("账单和电价"),
    "usage": _("用电和电表"),
    "accounts": _("户号和登录"),
    "app": _("怎么用网上电厅"),
}
SOME_DEVICE = _("一台设备")
