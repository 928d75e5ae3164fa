"""What is wrong with a row of a file, in Chinese: programs that read files speak English; here is what they say."""

from __future__ import annotations

import re

from gridhall.interfaces.shared import formats

# What is not listed is shown as it was said, marked as English.
_SAID: tuple[tuple[str, str], ...] = (
    (r"(.+): (?:month|day|hour|minute|second)s? .*", "{0} 不是时间"),
    (r"(.+) is not a number", "{0} 不是数字"),
    (r"(.+) is negative", "{0} 是负数"),
    (r"is negative", "是负数"),
    (r"is empty|the time is empty", "是空的"),
    (r"(.+) is too large for one interval", "{0} 对一刻来说太大"),
    (r"the energy of (.+) is too large to be true", "{0} 的电量大得不可能"),
    (r"(.+) stands in an earlier row of the same meter, with another value", "{0} 在前面已有一行，值不同"),
    (r"(.+) stands on line (.+) already, with another value", "{0} 在第 {1} 行已有，值不同"),
    (r"(.+) is off the grid of (.+)", "{0} 不在整刻上"),
    (r"([\d,]+) reads of (.+) lie on days on which no meter hung there", "{1} 有 {0} 个读数落在没有挂表的日子"),
    (
        r"([\d,]+) quarter hours of (.+) lack some of their 5-minute reads: left out",
        "{1} 有 {0} 刻的 5 分钟读数不全，没有采用",
    ),
    (r"([\d,]+) rows repeat an earlier row exactly; each counted once", "有 {0} 行完全重复，只算一次"),
    (r"has ([\d,]+) faults", "有 {0} 处错误"),
    (r"cannot be read: .*|is damaged: .*", "读不出来，可能已损坏"),
    (r"is outside 1970 to 2100", "年份不对"),
    (r"there is no such file|the kept file is gone", "文件不在了"),
    (r"(.+) is no (?:time|date|moment)\b.*", "{0} 不是时间"),
    (
        r"(.+) belongs to no meter.*|no meter.* is called (.+)|(.+) is (?:unknown|not known).*",
        "没有这块表、计量点或户号：{0}",
    ),
    (r"correct the time, or give one interval length throughout", "改正时间，或全文件用同一间隔"),
    (r"keep the right one.*", "只留正确的一行"),
    (r"check the unit.*", "核对单位"),
    (r"copy or download it again|write it again|get the whole file.*", "重新导出或下载后再传"),
    (r"write it as (.+)", "写成 {0}"),
    (r"give at least two reads", "至少给两个读数"),
    (r"look for a wrong year", "看看年份是否写错"),
    (r"split the file", "拆成几个文件"),
    (r"send whole quarter hours", "请给完整的一刻"),
    (r"register the meter.*|check the number.*", "先登记电表，或核对表号"),
    (r"put energy that went to the grid into export_kwh", "送电网的电量写到 export_kwh 列"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern), words) for pattern, words in _SAID)


def word_fault(text: str) -> tuple[str, str]:
    """Give what is said in the language of the page, and the language it is in where that is another one."""
    if not formats.is_chinese():
        return text, ""
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return words.format(*[group for group in found.groups() if group is not None] or [""]), ""
    return text, "en"
