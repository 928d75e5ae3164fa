"""What a customer can do here, as the search finds it: a typed list of pages that are there, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Service:
    """
    One page. `words` are the other names by which people look for it, in Chinese and English.

    :param is_open: whether somebody who is not signed in may go there.
    """

    view: str
    label: Any
    detail: Any
    icon: str
    words: tuple[str, ...]
    is_open: bool = False
    is_usual: bool = False

    @property
    def key(self) -> str:
        """Its name among what can be found."""
        return f"service:{self.view}"


SERVICES = (
    Service(
        "portal:bill-list", _("我的账单"), _("每个月的账单，每一行都有解释"), "receipt-yen",
        ("电费账单", "电费", "电费查询", "欠费", "应交电费", "缴费单", "bills", "electricity bill", "arrears", "amount due"),
        is_usual=True,
    ),
    Service(
        "portal:usage-year", _("每月用电"), _("一年十二个月用了多少电"), "chart-bar",
        ("用电量", "用电查询", "度数", "峰谷用电", "年用电", "usage", "consumption", "kwh", "time of use"), is_usual=True,
    ),
    Service(
        "portal:usage-export", _("下载用电数据"), _("CSV、Excel 或绿色按钮"), "file-certificate",
        ("导出", "数据下载", "绿色按钮", "表格", "export", "download", "csv", "excel", "xlsx", "green button"),
    ),
    Service(
        "portal:account-list", _("切换户号"), _("家里、店里、父母家，一点就换"), "home-bolt",
        ("户号", "我的户号", "多户", "绑定", "客户编号", "accounts", "switch account", "customer number"), is_usual=True,
    ),
    Service(
        "portal:message-list", _("消息"), _("账单、共享和登录安全的消息"), "bell",
        ("通知", "消息中心", "提醒", "站内信", "messages", "notifications", "inbox"), is_usual=True,
    ),
    Service(
        "portal:message-settings", _("消息设置"), _("要哪些消息，几点以后别打扰"), "bell-ringing",
        ("免打扰", "短信订阅", "推送", "订阅", "消息订阅", "preferences", "quiet hours", "do not disturb", "text messages",
         "push"),
    ),
    Service(
        "portal:mine", _("语言、字号和外观"), _("中文或英文，大字，深色"), "letter-case",
        ("大字", "长辈模式", "老人模式", "字体", "英文", "深色模式", "夜间模式", "language", "large type", "dark mode",
         "settings", "设置"),
    ),
    Service(
        "portal:help-list", _("帮助"), _("账单、用电、户号怎么看，一篇讲一件事"), "help-circle",
        ("常见问题", "怎么办", "说明", "help", "faq", "questions"), is_open=True, is_usual=True,
    ),
    Service(
        "portal:feedback", _("意见反馈"), _("哪里不对、不好用，告诉我们"), "message-report",
        ("建议", "意见", "吐槽", "报错", "feedback", "suggestion", "report a problem"), is_open=True,
    ),
)  # fmt: skip
