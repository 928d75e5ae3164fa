"""The files that accounts imports: their names, columns, and what their headers may be called in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.rules import columns as c
from gridhall.apps.accounts.rules.id_numbers import normalize_id_number
from gridhall.apps.accounts.rules.lines import normalize_header
from gridhall.apps.accounts.rules.terms import LOW_VOLTAGES, Terms, find_fault
from gridhall.apps.identity.rules import normalize_phone

Check = Callable[[dict], tuple[str, str, str] | None]


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of file. `check` looks at a whole row and gives (field, problem, remedy) of what does not fit."""

    name: str
    columns: tuple[c.Column, ...]
    check: Check | None = None
    also_required: frozenset[str] = frozenset()

    @property
    def required(self) -> set[str]:
        """Columns that the file must have; those of `also_required` may be empty in some rows."""
        return {column.name for column in self.columns if column.is_required} | self.also_required

    @property
    def headers(self) -> dict[str, str]:
        """The column for each accepted header."""
        return {
            normalize_header(title): column.name for column in self.columns for title in (column.name, *column.synonyms)
        }


def _id_number(value: str) -> str:
    number = normalize_id_number(value)
    if number is None:
        raise c.Mistake("this is no valid ID number", "check each digit")  # it is not repeated: reports travel
    return number


def _days(row: dict) -> tuple[str, str, str] | None:
    if row["ends_on"] is not None and row["ends_on"] <= row["starts_on"]:
        return "ends_on", "it ends before it has had a day", "ends_on is the first day after"
    return None


def _account_days(row: dict) -> tuple[str, str, str] | None:
    if row["closed_on"] is not None and row["closed_on"] < row["opened_on"]:
        return "closed_on", "it was closed before it was opened", "check both days"
    return None


def _terms(row: dict) -> tuple[str, str, str] | None:
    fault = _days(row)
    if fault:
        return fault
    terms = {name: row[name] for name in Terms.__slots__ if row[name] is not None}
    found = find_fault(Terms(**terms))
    return (found[0], found[1].rstrip("."), "check the contract") if found else None


def _coordinates(row: dict) -> tuple[str, str, str] | None:
    if (row["latitude"] is None) != (row["longitude"] is None):
        missing = "latitude" if row["latitude"] is None else "longitude"
        return missing, "one coordinate is there without the other", "write both, or none"
    return None


def _path(row: dict) -> tuple[str, str, str] | None:
    if row["transformer_code"] and row["feeder_code"]:
        return "feeder_code", "both a transformer and a feeder are named", "leave one of them empty"
    if row["transformer_code"] and row["voltage"] not in LOW_VOLTAGES:
        return "transformer_code", "high voltage comes straight from a feeder", "name the feeder instead"
    if row["feeder_code"] and row["voltage"] in LOW_VOLTAGES:
        return "feeder_code", "low voltage comes from a transformer", "name the transformer instead"
    return _coordinates(row)


def _contact(row: dict) -> tuple[str, str, str] | None:
    if row["kind"] == kinds.ContactKind.PHONE:
        number = normalize_phone(row["value"])
        if number is None:
            return "value", "it is not a phone number", "write it as 13812345678"
        row["value"] = number
    return None


def _consent(row: dict) -> tuple[str, str, str] | None:
    if row["withdrawn_at"] is not None and row["withdrawn_at"] < row["given_at"]:
        return "withdrawn_at", "it was taken back before it was given", "check both moments"
    return None


_NUMBER = c.matching(
    "account_number",
    "[0-9]{10}|[0-9]{13}",
    "a customer number has 10 or 13 digits",
    "number",
    "户号",
    "客户编号",
    "用户编号",
).needed()
_PARTY = c.text("party_code", 40, "客户代码", "主体编号", "当事人编号").needed()
_GROUP = c.text("group_number", 13, "集团户号", "总户号", "合并户号")
_STARTS = c.day("starts_on", "start", "开始日期", "生效日期", "起始日期").needed()
_ENDS = c.day("ends_on", "end", "结束日期", "终止日期", "失效日期")
_LATITUDE = c.degrees("latitude", 90, "lat", "纬度")
_LONGITUDE = c.degrees("longitude", 180, "lon", "lng", "经度")

_CUSTOMERS = {"居民": "RESIDENT", "家庭": "RESIDENT", "商户": "SHOP", "店铺": "SHOP", "企业": "ENTERPRISE",
              "充电": "EV", "电动汽车": "EV", "光伏": "PV"}  # fmt: skip
