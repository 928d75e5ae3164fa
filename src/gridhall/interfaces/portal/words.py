"""How kinds are called on screen, and how they look."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

PERIODS = {
    "SHARP": (_("尖"), "sharp"),
    "PEAK": (_("峰"), "peak"),
    "FLAT": (_("平"), "flat"),
    "VALLEY": (_("谷"), "valley"),
    "DEEP_VALLEY": (_("深谷"), "deep-valley"),
}
# From the ground up: cheap energy carries the dear.
STACKING = ("DEEP_VALLEY", "VALLEY", "FLAT", "PEAK", "SHARP")

CUSTOMERS = {
    "RESIDENT": (_("居民"), "home-bolt"),
    "SHOP": (_("商铺"), "building-store"),
    "ENTERPRISE": (_("企业"), "building-factory-2"),
    "EV": (_("充电桩"), "charging-pile"),
    "PV": (_("光伏"), "solar-panel-2"),
}
GROUPS = {
    "ENERGY": _("电度电费"),
    "TIER": _("阶梯电费"),
    "BASIC": _("容（需）量电费"),
    "POWER_FACTOR": _("功率因数调整"),
    "FUNDS": _("政府性基金及附加"),
    "TAX": _("税"),
    "FIXED": _("固定费用"),
    "ALLOWANCE": _("减免"),
    "CREDIT": _("抵扣与补贴"),
}
GROUP_COLORS = {"ENERGY": "total", "TIER": "total", "BASIC": "flat", "POWER_FACTOR": "peak", "FUNDS": "export"}
BILLS = {"REGULAR": _("月度账单"), "CLOSING": _("结清账单"), "REBILL": _("更正账单")}
COMPARISONS = {"LAST_MONTH": _("比上月"), "LAST_YEAR": _("比去年同月")}
BESIDE = {"YESTERDAY": _("前一天"), "LAST_WEEK": _("上周同日")}
CAUSES = {
    "QUANTITY": _("用电量"),
    "PRICE": _("单价"),
    "SEASON": _("时段"),
    "TIER": _("阶梯"),
    "CAPACITY": _("容需量"),
    "ALLOWANCE": _("减免"),
    "FEED_IN": _("上网"),
    "OTHER": _("其他"),
}
HOLIDAYS = {
    "new_year": _("元旦"),
    "spring_festival": _("春节"),
    "tomb_sweeping": _("清明节"),
    "labor_day": _("劳动节"),
    "dragon_boat": _("端午节"),
    "mid_autumn": _("中秋节"),
    "national_day": _("国庆节"),
}
MONTHS_LEFT_OUT = {"INCOMPLETE": _("读数不全")}
TARIFFS_LEFT_OUT = {
    "NO_PRICES": _("有的月份没有价格"),
    "NEEDS_CAPACITY": _("要有合同容量或需量才能算"),
    "NO_FEED_IN": _("不收购上网电量"),
    "NO_GENERATION": _("给有光伏上网的户"),
}
ORDERS = {"amount": _("电费"), "energy": _("电量"), "change": _("增长"), "number": _("户号")}
METHODS: dict[str, Any] = {
    "CORRECTED": _("已更正"),
    "MANUAL": _("人工抄表"),
    "ESTIMATED_LINEAR": _("按前后读数推算"),
    "ESTIMATED_PROFILE": _("按相似的日子推算"),
    "ESTIMATED_REGISTER": _("按表码推算"),
    "ESTIMATED_OTHER": _("由数据来源估算"),
    "SUSPECT": _("待核实"),
    "MISSING": _("缺读数"),
}
FORMATS = {
    "CSV": _("CSV（任何表格软件都能打开）"),
    "XLSX": _("Excel 工作簿"),
    "GREEN_BUTTON": _("Green Button（绿色按钮 XML，国际通用，含账单）"),
}
RESOLUTIONS = {"QUARTER_HOUR": _("每 15 分钟"), "DAY": _("每天")}
READ_QUALITIES = {
    "measured": _("实测"),
    "corrected": _("已更正"),
    "manual": _("人工抄表"),
    "estimated_linear": _("按前后读数推算"),
    "estimated_profile": _("按相似的日子推算"),
    "estimated_register": _("按表码推算"),
    "estimated_other": _("由数据来源估算"),
    "suspect": _("待核实"),
    "missing": _("缺读数"),
    "estimated": _("含估算"),
    "incomplete": _("不完整"),
}
UNITS = {"CNY": _("元"), "month": _("个月"), "day": _("天"), "year": _("年")}
PER_UNITS = {"month": _("月"), "day": _("日"), "year": _("年")}
