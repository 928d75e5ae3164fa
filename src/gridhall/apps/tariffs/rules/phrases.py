"""Months, kinds of days and hours of a tariff in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Sequence

MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SELECTORS = {
    "monday": ("星期一", "Mondays"),
    "tuesday": ("星期二", "Tuesdays"),
    "wednesday": ("星期三", "Wednesdays"),
    "thursday": ("星期四", "Thursdays"),
    "friday": ("星期五", "Fridays"),
    "saturday": ("星期六", "Saturdays"),
    "sunday": ("星期日", "Sundays"),
    "weekday": ("周一到周五", "Monday to Friday"),
    "weekend": ("周六和周日", "Saturday and Sunday"),
    "holiday": ("节假日", "public holidays"),
    "long_holiday": ("三天以上的节假日", "holidays of three days or more"),
    "working_day": ("工作日", "working days"),
    "rest_day": ("休息日", "days off"),
    "moved_working_day": ("调休上班日", "moved working days"),
}
HOLIDAYS = {
    "new_year": ("元旦", "New Year"),
    "spring_festival": ("春节", "Spring Festival"),
    "tomb_sweeping": ("清明节", "Qingming"),
    "labor_day": ("劳动节", "Labor Day"),
    "dragon_boat": ("端午节", "Dragon Boat"),
    "mid_autumn": ("中秋节", "Mid-Autumn"),
    "national_day": ("国庆节", "National Day"),
}


def say_months(months: Sequence[int], *, is_english: bool) -> str:
    """
    Say which months of the year are meant; those around the turn of the year stay together.

    >>> say_months((7, 8), is_english=False), say_months(range(1, 13), is_english=True)
    ('7、8月', 'all year')
    >>> say_months((1, 2, 3, 4, 5, 6, 9, 10, 11, 12), is_english=False)
    '9月至次年6月'
    """
    present = set(months)
    if len(present) == 12:
        return "all year" if is_english else "全年"
    starts = sorted(month for month in present if (month - 2) % 12 + 1 not in present)
    said = []
    for start in starts:
        last, length = start, 1
        while last % 12 + 1 in present and length < 12:
            last, length = last % 12 + 1, length + 1
        said.append(_say_stretch(start, last, length, is_english))
    if is_english:
        return ", ".join(said)
    if all(text.endswith("月") and "至" not in text for text in said):
        return "、".join(text[:-1] for text in said) + "月"
    return "、".join(said)


def _say_stretch(first: int, last: int, length: int, is_english: bool) -> str:
    if is_english:
        start, end = MONTHS_EN[first - 1], MONTHS_EN[last - 1]
        return start if length == 1 else f"{start} and {end}" if length == 2 else f"{start} to {end}"
    if length == 1:
        return f"{first}月"
    if length == 2 and last > first:
        return f"{first}、{last}月"
    return f"{first}月至次年{last}月" if last < first else f"{first}月至{last}月"


def say_selector(selector: str, *, is_english: bool) -> str:
    """
    Say which kind of day a selector means.

    >>> say_selector("holiday:spring_festival", is_english=False), say_selector("special:hot", is_english=True)
    ('春节', 'special days (hot)')
    """
    kind, _, name = selector.partition(":")
    if kind == "special":
        return f"special days ({name})" if is_english else f"特定日（{name}）"
    if name:
        return HOLIDAYS.get(name, (name, name))[is_english]
    return _SELECTORS.get(kind, (kind, kind))[is_english]


def say_hours(hours: Sequence[tuple[int, int]], *, is_english: bool) -> str:
    """
    Say hours of a day; a stretch over midnight is said in one.

    >>> say_hours([(0, 420), (1380, 1440)], is_english=False)
    '23:00–次日7:00'
    >>> say_hours([(0, 1440)], is_english=True)
    'all day'
    """
    spans = list(hours)
    if spans == [(0, 1440)]:
        return "all day" if is_english else "全天"
    tail = ""
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == 1440:
        end = clock(spans[0][1])
        tail = f"{clock(spans[-1][0])}–{end} next day" if is_english else f"{clock(spans[-1][0])}–次日{end}"
        spans = spans[1:-1]
    said = [f"{clock(start)}–{clock(end)}" for start, end in spans] + ([tail] if tail else [])
    return (", " if is_english else "、").join(said)


def clock(minute: int) -> str:
    """
    Write a minute of the day.

    >>> clock(0), clock(1440), clock(435)
    ('0:00', '24:00', '7:15')
    """
    return f"{minute // 60}:{minute % 60:02d}"


def pick_language(text: str, is_english: bool) -> str:
    """
    Give the half of a remark written as `Chinese / English` that a reader wants; one without halves as it stands.

    >>> pick_language("假定值 / assumed", True), pick_language("假定值", True)
    ('assumed', '假定值')
    """
    chinese, slash, english = text.partition(" / ")
    return (english if is_english else chinese) if slash else text