_PLACES = {
    "县": "COUNTY",
    "区": "COUNTY",
    "镇": "TOWN",
    "乡": "TOWN",
    "乡镇": "TOWN",
    "村": "VILLAGE",
    "社区": "VILLAGE",
}
_AREAS = {"城市": "CITY", "城镇": "CITY", "农村": "RURAL", "偏远": "REMOTE", "边远": "REMOTE"}
_VOLTAGES = {"220V": "V220", "380V": "V380", "10kV": "KV10", "35kV": "KV35", "110kV": "KV110", "220kV": "KV220",
             "交流220V": "V220", "交流380V": "V380", "交流10kV": "KV10", "交流35kV": "KV35"}  # fmt: skip
_STATUSES = {
    "在用": "CONNECTED",
    "正常": "CONNECTED",
    "停用": "DISCONNECTED",
    "暂停": "DISCONNECTED",
    "拆除": "REMOVED",
}
_BASIC = {
    "单一制": "NONE",
    "无": "NONE",
    "容量": "CAPACITY",
    "按容量": "CAPACITY",
    "需量": "DEMAND",
    "按需量": "DEMAND",
}
_SOCIAL = {
    "无": "NONE",
    "低保": "LOW_INCOME",
    "低保户": "LOW_INCOME",
    "五保": "FIVE_GUARANTEES",
    "五保户": "FIVE_GUARANTEES",
}
_ROLES = {"户主": "OWNER", "本人": "OWNER", "家人": "FAMILY", "员工": "STAFF", "代理": "AGENT", "代办": "AGENT"}
_SCOPES = {
    "看账单": "VIEW_BILLS",
    "看用电": "VIEW_USAGE",
    "交费": "PAY",
    "缴费": "PAY",
    "办理": "APPLY",
    "管理": "MANAGE",
}
_METHODS = {"自动匹配": "AUTO_MATCH", "柜台": "COUNTER", "授权": "GRANTED"}
_LEVELS = {"未实名": "NONE", "手机": "PHONE", "证件": "DOCUMENT", "柜台": "COUNTER"}
_CONSENTS = {"服务消息": "SERVICE_MESSAGES", "营销": "MARKETING", "画像": "PROFILING", "共享": "SHARE_WITH_PARTNERS",
             "特殊关怀": "SPECIAL_CARE"}  # fmt: skip
_ALIASES = {"旧户号": "OLD_NUMBER", "旧渠道": "OLD_CHANNEL"}

