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
        ("电费账单", "电费", "电费查询", "欠费", "应交电费", "缴费单", "bills", "electricity bill", "arrears",
         "amount due"),
        is_usual=True,
    ),
    Service(
        "portal:usage-year", _("每月用电"), _("一年十二个月用了多少电"), "chart-bar",
        ("用电量", "用电查询", "度数", "峰谷用电", "年用电", "usage", "consumption", "kwh", "time of use"),
        is_usual=True,
    ),
    Service(
        "portal:usage-export", _("下载用电数据"), _("CSV、Excel 或绿色按钮"), "file-certificate",
        ("导出", "数据下载", "绿色按钮", "表格", "export", "download", "csv", "excel", "xlsx", "green button"),
    ),
    Service(
        "portal:prices", _("我的电价"), _("每度多少钱，几点到几点便宜"), "clock",
        ("电价", "单价", "一度电多少钱", "价格", "峰谷时段", "阶梯电价", "price", "tariff", "rate", "cost per kwh"),
        is_usual=True,
    ),
    Service(
        "portal:price-comparison", _("比电价"), _("用我自己的用电，算换个电价差多少"), "calculator",
        ("换电价", "试算", "比价", "哪个电价便宜", "compare prices", "compare tariffs", "switch tariff"),
    ),
    Service(
        "portal:account-list", _("切换户号"), _("家里、店里、父母家，一点就换"), "home-bolt",
        ("户号", "我的户号", "多户", "换户号", "客户编号", "accounts", "switch account", "customer number"),
        is_usual=True,
    ),
    Service(
        "portal:binding", _("绑定户号"), _("填户号、扫电表条码，或用营业厅给的绑定码"), "plus",
        ("绑定", "绑户号", "添加户号", "加户号", "扫电表", "条码", "绑定码", "父母家", "bind", "add account",
         "link account", "scan meter", "bar code"),
        is_usual=True,
    ),
    Service(
        "portal:account-manage", _("管理户号"), _("起名字、排顺序、设默认、请人一起看、解绑"), "home-bolt",
        ("我的户号", "解绑", "解除绑定", "户号名字", "默认户号", "共享", "授权", "家人查看", "收回权限", "unbind",
         "share account", "family access", "rename account", "revoke"),
    ),
    Service(
        "portal:invitation-list", _("我能看的户号"), _("别人请我看的户号，接受或退出"), "user",
        ("邀请", "接受邀请", "别人的户号", "退出共享", "invitations", "shared with me"),
    ),
    Service(
        "portal:real-name", _("实名认证"), _("我是谁验证到哪一步，每一步能办什么"), "shield-check",
        ("实名", "身份证", "人脸", "身份验证", "合并账号", "real name", "identity check", "verify identity"),
    ),
    Service(
        "portal:business", _("代表企业"), _("法定代表人或经办人管理企业户号"), "building-factory-2",
        ("企业认证", "法人", "授权书", "信用代码", "公司", "company", "business", "authorized agent"),
    ),
    Service(
        "portal:consent-list", _("我的同意"), _("同意过什么，随时撤回"), "circle-check",
        ("授权同意", "撤回同意", "隐私授权", "consents", "withdraw consent"),
    ),
    Service(
        "portal:message-list", _("消息"), _("账单、共享和登录安全的消息"), "bell",
        ("通知", "消息中心", "提醒", "站内信", "messages", "notifications", "inbox"),
        is_usual=True,
    ),
    Service(
        "portal:message-settings", _("消息设置"), _("要哪些消息，几点以后别打扰"), "bell-ringing",
        ("免打扰", "短信订阅", "推送", "订阅", "消息订阅", "preferences", "quiet hours", "do not disturb",
         "text messages", "push"),
    ),
    Service(
        "portal:mine", _("语言、字号和外观"), _("中文或英文，大字，深色"), "letter-case",
        ("大字", "长辈模式", "老人模式", "字体", "英文", "深色模式", "夜间模式", "language", "large type",
         "dark mode", "settings", "设置"),
    ),
    Service(
        "portal:security", _("账号与安全"), _("密码、通行密钥、登录的设备"), "shield-check",
        ("改密码", "密码", "指纹登录", "刷脸登录", "微信登录", "安全", "password", "passkey", "security",
         "account safety"),
    ),
    Service(
        "portal:session-list", _("登录的设备"), _("看哪些设备登录着，不认识的退掉"), "device-mobile",
        ("设备", "退出其他设备", "谁登录了", "盗号", "devices", "sessions", "sign out everywhere"),
    ),
    Service(
        "portal:own-data", _("我的个人数据"), _("带走一份，或注销账号"), "file-certificate",
        ("注销", "注销账号", "删除账号", "个人信息", "隐私", "delete account", "privacy", "my data", "leave"),
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
