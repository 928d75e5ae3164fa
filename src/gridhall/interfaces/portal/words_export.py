"""The words of the readable export: what each part, field and value is called. The file for programs holds more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridhall.interfaces.portal import words_accounts as accounts
from gridhall.interfaces.portal import words_messages as messages
from gridhall.interfaces.shared import words_identity as identity
from gridhall.interfaces.shared.formats import is_chinese

SECTIONS: dict[str, tuple[Any, str]] = {
    "user": (gettext_lazy("基本信息"), "phone name email phone_verified_at joined_at last_login erasure_due_at"),
    "real_name": (gettext_lazy("实名认证"), "name id_number level verified_at"),
    "real_name_checks": (gettext_lazy("核验身份证的记录"), "name started_at state decided_at"),
    "business_checks": (gettext_lazy("代表企业"), "name credit_code state asked_at decided_at ends_on"),
    "accesses": (gettext_lazy("户号与授权"), "number role scopes method tag starts_on ends_on revoked_at"),
    "accesses_given": (gettext_lazy("您给别人的授权"), "number role scopes starts_on ends_on revoked_at"),
    "invitations_sent": (gettext_lazy("您发出的邀请"), "number phone called role scopes invited_at answer"),
    "invitations_received": (gettext_lazy("您收到的邀请"), "role scopes invited_at answer"),
    "binding_attempts": (gettext_lazy("绑定记录"), "number method is_success attempted_at"),
    "consents": (gettext_lazy("我的同意"), "kind given_at withdrawn_at"),
    "sessions": (gettext_lazy("登录设备"), "device method address started_at seen_at ended_at"),
    "passkeys": (gettext_lazy("通行密钥"), "name created_at used_at"),
    "linked_identities": (gettext_lazy("第三方登录"), "provider subject linked_at used_at"),
    "codes_sent": (gettext_lazy("发过的验证码"), "purpose address sent_at used_at"),
    "wrong_tries": (gettext_lazy("输错的记录"), "kind address failed_at"),
    "messages": (gettext_lazy("消息"), "title text sent_at read_at"),
    "message_preferences": (gettext_lazy("消息设置"), "title channel is_wanted"),
    "quiet_hours": (gettext_lazy("免打扰"), "is_on starts_at ends_at"),
    "push_devices": (gettext_lazy("收推送的设备"), "device subscribed_at"),
    "feedback": (gettext_lazy("意见反馈"), "number kind text contact given_at"),
    "events": (gettext_lazy("操作记录"), "at kind"),
}
FIELDS: dict[str, Any] = {
    "address": gettext_lazy("网络地址"),
    "answer": gettext_lazy("结果"),
    "asked_at": gettext_lazy("申请时间"),
    "at": gettext_lazy("时间"),
    "attempted_at": gettext_lazy("时间"),
    "called": gettext_lazy("怎么称呼"),
    "channel": gettext_lazy("方式"),
    "contact": gettext_lazy("联系方式"),
    "created_at": gettext_lazy("添加时间"),
    "credit_code": gettext_lazy("统一社会信用代码"),
    "decided_at": gettext_lazy("办结时间"),
    "device": gettext_lazy("设备"),
    "email": gettext_lazy("邮箱"),
    "ended_at": gettext_lazy("结束"),
    "ends_at": gettext_lazy("结束"),
    "ends_on": gettext_lazy("到期"),
    "erasure_due_at": gettext_lazy("注销时间"),
    "failed_at": gettext_lazy("时间"),
    "given_at": gettext_lazy("提交时间"),
    "id_number": gettext_lazy("证件号"),
    "invited_at": gettext_lazy("时间"),
    "is_on": gettext_lazy("已打开"),
    "is_success": gettext_lazy("成功"),
    "is_wanted": gettext_lazy("要收"),
    "joined_at": gettext_lazy("注册时间"),
    "kind": gettext_lazy("种类"),
    "last_login": gettext_lazy("上次登录"),
    "level": gettext_lazy("等级"),
    "linked_at": gettext_lazy("绑定时间"),
    "method": gettext_lazy("方式"),
    "name": gettext_lazy("姓名"),
    "number": gettext_lazy("编号"),
    "phone": gettext_lazy("手机号"),
    "phone_verified_at": gettext_lazy("手机验证时间"),
    "provider": gettext_lazy("来自"),
    "purpose": gettext_lazy("用途"),
    "read_at": gettext_lazy("读过"),
    "revoked_at": gettext_lazy("结束时间"),
    "role": gettext_lazy("角色"),
    "scopes": gettext_lazy("权限"),
    "seen_at": gettext_lazy("最近使用"),
    "sent_at": gettext_lazy("发送时间"),
    "started_at": gettext_lazy("开始时间"),
    "starts_at": gettext_lazy("开始"),
    "starts_on": gettext_lazy("开始"),
    "state": gettext_lazy("结果"),
    "subject": gettext_lazy("对方系统里的编号"),
    "subscribed_at": gettext_lazy("打开时间"),
    "tag": gettext_lazy("名字"),
    "text": gettext_lazy("内容"),
    "title": gettext_lazy("标题"),
    "used_at": gettext_lazy("使用时间"),
    "verified_at": gettext_lazy("核验日期"),
    "withdrawn_at": gettext_lazy("撤回时间"),
}
VALUES: dict[str, Any] = {
    "ACCEPTED": gettext_lazy("已接受"),
    "DECLINED": gettext_lazy("已谢绝"),
    "WITHDRAWN": gettext_lazy("已撤回"),
    "OPEN": gettext_lazy("没有做完"),
    "SIGN_IN": gettext_lazy("登录"),
    "NEW_PASSWORD": gettext_lazy("设置新密码"),
    "PROOF": gettext_lazy("确认本人操作"),
    "LINK": gettext_lazy("绑定登录方式"),
    "SECOND_FACTOR": gettext_lazy("第二重验证"),
}
EVENTS: dict[str, Any] = {
    "AccessAnswered": gettext_lazy("答复邀请"),
    "AccessGranted": gettext_lazy("接受授权"),
    "AccessInvited": gettext_lazy("请人一起看"),
    "AccessRevoked": gettext_lazy("收回授权或解绑"),
    "AccessLabelled": gettext_lazy("给户号改名"),
    "AccountBound": gettext_lazy("绑定户号"),
    "ErasureRequested": gettext_lazy("申请注销"),
    "ErasureWithdrawn": gettext_lazy("撤回注销"),
    "IdentityLinked": gettext_lazy("绑定登录方式"),
    "IdentityUnlinked": gettext_lazy("解绑登录方式"),
    "PasskeyAdded": gettext_lazy("添加通行密钥"),
    "PasskeyRemoved": gettext_lazy("删除通行密钥"),
    "PasswordChanged": gettext_lazy("更改密码"),
    "PhoneVerified": gettext_lazy("验证手机号"),
    "PreferencesChanged": gettext_lazy("更改显示偏好"),
    "SessionEnded": gettext_lazy("让一台设备退出"),
    "SignedIn": gettext_lazy("登录"),
    "SignedOut": gettext_lazy("退出登录"),
    "UsageExported": gettext_lazy("下载用电数据"),
    "UserCreated": gettext_lazy("注册"),
}
OTHER_EVENT = gettext_lazy("其他操作")


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the export as a table."""

    title: str
    heads: list[str]
    rows: list[list[str]]


