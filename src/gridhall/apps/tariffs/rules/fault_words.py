"""What is wrong with a tariff, in Chinese; the language of tariffs tells it in English, in fixed words. Pure."""

from __future__ import annotations

import re

_PROBLEMS = {
    "a contracted demand has one price, no windows or tiers": "合同需量只能有一个价格，不分时段、不分档",
    "has no price": "没有价格",
    "has no price, here or in the table": "这里和价格表里都没有价格",
    "there is no table (.+), or there are two": "没有价格表 {0}，或有两个同名的",
    "there is no table (.+)": "没有表 {0}",
    "is not 101 percentages of 2 places": "不是 101 个两位小数的百分数",
    "is not a standard": "不是功率因数标准",
    "days of (.+) never come: the tariff names no calendar of holidays": "{0} 这样的日子不会出现：电价没有写节假日历",
    "the period (.+) never holds: later rules cover its hours": "时段 {0} 永远轮不到：后面的规则盖住了它的钟点",
    "there is no component (.+) above this one": "上面没有费用项 {0}",
    "no rule says which period (.+) is in": "没有规则说明 {0} 属于哪个时段",
    "no energy price has a part (.+)": "没有哪个电度电价含有组成部分 {0}",
    "there is no clause (.+)": "没有条款 {0}",
    "prices by period need a schedule": "分时段的价格要有时段表",
    "there is no price for (.+)": "{0} 没有价格",
    "there is no schedule (.+)": "没有时段表 {0}",
    "has no tier": "一档也没有",
    "(.+) stand side by side": "{0} 同时出现",
    "(.+) is not above 0": "{0} 不大于 0",
    "only the last tier may be without a limit": "只有最后一档可以没有上限",
    "(.+) is not above the limit before, (.+)": "{0} 不大于上一档的上限 {1}",
    "the last tier has a limit: what is above it has no price": "最后一档有上限：超过的部分没有价格",
    "this is not YAML: (.+)": "不是正确的 YAML（{0}）",
    "this is not YAML": "不是 YAML",
    "the character (.+) cannot stand in YAML": "YAML 里不能有字符 {0}",
    "the file is nested too deeply, or refers to itself": "文件嵌套太深，或者引用了自己",
    "the file is nested too deeply": "文件嵌套太深",
    "this is not JSON: (.+)": "不是正确的 JSON（{0}）",
    "the file has (.+)": "文件太大：{0}",
    "the file is empty": "文件是空的",
    "the file is larger than 8 MB": "文件超过 8 MB",
    "the text holds a NUL byte": "文件里有空字节，不是文本",
    "the code has more than (.+) characters": "代码超过 {0} 个字符",
    "the key stands twice": "这个键写了两次",
    "the text is not UTF-8": "文字不是 UTF-8 编码",
    "a key is a list or a mapping": "键是列表或映射",
    "is not a mapping": "不是映射",
    "there is no calendar (.+)": "没有节假日历 {0}",
    "there is no time zone (.+)": "没有时区 {0}",
    "is missing": "缺少",
    "there is no version": "一版也没有",
    "(.+) is no stretch of hours": "{0} 不是一段钟点",
    "has no rule": "一条规则也没有",
    "tells apart (.+) periods": "分了 {0} 个时段",
    "is not a component": "不是费用项",
    "(.+) stands twice": "{0} 出现了两次",
    "(.+) is not after (.+)": "{0} 不晚于 {1}",
    "begins before the version above ends": "上一版还没有结束就开始了",
    "charges nothing": "没有任何费用项",
    "some of these months stand in another row": "这些月份里有的已经写在别的行",
    "this is not a tariff": "不是电价",
    "(.+) is no kind of day": "{0} 不是一类日子",
    "(.+) is not true or false": "{0} 不是 true 或 false",
    "is not a list": "不是列表",
    "is not a text": "不是文字",
    "(.+) is not a code": "{0} 不能作代码",
    "(.+) is not one of the choices": "{0} 不在可选项里",
    "is not a number": "不是数字",
    "(.+) is not a number": "{0} 不是数字",
    "(.+) is beyond all prices and limits": "{0} 超出了一切价格和限额",
    "(.+) is below (.+)": "{0} 小于 {1}",
    "is not a whole number from (.+) to (.+)": "不是 {0} 到 {1} 的整数",
    "(.+) ends before it starts, or spans over 50 years": "{0} 先结束后开始，或超过 50 年",
    "(.+) is not a day": "{0} 不是日期",
    "(.+) is no month": "{0} 不是月份",
    "is not known": "不认识这个键",
}
_REMEDIES = {
    "use `price:`": "用 `price:`",
    "(?:add|write) (`[^`]+`(?:, `[^`]+`)*(?: or `[^`]+`)?)": "写 {0}",
    "add `price: 0.558` or `prices:` by period": "写 `price: 0.558`，或按时段写 `prices:`",
    "use cn-1983-215": "用 cn-1983-215",
    "give power factors 1.00 to 0.00": "写出功率因数 1.00 到 0.00 的各项",
    "use '0.90', '0.85' or '0.80', in quotes": "用带引号的 '0.90'、'0.85' 或 '0.80'",
    "above it stand: (.*)": "上面有：{0}",
    "later rules win: put it below them": "后面的规则优先：把它移到后面",
    "add it to the `parts:` of the energy charge, or leave it out of `excludes:`": (
        "写进电度电价的 `parts:`，或从 `excludes:` 里去掉"
    ),
    "begin the schedule with a rule without hours, such as `- {period: flat}`; later rules win": (
        "时段表先写一条不带钟点的规则，如 `- {{period: flat}}`，后面的规则优先"
    ),
    "add it under `clauses:`": "在 `clauses:` 下加上它",
    "add `schedule:`, or write one price": "加上 `schedule:`，或只写一个价格",
    "give a price for every period": "每个时段都写价格",
    "there is: (.*)": "现有：{0}",
    "write at least one `- {price: …}`": "至少写一条 `- {{price: …}}`",
    "keep one of price, prices, tiers": "price、prices、tiers 只留一个",
    "write the upper limit of the tier": "写这一档的上限",
    "order tiers upward": "各档由低到高排列",
    "leave out its `up_to`": "去掉它的 `up_to`",
    "add `price:`, or `parts: (.+)`": "加上 `price:`，或 `parts: {0}`",
    "check indents, colons and quotes in this place": "检查这里的缩进、冒号和引号",
    "save it again as JSON": "重新存成 JSON",
    "give a file of one tariff, or one account": "一个文件只放一个电价",
    "write it as docs/reference/tariff-language.md says": "照电价语言的说明来写",
    "keep one of them": "只留一个",
    "give one tariff(?:, as it was downloaded| a file)?": "一个文件只放一个电价",
    "save the file as UTF-8": "把文件存成 UTF-8",
    "write the file anew as text": "重新存成文本文件",
    "shorten it": "改短一些",
    "take it out": "去掉它",
    "write it out without anchors": "不用锚点，直接写出来",
    "use a plain word": "用普通的词",
    "merge a mapping: `<<: \\*name`": "合并的要是映射：`<<: *name`",
    "write `zone: Asia/Shanghai`, say": "例如写 `zone: Asia/Shanghai`",
    "say where the prices come from, and whether that was verified": "写明价格的来源，以及是否核对过",
    "add `versions:` with one entry": "加上 `versions:`，至少一版",
    'write "18:00-20:00", in quotes': '写成带引号的 "18:00-20:00"',
    "write at least `- {period: flat}`": "至少写 `- {{period: flat}}`",
    "(.+) are the most; join some": "最多 {0} 个，请合并一些",
    "write `- kind: energy` and its keys below": "写 `- kind: energy`，下面写它的各键",
    "write one of (.+)": "从这些里选：{0}",
    "give each component its own code": "每个费用项用自己的代码",
    "`until` is the day after the last one": "`until` 是最后一天的后一天",
    "order versions; close with `until`": "各版按日期排列，用 `until` 收尾",
    "add a component": "加一个费用项",
    "name one table": "只写一个表名",
    "write weekday, weekend, (.+)": "写 weekday、weekend、{0}",
    "keep one row a month": "一个月只留一行",
    "start from a shipped one": "从自带的电价改起",
    "write true or false": "写 true 或 false",
    "write `key: value` lines below it": "下面写 `键: 值`",
    "write `- …` lines below it": "下面写 `- …`",
    "write one line of text": "写一行文字",
    "use letters, digits, - _ . and at most 64": "用字母、数字和 - _ .，最多 64 个",
    "write it as (.+)": "写成 {0}",
    "check the figure": "核对这个数",
    "write (.+) or more": "写 {0} 或更大",
    "write (.+), say": "例如写 {0}",
    "write it in order": "按先后写",
    "did you mean (.+)\\?": "是不是 {0}？",
    "known here: (.*)": "这里认识的有：{0}",
    "add (`.+:`) with a number": "加上 {0} 和数字",
    "write months as (.+) or (.+)": "月份写成 {0} 或 {1}",
    "write 2026-01 or (.+)": "写 2026-01 或 {0}",
    "give each tariff a code of its own": "每个电价用自己的代码",
    "check the file": "检查文件",
}


def _compile(words: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """Patterns without gaps first: they say exactly what is meant."""
    ordered = sorted(words.items(), key=lambda item: "(" in item[0])
    return [(re.compile(pattern.replace("{", r"\{"), re.DOTALL), said) for pattern, said in ordered]


_SAYS = {"problem": _compile(_PROBLEMS), "remedy": _compile(_REMEDIES)}


def say_in_chinese(text: str, kind: str) -> str:
    """
    Say a problem or a remedy in Chinese; what is not known stays as it is.

    :param kind: `problem` or `remedy`.

    >>> say_in_chinese("'cheap' is not a number", "problem"), say_in_chinese("write it as 0.558", "remedy")
    ("'cheap' 不是数字", '写成 0.558')
    """
    for pattern, said in _SAYS[kind]:
        found = pattern.fullmatch(text)
        if found:
            return said.format(*found.groups())
    return text
