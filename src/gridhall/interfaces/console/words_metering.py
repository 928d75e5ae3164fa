"""How kinds of the metering desk are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FINDING_STATUSES = {
    "OPEN": _("待处理"),
    "ACCEPTED": _("按实测认可"),
    "ESTIMATED": _("已用估算值"),
    "CORRECTED": _("已更正"),
}
FINDING_TONES = {"OPEN": "warning", "ACCEPTED": "ok", "ESTIMATED": "info", "CORRECTED": "ok"}
IMPORT_STATES = {"WAITING": _("排队中"), "RUNNING": _("导入中"), "DONE": _("已导入"), "FAILED": _("没有导入")}
IMPORT_TONES = {"WAITING": "warning", "RUNNING": "info", "DONE": "ok", "FAILED": "error"}
METHODS = {
    "ESTIMATED_LINEAR": _("前后读数连线"),
    "ESTIMATED_PROFILE": _("平常日子的用电曲线"),
    "ESTIMATED_REGISTER": _("表底电量按平常曲线分摊"),
    "ESTIMATED_OTHER": _("来源自带的估算"),
    "MANUAL": _("人工填写"),
}
QUALITIES = {
    0: _("实测"),
    1: _("更正过的实测"),
    2: _("人工抄录"),
    10: _("估算（连线）"),
    11: _("估算（平常曲线）"),
    12: _("估算（按表底）"),
    13: _("估算（来源自带）"),
    20: _("存疑"),
    255: _("缺"),
}
REGISTERS = {"IMPORT": _("正向有功"), "EXPORT": _("反向有功"), "REACTIVE": _("正向无功")}
REFUSALS = {
    "too-large-file": _("文件太大，请拆成几个再传。"),
    "empty-file": _("这个文件是空的，请换一个。"),
    "bad-archive": _("压缩包打不开：可能已损坏、有密码，或展开后太大。"),
    "workbook": _("这是 Excel 或 Word 文件，请另存为 CSV 再传。"),
    "no-reads": _("这不是读数文件。请传 CSV、Parquet、Green Button XML、NEM12 或 NEM13，可以打成压缩包。"),
    "already-settled": _("这条异常已经处理过了。"),
    "nothing-measured": _("这段没有实测值，不能认可，请用估算值或填写电量。"),
    "no-stretch": _("与表底对不上，不能改单个读数：请补录表底，或核对后认可。"),
    "no-ground": _("没有可依据的表底和平常曲线，请填写电量。"),
    "reads-changed": _("发现之后又来了新读数，请等下一次校验后再处理。"),
    "value-impossible": _("这个电量不可能，请核对。"),
    "too-many-findings": _("一次最多 5,000 条，请再缩小范围。"),
    "serial-known": _("新表号刚刚已登记，请再提交一次。"),
    "serial-unusable": _("表号最多 32 个字，前后没有空格。"),
    "same-meter": _("新表就是现在挂着的表。"),
    "too-early": _("旧表正是这一天装上的，请选之后的日期。"),
    "bad-ratio": _("倍率是 1 到 100,000 的整数。"),
    "no-meter": _("这一天没有表挂在这个计量点。"),
    "already-installed": _("新表这段时间挂在别的计量点，或这里已有别的表。"),
}
BALANCE_STATES = {
    "SOUND": _("读数齐全"),
    "INCOMPLETE": _("读数不全，损耗仅供参考"),
    "NEGATIVE": _("负损，要查"),
    "NO_CHECK": _("没有考核表"),
    "NO_CUSTOMER": _("没有用户表"),
}
BALANCE_TONES = {"SOUND": "ok", "INCOMPLETE": "warning", "NEGATIVE": "error"}
BALANCE_MEANINGS = {
    "SOUND": _("损耗可以当真。"),
    "INCOMPLETE": _("有表整月没有读数，或缺的读数超过千分之一。先补读数。"),
    "NEGATIVE": _("出去的比进来的多，实际不会这样。查倍率和挂接。"),
    "NO_CHECK": _("进来多少没有表量，算不出损耗。"),
    "NO_CUSTOMER": _("后面没有用户表。"),
}
