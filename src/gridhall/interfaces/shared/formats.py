"""Amounts, energies, days and months as people read them, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone, translation

from gridhall.core.money import round_money
from gridhall.core.periods import Month

MINUS = "\u2212"
WHOLE_FROM_KWH = 10_000
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ZONES = {  # zone: name in Chinese, in English
    "Asia/Shanghai": ("北京时间", "China Standard Time"),
    "Asia/Urumqi": ("新疆时间", "Xinjiang Time"),
    "Asia/Hong_Kong": ("香港时间", "Hong Kong Time"),
}


def is_chinese() -> bool:
    """Tell whether the page is in Chinese."""
    return translation.get_language() != "en"


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


def money(amount: Decimal | None) -> str:
    """
    Give an amount with two places.

    >>> money(Decimal("-1234.5")), money(Decimal(0)), money(None)
    ('−1,234.50', '0.00', '–')
    """
    if amount is None:
        return "–"
    rounded = round_money(Decimal(amount))
    return _signed(f"{rounded if rounded else abs(rounded):,.2f}")


def yuan(amount: Decimal | None) -> str:
    """
    Give an amount with its currency; the sign stands in front.

    >>> yuan(Decimal("-99.9")), yuan(Decimal("1234.5"))
    ('−¥99.90', '¥1,234.50')
    """
    if amount is None:
        return "–"
    text = money(amount)
    return f"{MINUS}¥{text[1:]}" if text.startswith(MINUS) else f"¥{text}"


def money_change(amount: Decimal) -> str:
    """
    Give a difference with its sign, in front of the currency.

    >>> money_change(Decimal("12.3")), money_change(Decimal("-0.5")), money_change(Decimal(0))
    ('+¥12.30', '−¥0.50', '¥0.00')
    """
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return f"{sign}¥{money(abs(amount))}"


def energy(energy_kwh: Decimal | None, places: int | None = None) -> str:
    """
    Give an energy with one place, from ten thousand on in whole kilowatt hours; a table asks for the same in all.

    >>> energy(Decimal("1493.94")), energy(Decimal("825679.04")), energy(None)
    ('1,493.9', '825,679', '–')
    """
    if energy_kwh is None:
        return "–"
    if places is None:
        places = 1 if abs(energy_kwh) < WHOLE_FROM_KWH else 0
    return _signed(f"{round_money(Decimal(energy_kwh), places=places):,.{places}f}")


def exact(value: Decimal | None) -> str:
    """
    Give a number with every place it has and no idle zeros.

    >>> exact(Decimal("1234.5600")), exact(Decimal("100")), exact(Decimal("0.558000")), exact(None)
    ('1,234.56', '100', '0.558', '–')
    """
    if value is None:
        return "–"
    text = f"{Decimal(value):,f}"
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def power(power_kw: Decimal | None) -> str:
    """
    Give a power with two places, from a hundred on with one, from ten thousand on in whole kilowatts.

    >>> power(Decimal("3.456")), power(Decimal("123.456")), power(None)
    ('3.46', '123.5', '–')
    """
    if power_kw is None:
        return "–"
    places = 2 if power_kw < 100 else 1 if power_kw < WHOLE_FROM_KWH else 0
    return f"{round_money(Decimal(power_kw), places=places):,.{places}f}"


def iso_day(value: date | None) -> str:
    """Give a day as forms write it, whatever the language."""
    return "" if value is None else value.isoformat()


def percent(share: Decimal | float | None) -> str:
    """
    Give a share of one as whole percent.

    >>> percent(Decimal("0.236"))
    '24%'
    """
    return "–" if share is None else f"{round_money(Decimal(share) * 100, places=0)}%"


def change(percentage: Decimal) -> str:
    """
    Give a change in percent without its sign; the page says which way.

    >>> change(Decimal("-14.35"))
    '14.4%'
    """
    return f"{round_money(abs(Decimal(percentage)), places=1)}%"


def day(value: date | None) -> str:
    """
    Give a day with its year.

    >>> day(date(2026, 1, 31))
    '2026年1月31日'
    """
    if value is None:
        return "–"
    if is_chinese():
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS_EN[value.month - 1][:3]} {value.year}"


def local_day(moment: datetime | None) -> str:
    """Give the local day of a moment."""
    return "–" if moment is None else day(timezone.localdate(moment))


def moment(value: datetime | None) -> str:
    """Give the local day and time of a moment."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    return f"{day(local.date())} {local:%H:%M}"


def quarter_hour(moment: datetime | None) -> str:
    """Give the local day and the quarter hour that begins at a moment."""
    if moment is None:
        return "–"
    start = timezone.localtime(moment)
    return f"{short_day(start.date())} {start:%H:%M}–{start + timedelta(minutes=15):%H:%M}"


def short_day(value: date | None) -> str:
    """
    Give a day without its year.

    >>> short_day(date(2026, 1, 31))
    '1月31日'
    """
    if value is None:
        return "–"
    return f"{value.month}月{value.day}日" if is_chinese() else f"{value.day} {MONTHS_EN[value.month - 1][:3]}"


WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_with_weekday(value: date) -> str:
    """
    Give a day with its year and its day of the week.

    >>> day_with_weekday(date(2026, 1, 15))
    '2026年1月15日 周四'
    """
    if is_chinese():
        return f"{day(value)} 周{WEEKDAYS[value.weekday()]}"
    return f"{WEEKDAYS_EN[value.weekday()]} {day(value)}"


def day_span(first_day: date, last_day: date) -> str:
    """
    Give days from one to another, short.

    >>> day_span(date(2026, 1, 1), date(2026, 1, 31))
    '1.1–1.31'
    """
    if is_chinese():
        return f"{first_day.month}.{first_day.day}–{last_day.month}.{last_day.day}"
    if (first_day.year, first_day.month) == (last_day.year, last_day.month):
        return f"{first_day.day}–{short_day(last_day)}"
    return f"{short_day(first_day)}–{short_day(last_day)}"


def as_month(value: Month | date | str) -> Month:
    """Give a month, however it was written."""
    if isinstance(value, Month):
        return value
    return Month.parse(value[:7]) if isinstance(value, str) else Month.of(value)


def month(value: Month | date | str) -> str:
    """
    Give a month with its year.

    >>> month("2026-01")
    '2026年1月'
    """
    known = as_month(value)
    return f"{known.year}年{known.month}月" if is_chinese() else f"{MONTHS_EN[known.month - 1]} {known.year}"


def short_month(value: Month | date | str) -> str:
    """
    Give a month without its year.

    >>> short_month("2026-01")
    '1月'
    """
    known = as_month(value)
    return f"{known.month}月" if is_chinese() else MONTHS_EN[known.month - 1][:3]


def account_number(number: str) -> str:
    """
    Give a customer number in groups of four.

    >>> account_number("4228260001"), account_number("4228260001234")
    ('4228 2600 01', '4228 2600 01234')
    """
    if len(number) == 13:
        return f"{number[:4]} {number[4:8]} {number[8:]}"
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def zone(key: str) -> str:
    """
    Give the name of a time zone; one that has no common name stands as it is written in tables of zones.

    >>> zone("Asia/Shanghai"), zone("Europe/Berlin")
    ('北京时间', 'Europe/Berlin')
    """
    names = ZONES.get(key)
    return names[0 if is_chinese() else 1] if names else key
