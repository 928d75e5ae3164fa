"""How the billing desk says things: kinds of exceptions, what was found, refusals, work under way."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import words
from gridhall.interfaces.console.undoing import word_refusal
from gridhall.interfaces.shared import formats

EXCEPTIONS = {
    "MISSING_READS": _("缺少读数"),
    "MOSTLY_ESTIMATED": _("大半是估算"),
    "ZERO_USAGE": _("零电量"),
    "HUGE_CHANGE": _("比上月变化很大"),
    "CREDIT_BILL": _("金额为负"),
    "NO_METER": _("有几天没有表"),
    "NO_TERMS": _("没有约定电价"),
    "UNPRICEABLE": _("电价算不出这个月"),
    "EARLIER_MONTH_OPEN": _("以前的月份没出账"),
    "EARLIER_CHANGED": _("以前的月份有变"),
    "LATER_MONTH_BILLED": _("后面的月份已出账"),
    "TIERS_TO_SETTLE": _("年阶梯要清算"),
    "BY_HAND": _("人工挂起"),
}
REMEDIES = {
    "MISSING_READS": _("补录或估算读数，再重算放行"),
    "NO_METER": _("补装表记录，再重新出账"),
    "NO_TERMS": _("补全合同的电价，再重新出账"),
    "UNPRICEABLE": _("请电价岗检查电价"),
    "EARLIER_MONTH_OPEN": _("先放行或补出以前的月份"),
    "EARLIER_CHANGED": _("重算放行"),
    "LATER_MONTH_BILLED": _("发行后，从下一个月起更正这户"),
    "TIERS_TO_SETTLE": _("从一月起更正这户，或做结清"),
    "BY_HAND": _("查清后放行"),
}
STATES = {"open": _("未处理"), "holding": _("挂起的"), "settled": _("已处理")}
DRAWN_FOR = {"RANDOM": _("随机"), "RISK": _("按风险")}
OUTCOMES = {"OPEN": _("未查"), "RIGHT": _("没问题"), "WRONG": _("有问题")}
OUTCOME_TONES = {"OPEN": "plain", "RIGHT": "ok", "WRONG": "error"}
WORKS = {"DRAFT": _("正在计算"), "ISSUE": _("正在发行")}
STATUS_TONES = words.BILL_TONES

REFUSALS: dict[str, Any] = {
    "too-early": _("这个月还没过完，下个月一号起才能出账。"),
    "run-under-way": _("这个月的出账已经在进行。"),
    "all-billed": _("这个月每一户都出过账了。"),
    "nobody-to-bill": _("这个月没有要出账的户。"),
    "unknown-cycle": _("没有这个例日。"),
    "not-open": _("这批已经算完，或者已作废。"),
    "cycle-held": _("同一例日的另一个月正在计算，等它算完再继续。"),
    "run-held": _("另一个程序正在处理这一批，等它结束再继续。"),
    "canceled-meanwhile": _("这一批刚刚被作废了。"),
    "lost": _("上次的任务中断了，可以继续。"),
    "failed": _("上次没有做完，已做的都在，可以继续。再次出现请找系统管理。"),
    "not-drafted": _("这批不在等复核，不能做这一步。"),
    "not-approved": _("这批还没复核，不能发行。"),
    "same-person": _("这批是您经手的，要由另一个人来做这一步。"),
    "no-sample": _("还没有抽查，请先抽一组账单。"),
    "sample-open": _("抽查还没做完，请先看完抽到的账单。"),
    "sample-wrong": _("有查出问题的账单没有挂起，请先挂起。"),
    "all-drawn": _("每一张都抽到了。"),
    "no-outcome": _("请选择“没问题”或“有问题”。"),
    "no-remark": _("请写明哪里有问题。"),
    "not-cancelable": _("这批已经发行，不能整批作废，只能逐张作废。"),
    "not-a-draft": _("这张账单不是草稿，不能挂起。"),
    "not-held": _("这张账单没有挂起。"),
    "still-held": _("重算后还是要挂起：先处理原因，或者按原样放行。"),
    "canceled": _("这张账单已经作废了。"),
    "replaced": _("这张账单已被更正，请先作废更正账单。"),
    "being-replaced": _("这张账单正在更正，请先作废那一批。"),
    "days-billed": _("作废后旧账单会恢复，但这些天已另外出账，请先作废那一张。"),
    "replaced-since": _("要更正的账单已变，请作废这批，重新更正。"),
    "nothing-issued": _("从这个月起没有已发行的账单，不用更正。"),
    "adjustment-waiting": _("这户还有一批更正没有发行，先发行或作废它。"),
    "changed-meanwhile": _("结果刚刚变了，请再看一遍。"),
    "several-cycles": _("请一次只更正一个例日的户。"),
    "draft-beyond": _("这户有一张没发行的账单超过这一天，请先作废它。"),
    "no-such-agreement": _("这户没有能在这一天结束的用电合同。"),
    "nothing-to-bill": _("到这一天没有要结清的账。"),
}


def refuse(request: HttpRequest, refusal: BusinessError) -> None:
    """Tell on the next page why nothing was done."""
    messages.error(request, word(refusal))


def word(refusal: BusinessError) -> str:
    """Say a refusal of the billing desk."""
    return word_code(refusal.code) or word_refusal(refusal)


def word_code(code: str) -> str:
    """Say the code of a refusal; empty where it has no words."""
    return str(REFUSALS.get(code, ""))


def _yuan(written: str) -> str:
    try:
        return formats.yuan(Decimal(written))
    except InvalidOperation:
        return written


_NUMBER = r"([\d,]+)"
_SAID: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(rf"{_NUMBER} of {_NUMBER} quarter hours"),
        lambda found: gettext("%(all)s 个一刻钟里有 %(some)s 个") % {"some": found[1], "all": found[2]},
    ),
    (
        re.compile(rf"{_NUMBER} of {_NUMBER} days without a meter(?: at (\S+))?"),
        lambda found: gettext("%(all)s 天里有 %(some)s 天没有表") % {"some": found[1], "all": found[2]},
    ),
    (
        re.compile(rf"{_NUMBER} of {_NUMBER} days without"),
        lambda found: gettext("%(all)s 天里有 %(some)s 天没有约定电价") % {"some": found[1], "all": found[2]},
    ),
    (
        re.compile(rf"{_NUMBER} days of the year unbilled"),
        lambda found: gettext("今年有 %(days)s 天没出账") % {"days": found[1]},
    ),
    (re.compile(rf"{_NUMBER} held this year"), lambda found: gettext("今年有 %(bills)s 张挂起") % {"bills": found[1]}),
    (re.compile(rf"{_NUMBER} days$"), lambda found: gettext("%(days)s 天") % {"days": found[1]}),
    (re.compile(r"--from (\d{4}-\d\d)"), lambda found: gettext("从%(month)s起") % {"month": formats.month(found[1])}),
    (re.compile(r"bill (\d+)"), lambda found: gettext("账单 %(number)s") % {"number": found[1]}),
    (re.compile(r"^([\d.−-]+) → ([\d.−-]+)$"), lambda found: f"{_yuan(found[1])} → {_yuan(found[2])}"),
    (re.compile(r"^[\d.−-]+$"), lambda found: _yuan(found[0])),
)


def word_detail(kind: str, detail: str) -> str:
    """
    Say what a run found about a bill; what a person wrote stands as it is, what has no words is left to the bill.

    >>> word_detail("HUGE_CHANGE", "10.00 → 99.50")
    '¥10.00 → ¥99.50'
    """
    if kind == "BY_HAND":
        return detail
    for pattern, say in _SAID:
        found = pattern.search(detail)
        if found:
            return say(found)
    return ""
