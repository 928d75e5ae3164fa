"""How kinds are called in the console."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ROLES = {
    "CLERK": _("营业厅"),
    "BILLING": _("核算"),
    "BILLING_APPROVER": _("核算复核"),
    "METERING": _("计量"),
    "TARIFF": _("电价"),
    "TARIFF_APPROVER": _("电价复核"),
    "MANAGER": _("主管"),
    "AUDITOR": _("审计"),
    "ADMINISTRATOR": _("系统管理"),
}
CUSTOMERS = {
    "RESIDENT": _("居民"),
    "SHOP": _("商铺"),
    "ENTERPRISE": _("企业"),
    "EV": _("充电桩"),
    "PV": _("光伏"),
}
PARTIES = {"PERSON": _("个人"), "ORGANIZATION": _("单位")}
REAL_NAMES = {
    "NONE": _("未实名"),
    "PHONE": _("手机已验证"),
    "DOCUMENT": _("证件已验证"),
    "FACE": _("证件和人脸已验证"),
    "COUNTER": _("柜台已验证"),
}
CONSENTS = {
    "SERVICE_MESSAGES": _("服务消息"),
    "MARKETING": _("营销信息"),
    "PROFILING": _("个性化建议"),
    "SHARE_WITH_PARTNERS": _("提供给合作方"),
    "SPECIAL_CARE": _("特殊关怀登记"),
}
SOCIAL = {"LOW_INCOME": _("低保户"), "FIVE_GUARANTEES": _("五保户")}
VOLTAGES = {"V220": "220 V", "V380": "380 V", "KV10": "10 kV", "KV35": "35 kV", "KV110": "110 kV", "KV220": "220 kV"}
POINTS = {"CONNECTED": _("通电"), "DISCONNECTED": _("已停电"), "REMOVED": _("已销户")}
BASIC_CHARGES = {"NONE": _("单一制"), "CAPACITY": _("按容量"), "DEMAND": _("按需量")}
BILLS = {"REGULAR": _("月度账单"), "CLOSING": _("结清账单"), "REBILL": _("更正账单")}
BILL_STATUSES = {
    "DRAFT": _("草稿"),
    "HELD": _("挂起"),
    "APPROVED": _("已复核"),
    "ISSUED": _("已发行"),
    "CANCELED": _("已作废"),
}
BILL_TONES = {"DRAFT": "info", "HELD": "warning", "APPROVED": "brand", "ISSUED": "ok", "CANCELED": "plain"}
RUNS = {"REGULAR": _("月度出账"), "CLOSING": _("结清出账"), "REBILL": _("更正出账")}
RUN_STATUSES = {
    "OPEN": _("计算中"),
    "DRAFTED": _("等复核"),
    "APPROVED": _("等发行"),
    "ISSUED": _("已发行"),
    "CANCELED": _("已作废"),
}
RUN_TONES = {"OPEN": "info", "DRAFTED": "warning", "APPROVED": "brand", "ISSUED": "ok", "CANCELED": "plain"}
FINDING_RULES = {
    "MISSING": _("缺读数"),
    "DUPLICATE": _("重复且不一致"),
    "SPIKE": _("突然偏高"),
    "NEGATIVE": _("负读数"),
    "STUCK": _("表不走字"),
    "REGISTER_SUM": _("与表底对不上"),
    "CLOCK": _("时钟偏了"),
    "ZERO_RUN": _("长时间为零"),
    "REVERSE_FLOW": _("未登记的反向送电"),
    "OVER_LIMIT": _("超过容量"),
}
TARIFF_STATUSES = {"DRAFT": _("待批准"), "APPROVED": _("已批准"), "RETIRED": _("已停用")}
TARIFF_TONES = {"DRAFT": "warning", "APPROVED": "ok", "RETIRED": "plain"}
ACCESS_ROLES = {"OWNER": _("户主"), "FAMILY": _("家人"), "STAFF": _("员工"), "AGENT": _("代办人")}
ALIASES = {"OLD_NUMBER": _("旧户号"), "OLD_CHANNEL": _("旧渠道账号")}
FOUND_BY = {
    "NUMBER": _("户号"),
    "ALIAS": _("旧户号"),
    "NAME": _("户名"),
    "PINYIN": _("拼音"),
    "PHONE": _("电话"),
    "ADDRESS": _("地址"),
    "NAME_ADDRESS": _("户名和地址"),
    "USAGE_POINT": _("计量点"),
    "METER": _("电表"),
}
UNMASK_FIELDS = {
    "NAME": _("户名"),
    "PHONE": _("电话"),
    "EMAIL": _("邮箱"),
    "ADDRESS": _("地址"),
    "ID_NUMBER": _("证件号"),
}
UNMASK_REASONS = {
    "CUSTOMER_ASKS": _("客户来电或到厅"),
    "BILL_QUESTION": _("核对账单"),
    "FIELD_WORK": _("现场作业"),
    "DATA_CHECK": _("核对档案"),
    "AUTHORITY": _("有关部门查询"),
    "OTHER": _("其他"),
}
