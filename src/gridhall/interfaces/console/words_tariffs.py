"""How the tariff desk calls things, and how it says no."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import undoing

SECTIONS = {
    "dates": _("日期、来源和适用范围"),
    "prices": _("价格"),
    "tiers": _("分档"),
    "hours": _("时段"),
    "parts": _("电度电价的组成"),
    "rules": _("计算规则"),
    "clauses": _("依据条款"),
}
STATES = {"changed": _("改了"), "added": _("新增"), "removed": _("去掉"), "same": _("不变")}
STATE_TONES = {"changed": "info", "added": "ok", "removed": "error", "same": "plain"}
GROUPS = {
    "ENERGY": _("电度电费"),
    "TIER": _("阶梯电费"),
    "BASIC": _("容量和需量电费"),
    "POWER_FACTOR": _("力调电费"),
    "FUNDS": _("政府性基金"),
    "TAX": _("税"),
    "FIXED": _("固定费用"),
    "ALLOWANCE": _("减免"),
    "CREDIT": _("上网电费"),
}
SET_ASIDE = {
    "CHANGED_SINCE": _("不换电价重算也和账单不一样（读数或约定后来改过）"),
    "NOT_PRICED": _("现在算不出来（没有约定、没有表或没有价格）"),
}
TRIAL_STATUSES = {
    "WAITING": _("排队中"),
    "RUNNING": _("正在算"),
    "DONE": _("算好了"),
    "FAILED": _("没有算成"),
}
REFUSALS: dict[str, Any] = {
    "already-approved": _("这一版已经处理过了，没有再改。"),
    "same-person": _("谁装入的，谁就不能批准或停用。请另一位同事来办。"),
    "other-in-force": _("您看的时候，现行版已经换了。请对照新的现行版再决定。"),
    "not-in-force": _("只有正在执行的电价才能停用。"),
    "in-use": _("还有客户按这个电价计费，先给他们换好电价再停用。"),
    "no-note-written": _("请写明原因。"),
    "no-such-version": _("没有这一版，请重新选择。"),
    "no-bills": _("这个月没有发行过账单，请换一个月。"),
}


def word_refusal(refusal: BusinessError) -> str:
    """Say a refusal of the tariff desk in the language of the page."""
    known = REFUSALS.get(refusal.code)
    return str(known) if known else undoing.word_refusal(refusal)
