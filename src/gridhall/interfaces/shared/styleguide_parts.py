"""Every component in every state, for the style guide."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import get_language

from gridhall.interfaces.shared import components as parts
from gridhall.interfaces.shared.components import Badge, Button, Cell, Column, Component, Entry, ListRow, Stage, Tab
from gridhall.interfaces.shared.components import ToneKind as Tone

Examples = list[tuple[str, Component]]

LONG_NAME = (
    "恩施土家族苗族自治州咸丰县高乐山镇楚蜀大道一百二十八号武陵山民族特色农产品加工与冷链物流综合服务专业合作社联合社有限公司",
    "Wuling Mountain Specialty Produce and Cold-Chain Cooperative",
)
"""Names of sixty characters, Chinese and English."""


def say(chinese: str, english: str) -> str:
    """Give the words of the language of the moment."""
    return english if get_language() == "en" else chinese


def _long() -> str:
    return say(*LONG_NAME)


def _buttons() -> Examples:
    pay = say("提交", "Send")
    return [
        (say("主要", "Primary"), Button(pay)),
        (say("次要", "Soft"), Button(say("保存草稿", "Save a draft"), look="soft")),
        (say("文字", "Plain"), Button(say("取消", "Cancel"), look="plain")),
        (say("危险", "Danger"), Button(say("解除绑定", "Remove"), look="danger")),
        (
            say("带图标的链接", "A link with an icon"),
            Button(say("刷新", "Refresh"), href="?", icon="refresh", look="soft"),
        ),
        (say("正在提交", "Busy"), Button(pay, is_busy=True)),
        (
            say("不能按，并说明原因", "Disabled, with the reason"),
            Button(
                pay,
                is_disabled=True,
                reason=say("验证码已发送，59 秒后可以重发。", "A code was sent; try again in 59 seconds."),
            ),
        ),
        (say("整行，文字很长", "Wide, long words"), Button(_long(), is_wide=True)),
    ]


def _badges() -> Examples:
    words = {
        Tone.PLAIN: say("草稿", "Draft"),
        Tone.CALM: say("居民", "Home"),
        Tone.GOOD: say("已缴清", "Paid"),
        Tone.DUE: say("含估算", "Estimated"),
        Tone.BAD: say("已逾期", "Overdue"),
        Tone.TOLD: say("处理中", "Under way"),
    }
    found: Examples = [(tone.value, Badge(word, tone)) for tone, word in words.items()]
    icon = Badge(say("数据到 11月22日", "Data to Nov 22"), icon="clock")
    return [*found, (say("带图标", "With an icon"), icon), (say("文字很长", "Long words"), Badge(_long(), Tone.TOLD))]


def _notices() -> Examples:
    outage = say("11月26日 08:30–14:00 澄江路沿线。", "November 26, 08:30–14:00, along Chengjiang Road.")
    return [
        ("CALM", parts.Notice(say("您的电价不分时段。", "Your price is the same all day."))),
        ("DUE", parts.Notice(outage, title=say("计划停电", "Planned outage"), tone=Tone.DUE, icon="alert-triangle")),
        (
            "BAD",
            parts.Notice(
                say("手机号或密码不对。", "Wrong phone number or password."), tone=Tone.BAD, icon="alert-triangle"
            ),
        ),
        ("GOOD", parts.Notice(say("已保存。", "Saved."), tone=Tone.GOOD, icon="circle-check")),
        (
            "TOLD",
            parts.Notice(
                say("三天内有人联系您。", "Somebody calls you within three days."),
                tone=Tone.TOLD,
                icon="clock",
                link=say("看进度", "See the progress"),
                href="?",
            ),
        ),
        (say("文字很长", "Long words"), parts.Notice(_long() * 2, title=_long(), tone=Tone.DUE)),
    ]


def _empty_states() -> Examples:
    return [
        (
            say("有下一步", "With a next step"),
            parts.EmptyState(
                say("还没有账单", "No bills yet"),
                say("第一张账单在下月 5 日出来。", "The first one comes on the 5th of next month."),
                "receipt-off",
                Button(say("看用电", "See usage"), href="?", look="soft"),
                level=4,
            ),
        ),
        (
            say("没有网络", "No network"),
            parts.EmptyState(
                say("没有网络", "No network"),
                say("连上以后再试一次。", "Try again once you are connected."),
                "wifi-off",
                level=4,
            ),
        ),
    ]


def _rows() -> tuple[ListRow, ...]:
    paid, due = Badge(say("已缴清", "Paid"), Tone.GOOD), Badge(say("待缴", "Due"), Tone.DUE)
    return (
        ListRow(say("2026年10月", "October 2026"), "312 kWh", "?", "receipt-yen", "¥186.42", due),
        ListRow(say("2026年9月", "September 2026"), "298 kWh", "?", "receipt-yen", "¥172.10", paid),
        ListRow(_long(), _long(), "?", "building-factory-2", "¥1,234,567,890.12", paid),
        ListRow(say("没有链接的一行", "A row without a link"), say("只是告诉您", "Only tells")),
    )


def _list_rows() -> Examples:
    return [
        (
            say("卡片里的列表", "A list in a card"),
            parts.ListCard(_rows(), say("账单", "Bills"), say("全部", "All"), "?", level=4),
        )
    ]


def _facts() -> Examples:
    pairs = (
        (say("户名", "Name"), _long()),
        (say("户号", "Customer number"), "4228260001234"),
        (say("地址", "Address"), say("咸丰县高乐山镇楚蜀大道 128 号", "128 Chushu Road, Gaoleshan, Xianfeng")),
    )
    return [(say("一般", "Usual"), parts.Facts(pairs))]


def _figures() -> Examples:
    from gridhall.interfaces.shared.charts.spark import draw_spark

    spark = draw_spark([3, 5, 4, None, None, 6, 8, 7, 9, 8, 11])
    return [
        (
            say("有变化", "With a change"),
            parts.Figure(
                say("本月用电", "This month"),
                "187.1",
                "kWh",
                say("至 11月22日", "to November 22"),
                "−14.4%",
                Tone.GOOD,
                spark=str(spark),
            ),
        ),
        (
            say("要注意", "Attention"),
            parts.Figure(
                say("异常账单", "Exceptions"),
                "42",
                say("张", "bills"),
                say("截至 10:24", "as of 10:24"),
                "+9",
                Tone.BAD,
                "?",
            ),
        ),
        (
            say("没有数字", "No figure"),
            parts.Figure(say("昨日用电", "Yesterday"), "–", "", say("还没有读数", "No readings yet")),
        ),
        (say("数字很长", "Long figure"), parts.Figure(_long(), "1,234,567,890.12", "kWh")),
    ]


def _steps() -> Examples:
    stages = (
        Stage(say("已受理", "Received"), say("11月20日 09:12", "November 20, 09:12"), "done"),
        Stage(say("现场勘查", "Site visit"), say("明天上午", "Tomorrow morning"), "now"),
        Stage(say("装表接电", "Meter and connection")),
    )
    failed = (stages[0], Stage(say("审核", "Review"), _long(), "failed"))
    return [
        (say("进行中", "Under way"), parts.Steps(say("新装进度", "New supply"), stages)),
        (say("没有成功", "Failed"), parts.Steps(say("申请进度", "Request"), failed)),
    ]


def _timelines() -> Examples:
    entries = (
        Entry("11-22 10:24", say("账单已发出", "Bill issued"), "¥186.42", "?", Tone.GOOD),
        Entry(
            "11-20 08:00",
            say("读数缺失", "Readings missing"),
            say("3 小时，已估算", "3 hours, estimated"),
            tone=Tone.DUE,
        ),
        Entry("2025-03-01", say("过户", "Account moved"), _long()),
    )
    return [(say("一般", "Usual"), parts.Timeline(say("经过", "What happened"), entries))]


def _pagers() -> Examples:
    return [
        (
            say("中间", "In the middle"),
            parts.Pager(say("第 2 页，共 9 页", "Page 2 of 9"), "?page=1", "?page=3", say("翻页一", "Pages 1")),
        ),
        (
            say("最后", "At the end"),
            parts.Pager(say("第 9 页，共 9 页", "Page 9 of 9"), "?page=8", "", say("翻页二", "Pages 2")),
        ),
    ]


def _tables() -> Examples:
    columns = (
        Column(say("时段", "Period"), is_number=False),
        Column("kWh"),
        Column(say("单价（元）", "Price (yuan)")),
        Column(say("电费（元）", "Amount (yuan)")),
        Column(say("说明", "Note"), is_number=False),
    )
    rows = (
        (Cell(say("峰", "Peak"), href="?"), "56.2", "0.638", "35.86", ""),
        (Cell(say("谷", "Valley"), badge=Badge(say("估", "Est."), Tone.DUE)), "45.3", "0.288", "13.05", _long()),
    )
    total = (say("合计", "Total"), "101.5", "", "48.91", "")
    usual = parts.DataTable(
        say("分时电费", "Cost by period"), columns, rows, total, anchor="guide-usual", current_row=0
    )
    empty = parts.DataTable(
        say("没有内容的表", "A table of nothing"),
        columns,
        (),
        anchor="guide-empty",
        empty=say("这段时间没有用电。", "Nothing was used in this time."),
    )
    return [(say("一般", "Usual"), usual), (say("空的", "Empty"), empty)]


def _progress() -> Examples:
    return [
        (
            say("进行中", "Under way"),
            parts.Progress(
                say("出账", "Bill run"),
                12400,
                20000,
                say("还要约 2 分钟，可以离开本页。", "About 2 minutes; you may leave this page."),
            ),
        ),
        (say("不知多久", "Nobody knows how long"), parts.Progress(say("读取文件", "Reading the file"), None, 100)),
        (
            say("出错停下", "Stopped"),
            parts.Progress(say("导入", "Import"), 310, 400, say("90 行有错。", "90 lines have faults."), Tone.BAD),
        ),
        (say("完成", "Done"), parts.Progress(_long(), 400, 400, tone=Tone.GOOD)),
    ]


def _dialogs() -> Examples:
    opener = Button(say("打开", "Open"), look="soft", sheet="guide-dialog")
    text = say(
        "解除后，您看不到这个户号的账单和用电；户号本身不受影响，随时可以再绑定。",
        "You will no longer see its bills and usage. The account itself stays as it is, and you can add it again.",
    )
    remove = Button(say("解除绑定", "Remove"), look="danger", name="confirm", value="1")
    closed = parts.Dialog("guide-dialog", say("解除绑定这个户号？", "Remove this account?"), text, "", remove)
    shown = parts.Dialog("guide-open", say("没有脚本时", "Without a script"), _long(), "", remove, is_open=True)
    return [
        (say("先按这里", "Press here first"), opener),
        (say("弹出", "Opened by it"), closed),
        (say("在页面里", "In the page"), shown),
    ]


def _tabs() -> Examples:
    days = (Tab(say("日", "Day"), "?"), Tab(say("月", "Month"), "?", True), Tab(say("年", "Year"), "?"))
    counted = (Tab(say("全部", "All"), "?", True, 128), Tab(say("异常", "Exceptions"), "?", False, 6))
    return [
        (say("一般", "Usual"), parts.Tabs(say("看多长", "How long"), days)),
        (say("带数目", "With counts"), parts.Tabs(say("哪些账单", "Which bills"), counted)),
    ]


def _disclosures() -> Examples:
    why = say("为什么要填", "Why we ask")
    answer = say("停电、账单出来时用它通知您。", "To tell you of outages and new bills.")
    return [
        (say("合上", "Closed"), parts.Disclosure(why, answer)),
        (say("打开", "Open"), parts.Disclosure(why, answer + _long(), is_open=True)),
    ]


def _waiting() -> Examples:
    return [(say("正在取", "Being fetched"), parts.Waiting(say("正在取数据", "Fetching"), 3))]


def _legends() -> Examples:
    keys = (
        parts.Key(say("尖", "Sharp"), "sharp", "35.0", "19%"),
        parts.Key(say("峰", "Peak"), "peak", "56.2", "30%"),
        parts.Key(say("平", "Flat"), "flat", "50.6", "27%"),
        parts.Key(say("谷", "Valley"), "valley", "45.3", "24%"),
    )
    return [(say("一般", "Usual"), parts.Legend(say("各时段用电", "By period"), keys))]


EXAMPLES: dict[type[Component], Callable[[], Examples]] = {
    parts.Button: _buttons,
    parts.Badge: _badges,
    parts.Notice: _notices,
    parts.EmptyState: _empty_states,
    parts.ListCard: _list_rows,
    parts.Facts: _facts,
    parts.Figure: _figures,
    parts.Steps: _steps,
    parts.Timeline: _timelines,
    parts.Pager: _pagers,
    parts.DataTable: _tables,
    parts.Progress: _progress,
    parts.Dialog: _dialogs,
    parts.Tabs: _tabs,
    parts.Disclosure: _disclosures,
    parts.Waiting: _waiting,
    parts.Legend: _legends,
}
"""By component; rows of lists stand in their card, charts in `styleguide_charts.py`."""
