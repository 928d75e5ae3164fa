"""The audit trail in words: what each kind of event is called, what belongs together, what its facts say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.interfaces.console import words, words_events
from gridhall.interfaces.shared import formats, words_identity
from gridhall.interfaces.shared.word_tables import get_word

Payload = Mapping[str, Any]

SIGNING_IN = {
    "SignedIn": _("登录"),
    "SignedOut": _("退出登录"),
    "SessionEnded": _("结束登录"),
    "CodeSent": _("发送验证码"),
    "PasswordChanged": _("更改密码"),
    "SecondFactorChanged": _("第二重验证变动"),
    "PasskeyAdded": _("添加通行密钥"),
    "PasskeyRemoved": _("删除通行密钥"),
    "IdentityLinked": _("绑定登录方式"),
    "IdentityUnlinked": _("解绑登录方式"),
    "PhoneVerified": _("验证手机号"),
}
USERS = {
    "UserCreated": _("新建用户"),
    "UsersImported": _("导入用户"),
    "UsersMerged": _("合并用户"),
    "PreferencesChanged": _("更改显示偏好"),
    "ErasureRequested": _("申请注销"),
    "ErasureWithdrawn": _("撤回注销"),
    "UserErased": _("注销用户"),
}
STAFF = {
    "StaffRoleGranted": _("添加岗位"),
    "StaffRoleEnded": _("取消岗位"),
    "StaffChanged": _("更改员工资料"),
    "StaffSuspended": _("停用员工"),
    "StaffReactivated": _("重新启用员工"),
    "StaffImported": _("导入员工"),
    "StaffRoleRefused": _("岗位不能同担，没有给"),
    "WorkIdentityLinked": _("绑定公司统一登录"),
}
LEFT_THE_HOUSE = {
    "ListExported": _("导出名单"),
    "UsageExported": _("导出用电数据"),
    "AccountsExported": _("导出档案"),
}
FILES = {
    "AccountsImported": _("导入档案"),
    "TariffsLoaded": _("装入电价"),
    "TariffApproved": _("批准电价"),
    "TariffRetired": _("停用电价"),
    "TariffTrialAsked": _("试算电价"),
    "TariffTrialFinished": _("电价试算完成"),
}
ACCESS = {
    "BindingRefused": _("绑定被拒"),
    "AccessChanged": _("更改查看权限"),
    "AccessRestored": _("恢复查看权限"),
    "AccessInvited": _("邀请他人查看"),
    "InvitationAnswered": _("答复邀请"),
    "AccessLabelled": _("更改户号标签"),
    "AccountsOrdered": _("调整户号顺序"),
    "BindingSlipIssued": _("打印绑定凭条"),
    "RealNameCheckStarted": _("开始实名核验"),
    "RealNameCheckDecided": _("实名核验结果"),
    "RealNameShown": _("出示实名"),
    "BusinessCheckAsked": _("申请企业认证"),
    "BusinessCheckDecided": _("企业认证结果"),
}
METERS = {
    "MetersRegistered": _("登记电表"),
    "ReadsImported": _("导入读数"),
    "RegisterReadingsImported": _("导入表码"),
    "ReadsValidated": _("校验读数"),
    "ReadsCompacted": _("归档读数"),
    "FindingResolved": _("处理读数异常"),
    "FindingReopened": _("重新打开读数异常"),
}
BILLS = {
    "BillRunOpened": _("开始出账"),
    "BillRunDrafted": _("出账算完"),
    "BillRunApproved": _("复核出账"),
    "BillRunCanceled": _("作废出账"),
    "BillRunIssued": _("发行出账"),
    "SampleDrawn": _("抽样核查"),
    "BillChecked": _("核查账单"),
}
MESSAGES = {
    "MessageSent": _("发送消息"),
    "MessagesSent": _("群发消息"),
    "MessagesChanged": _("整理消息"),
    "MessagePreferencesChanged": _("更改消息偏好"),
    "PushSubscribed": _("开通推送"),
    "PushUnsubscribed": _("关闭推送"),
    "FeedbackGiven": _("提交反馈"),
    "FeedbackSettled": _("处理反馈"),
}
DESK = {
    "ViewSaved": _("保存视图"),
    "ViewDeleted": _("删除视图"),
    "StepUndone": _("撤销操作"),
}
_OF_ACCOUNTS = ("Account", "Agreement", "Terms", "UsagePoint", "Network", "Alias", "Party", "RealName", "Consent")
_OF_METERS = ("Meter", "Ratio", "Reads", "Register")


def _pick(*begins: str) -> dict[str, Any]:
    return {kind: word for kind, word in words_events.TITLES.items() if kind.startswith(begins)}


GROUPS: dict[str, tuple[Any, dict[str, Any]]] = {
    "unmasking": (_("查看完整信息"), _pick("Personal")),
    "staff": (_("员工与岗位"), STAFF),
    "signing-in": (_("登录与安全"), SIGNING_IN),
    "exports": (_("数据导出"), LEFT_THE_HOUSE),
    "accounts": (_("户号与合同"), _pick(*_OF_ACCOUNTS)),
    "access": (_("绑定与授权"), ACCESS | _pick("Access")),
    "bills": (_("出账与账单"), BILLS | _pick("Bill")),
    "meters": (_("电表与读数"), METERS | _pick(*_OF_METERS)),
    "files": (_("档案导入与电价"), FILES),
    "users": (_("用户"), USERS),
    "messages": (_("消息与反馈"), MESSAGES),
    "desk": (_("备注与工作台"), DESK | _pick("Note")),
}
"""What belongs together, in the order of the filter: name -> (word, its kinds)."""
TITLES: dict[str, Any] = {kind: word for _name, kinds in GROUPS.values() for kind, word in kinds.items()}

PROGRAMS = {
    "session": _("系统：登录看守"),
    "phone": _("手机号持有人"),
    "erasure": _("系统：到期注销"),
    "cli": _("命令行"),
    "oidc": _("公司统一登录"),
    "demo": _("演示数据"),
    "billing": _("系统：出账"),
    "notifications": _("系统：消息"),
}
"""Who acted where it was no person that signed in."""
SESSION_ENDS = {
    "ENDED": _("从别处结束"),
    "CREDENTIALS_CHANGED": _("登录方式变了"),
    "IDLE": _("长时间未用"),
    "TOO_OLD": _("已到期"),
    "OTHER_DEVICE": _("换了设备"),
    "OTHER_NETWORK": _("换了网络"),
    "USER_GONE": _("用户已停用或注销"),
}
SECOND_FACTORS = {
    "authenticator set up": _("设置了身份验证器"),
    "recovery codes renewed": _("换了备用码"),
    "recovery code used": _("用了一个备用码"),
    "reset": _("已重置"),
}
CODE_PURPOSES = {"SIGN_IN": _("登录"), "NEW_PASSWORD": _("设新密码"), "PROOF": _("确认本人"), "LINK": _("绑定登录方式")}


def _word(known: Mapping[str, Any], key: str) -> Callable[[Payload], str]:
    return lambda payload: str(known.get(str(payload.get(key, "")), payload.get(key, "")))


def _as_is(*keys: str) -> Callable[[Payload], str]:
    return lambda payload: " · ".join(str(payload[key]) for key in keys if payload.get(key) not in (None, ""))


def _count(key: str) -> Callable[[Payload], str]:
    return lambda payload: gettext("%(count)s 条") % {"count": f"{payload.get(key) or 0:,}"}


def _exported(payload: Payload) -> str:
    rows = gettext("%(count)s 条") % {"count": f"{payload.get('rows') or 0:,}"}
    return f"{rows} · {str(payload.get('format', '')).upper()}"


def _code(payload: Payload) -> str:
    purpose = CODE_PURPOSES.get(str(payload.get("purpose", "")), "")
    return f"{payload.get('phone', '')} · {purpose}"


def _imported(payload: Payload) -> str:
    told = {name: f"{payload.get(name) or 0:,}" for name in ("created", "updated", "faulty")}
    return gettext("新增 %(created)s，更新 %(updated)s，有误 %(faulty)s") % told


def _staff_imported(payload: Payload) -> str:
    told = {"created": payload.get("created"), "updated": payload.get("changed"), "faulty": payload.get("faulty")}
    return gettext("新增 %(created)s，更新 %(updated)s，有误 %(faulty)s") % told


DETAILS: dict[str, Callable[[Payload], str]] = words_events.DETAILS | {
    "StaffRoleGranted": _word(words.ROLES, "role"),
    "StaffRoleEnded": _word(words.ROLES, "role"),
    "StaffSuspended": _as_is("reason"),
    "WorkIdentityLinked": _as_is("issuer"),
    "StaffRoleRefused": lambda payload: (
        f"{get_word(words.ROLES, str(payload.get('role', '')))}"
        f" × {get_word(words.ROLES, str(payload.get('beside', '')))}"
    ),
    "StaffImported": _staff_imported,
    "SessionEnded": _word(SESSION_ENDS, "reason"),
    "SecondFactorChanged": _word(SECOND_FACTORS, "change"),
    "IdentityLinked": _word(words_identity.PROVIDERS, "provider"),
    "IdentityUnlinked": _word(words_identity.PROVIDERS, "provider"),
    "CodeSent": _code,
    "PasskeyAdded": _as_is("name"),
    "PasskeyRemoved": _as_is("name"),
    "ListExported": _exported,
    "AccountsImported": _imported,
    "UsersImported": _count("users"),
    "BillRunOpened": _as_is("month"),
    "BillRunDrafted": _count("bills"),
    "BillRunIssued": _count("bills"),
    "MessagesSent": _count("messages"),
    "ReadsImported": _count("reads_stored"),
    "RegisterReadingsImported": _count("readings"),
    "ReadsValidated": _as_is("first_day", "end_day"),
    "ReadsCompacted": _as_is("month"),
    "TariffApproved": _as_is("code"),
    "TariffRetired": _as_is("code"),
    "TariffTrialAsked": _as_is("month"),
    "SampleDrawn": _count("bills"),
    "FeedbackGiven": _as_is("number"),
    "FeedbackSettled": _as_is("number"),
    "ViewSaved": _as_is("name"),
    "ViewDeleted": _as_is("name"),
    "UsageExported": _as_is("format", "first_day", "end_day"),
}


def tell_what(kind: str) -> str:
    """Say what happened; a kind without words shows its own name rather than nothing."""
    return str(TITLES.get(kind, kind))


def tell_facts(kind: str, payload: Payload) -> str:
    """Say the facts of an event; nothing where its kind says all."""
    return DETAILS.get(kind, lambda payload: "")(payload)


def tell_program(actor: str) -> str:
    """Say which program acted, or who at the command line; empty for one that has no word."""
    head, _colon, user = actor.partition(":")
    word = PROGRAMS.get(actor.partition(",")[0]) or (PROGRAMS[head] if head in ("cli", "oidc") else "")
    return f"{word} {user}".strip() if word else ""


def name_actor(name: str) -> str:
    """Name who acted: a program by its word, a person as he is called."""
    return tell_program(name) or name


def tell_device(device: str) -> str:
    """Say browser and system in the language of the page."""
    browser, dot, system = device.partition(" · ")
    said = [str(words_identity.BROWSERS.get(browser, browser)), str(words_identity.SYSTEMS.get(system, system))]
    return " · ".join(said) if dot else said[0]


def tell_fields(fields: tuple[str, ...]) -> str:
    """Say which fields were shown in full."""
    comma = "、" if formats.is_chinese() else ", "
    return comma.join(str(get_word(words.UNMASK_FIELDS, one)) for one in fields)