PLACES = Table(
    "places",
    (
        c.matching("code", "[0-9]{6,12}", "a national code has 6 to 12 digits", "编码", "区划代码").needed(),
        c.text("name", 80, "名称").needed(),
        c.text("name_en", 120, "英文名"),
        c.choice("kind", kinds.PlaceKind, _PLACES, "类型", "级别").needed(),
        c.text("parent_code", 12, "上级编码", "上级代码"),
        c.choice("area", kinds.AreaKind, _AREAS, "地区类型", "区域类型"),
        _LATITUDE,
        _LONGITUDE,
    ),
    _coordinates,
)
FEEDERS = Table(
    "feeders",
    (
        c.text("code", 32, "feeder_code", "编码", "线路编号").needed(),
        c.text("name", 80, "名称", "线路名称").needed(),
        c.text("substation", 80, "变电站").needed(),
    ),
)
TRANSFORMERS = Table(
    "transformers",
    (
        c.text("code", 32, "transformer_code", "编码", "台区编号").needed(),
        c.text("name", 80, "名称", "台区名称").needed(),
        c.text("feeder_code", 32, "线路编号", "所属线路").needed(),
        c.decimal("capacity_kva", 9, 3, "capacity", "容量").needed(),
    ),
)
PARTIES = Table(
    "parties",
    (
        c.text("code", 40, "party_code", "编号", "客户代码", "主体编号", "当事人编号").needed(),
        c.choice(
            "kind", kinds.PartyKind, {"个人": "PERSON", "单位": "ORGANIZATION", "企业": "ORGANIZATION"}, "类型"
        ).needed(),
        c.text("name", 120, "姓名", "名称", "户名").needed(),
        c.phone("phone", "手机", "手机号", "电话", "联系电话"),
        c.matching("email", r"[^@\s]+@[^@\s]+\.[^@\s]+", "write it as name@example.com", "邮箱", "电子邮箱"),
        c.Column("id_number", "text", _id_number, ("证件号", "证件号码", "身份证号", "统一社会信用代码")),
        c.choice("real_name_level", kinds.RealNameKind, _LEVELS, "实名等级", "实名级别"),
    ),
)
CONTACTS = Table(
    "contacts",
    (
        _PARTY,
        c.choice(
            "kind", kinds.ContactKind, {"电话": "PHONE", "手机": "PHONE", "邮箱": "EMAIL", "地址": "POSTAL"}, "类型"
        ).needed(),
        c.text("value", 200, "联系方式", "内容").needed(),
    ),
    _contact,
)
ACCOUNTS = Table(
    "accounts",
    (
        _NUMBER,
        c.choice("kind", kinds.CustomerKind, _CUSTOMERS, "类型", "客户类型", "用户类型").needed(),
        c.text("name", 120, "户名", "名称").needed(),
        c.text("industry_code", 8, "行业", "行业代码"),
        c.text("billing_cycle", 16, "抄表周期", "结算周期"),
        c.day("opened_on", "立户日期", "开户日期").needed(),
        c.day("closed_on", "销户日期"),
        _GROUP,  # merged by GROUPS, in a second pass
    ),
    _account_days,
)
GROUPS = Table("groups", (_NUMBER, _GROUP))
AGREEMENTS = Table("agreements", (_NUMBER, _PARTY, _STARTS, _ENDS), _days)
TERMS = Table(
    "terms",
    (
        _NUMBER,
        _STARTS,
        _ENDS,
        c.text("tariff_code", 64, "tariff", "电价", "电价代码").needed(),
        c.decimal("contract_capacity_kva", 9, 3, "contract_capacity", "合同容量", "运行容量"),
        c.decimal("contract_demand_kw", 9, 3, "contract_demand", "合同需量", "核定需量"),
        c.choice("basic_charge", kinds.BasicChargeKind, _BASIC, "基本电费", "基本电费计收方式"),
        c.whole("household_size", 99, "家庭人口", "人口数", "户籍人口"),
        c.choice("social", kinds.SocialKind, _SOCIAL, "社会救助", "低保五保", "优惠类别"),
        c.decimal("power_factor_standard", 1, 2, "功率因数标准", "功率因数考核标准"),
    ),
    _terms,
)
USAGE_POINTS = Table(
    "usage_points",
    (
        c.text("code", 32, "usage_point_code", "计量点编号", "用电点编号").needed(),
        _NUMBER,
        c.text("place_code", 12, "区划代码", "地点编码").needed(),
        c.text("address", 200, "地址", "用电地址").needed(),
        c.choice("voltage", kinds.VoltageKind, _VOLTAGES, "电压", "电压等级").needed(),
        c.text("transformer_code", 32, "台区编号", "变压器编号"),
        c.text("feeder_code", 32, "线路编号"),
        c.yes_or_no("has_generation", "发电", "是否发电"),
        c.choice("status", kinds.UsagePointStatusKind, _STATUSES, "状态"),
        c.day("connected_on", "接电日期", "送电日期").needed(),
        _LATITUDE,
        _LONGITUDE,
    ),
    _path,
)
CUSTOMER_TRANSFORMERS = Table(
    "customer_transformers",
    (
        c.text("usage_point_code", 32, "计量点编号", "用电点编号").needed(),
        c.text("name", 80, "名称").needed(),
        c.decimal("capacity_kva", 9, 3, "capacity", "容量").needed(),
        _STARTS,
        _ENDS,
    ),
    _days,
)
ALIASES = Table(
    "aliases",
    (
        _NUMBER,
        c.choice("kind", kinds.AliasKind, _ALIASES, "类型").needed(),
        c.text("source", 40, "来源", "渠道").needed(),
        c.text("value", 80, "旧号", "旧编号", "标识").needed(),
    ),
)
ACCESSES = Table(
    "accesses",
    (
        _NUMBER,
        c.phone("phone", "手机", "手机号").needed(),
        c.choice("role", kinds.AccessRoleKind, _ROLES, "角色", "关系").needed(),
        c.choices("scopes", kinds.AccessScopeKind, _SCOPES, "权限").needed(),
        c.choice("method", kinds.BindingMethodKind, _METHODS, "方式", "绑定方式"),
        c.text("tag", 40, "标签"),
        _STARTS,
        _ENDS,
    ),
    _days,
)
CONSENTS = Table(
    "consents",
    (
        _PARTY,
        c.choice("kind", kinds.ConsentKind, _CONSENTS, "类型", "事项").needed(),
        c.moment("given_at", "同意时间", "授权时间").needed(),
        c.moment("withdrawn_at", "撤回时间"),
        c.text("source", 120, "来源").needed(),
    ),
    _consent,
)

# In the order in which they are read: each names only what stands in those before it.
TABLES = (
    PLACES, FEEDERS, TRANSFORMERS, PARTIES, CONTACTS, ACCOUNTS, AGREEMENTS, TERMS, USAGE_POINTS, CUSTOMER_TRANSFORMERS,
    ALIASES, CONSENTS, ACCESSES,
)  # fmt: skip
