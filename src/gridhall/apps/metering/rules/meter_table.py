"""The file of meters: which meter measures which usage point, feeder or transformer from a day on, and its ratios."""

from __future__ import annotations

from gridhall.apps.accounts.rules import columns as c
from gridhall.apps.accounts.rules.tables import Table

HIGHEST_RATIO = 100_000


def _row(row: dict) -> tuple[str, str, str] | None:
    if row["starts_on"] is None and (row["usage_point_code"] or row["ends_on"] or row["opening_kwh"] is not None):
        return "starts_on", "it is empty", "say from which day on the meter hangs; only a check meter needs none"
    if row["ends_on"] is not None and row["ends_on"] <= row["starts_on"]:
        return "ends_on", "it ends before it has had a day", "ends_on is the first day after"
    named = [name for name in ("usage_point_code", "feeder_code", "transformer_code") if row[name]]
    if len(named) != 1:
        said = " and ".join(named) or "nothing"
        problem = f"a meter measures one thing, and the row names {said}"
        return "usage_point_code", problem, "name one usage point, or the feeder or transformer of a check meter"
    if named != ["usage_point_code"] and row["ends_on"] is not None:
        return "ends_on", "a check meter has no last day", "leave it empty"
    for name in ("ct_ratio", "pt_ratio"):
        if row[name] == 0:
            return name, "a ratio of 0 measures nothing", "write 1 where there is no transformer"
    if row["register_digits"] is not None and not 1 <= row["register_digits"] <= 12:
        return (
            "register_digits",
            f"a register has 1 to 12 digits, not {row['register_digits']}",
            "count the whole digits",
        )
    if row["opening_kwh"] is not None and row["opening_kwh"] >= 10 ** (row["register_digits"] or 6):
        return "opening_kwh", "a register of so many digits cannot show it", "check the value and register_digits"
    return None


METERS = Table(
    "meters",
    (
        c.text(
            "serial_number", 32, "meter", "serial", "meter_serial", "表号", "电表编号", "电能表编号", "资产编号"
        ).needed(),
        c.text("usage_point_code", 32, "usage_point", "计量点编号", "用电点编号"),
        c.text("feeder_code", 32, "线路编号"),
        c.text("transformer_code", 32, "台区编号", "变压器编号"),
        c.day("starts_on", "start", "开始日期", "装表日期", "安装日期"),
        c.day("ends_on", "end", "结束日期", "拆表日期", "拆除日期"),
        c.whole("ct_ratio", HIGHEST_RATIO, "ct", "电流互感器变比", "CT变比", "电流变比"),
        c.whole("pt_ratio", HIGHEST_RATIO, "pt", "电压互感器变比", "PT变比", "电压变比"),
        c.decimal("opening_kwh", 12, 3, "opening", "起码", "装表示数", "起始示数"),
        c.text("model", 40, "型号"),
        c.whole("register_digits", 99, "digits", "表位数", "位数"),
    ),
    _row,
    also_required=frozenset({"starts_on"}),
)
"""`meters.csv`. A meter may stand on several rows: one for each place or ratio it had."""