def word_export(exported: dict[str, Any]) -> list[Section]:
    """Give the export as tables with titles, in the words of the pages."""
    sections = []
    for name, (title, fields) in SECTIONS.items():
        found = exported.get(name) or []
        rows = [found] if isinstance(found, dict) else list(found)
        if rows:
            cells = [[_word_value(name, field, _pick(row, field)) for field in fields.split()] for row in rows]
            sections.append(Section(str(title), [str(FIELDS[field]) for field in fields.split()], cells))
    return sections


def _pick(row: dict[str, Any], field: str) -> Any:
    """Give a field; of texts that are kept in both languages the one that is read."""
    return row[field] if field in row else row.get(f"{field}_{'zh' if is_chinese() else 'en'}")


def _word_value(section: str, field: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list):
        return ("、" if is_chinese() else ", ").join(_word_value(section, field, one) for one in value)
    if isinstance(value, date):
        return value.isoformat()
    return str(_word_code(section, field, str(value)))


def _word_code(section: str, field: str, value: str) -> Any:
    """Give the words of what stands for something; what people wrote stays."""
    if field == "kind":
        of_section: dict[str, Any] = {
            "events": {value: EVENTS.get(value, OTHER_EVENT)},
            "consents": {kind: word for kind, (word, _more) in accounts.CONSENTS.items()},
            "feedback": messages.FEEDBACK,
            "wrong_tries": VALUES | identity.METHODS,
        }
        return of_section.get(section, {}).get(value, value)
    of_field: dict[str, Any] = {
        "scopes": {scope: word for scope, (word, _more) in accounts.SCOPES.items()},
        "role": accounts.ROLES,
        "level": {level: word for level, (word, _more) in accounts.LEVELS.items()},
        "method": identity.METHODS if section == "sessions" else accounts.METHODS,
        "state": accounts.CHECK_STATES | {"OPEN": VALUES["OPEN"]},
        "answer": VALUES,
        "purpose": VALUES,
        "provider": identity.PROVIDERS,
        "channel": messages.CHANNELS,
    }
    return of_field.get(field, {}).get(value, value)
