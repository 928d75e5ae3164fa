"""Which bills somebody means by what he types: months, years, amounts, numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_NUMERALS = {
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12,
}  # fmt: skip
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b"
)
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年|[-/.])?(0[1-9]|1[0-2]|[1-9])(?:月份?|(?!\d))")
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月|(十[一二]?|[一二三四五六七八九])月")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年|(?!\d))")
_AMOUNT = re.compile(r"(?<![\d.])[¥￥]?(\d{1,9}(?:,\d{3})*)(?:\.(\d{1,2}))?(?:元|yuan)?(?![\d.])")
FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class BillWish:
    """What bills have in common that somebody looks for; empty says nothing."""

    years: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    amounts: tuple[Decimal, Decimal] | None = None
    digits: str = ""


def read_bill_wish(text: str, *, today: date) -> BillWish:
    """
    Read months, years, an amount or a number out of what was typed.

    >>> day = date(2026, 11, 23)
    >>> read_bill_wish("2026年10月账单", today=day) == BillWish((2026,), (10,))
    True
    >>> read_bill_wish("十月", today=day).months, read_bill_wish("Oct 2025", today=day).years
    ((10,), (2025,))
    >>> read_bill_wish("上个月", today=date(2026, 1, 5)) == BillWish((2025,), (12,))
    True
    >>> read_bill_wish("132.58", today=day).amounts, read_bill_wish("132元", today=day).amounts
    ((Decimal('132.58'), Decimal('132.58')), (Decimal('132'), Decimal('132.99')))
    >>> read_bill_wish("4228260000017", today=day).digits, read_bill_wish("谷电", today=day) == BillWish()
    ('4228260000017', True)
    """
    typed = unicodedata.normalize("NFKC", text).casefold().strip()
    if "上个月" in typed or "上月" in typed or "last month" in typed:
        month = today.month - 1 or 12
        return BillWish((today.year - (month == 12),), (month,))
    both = _YEAR_MONTH.search(typed)
    if both:
        return BillWish((int(both[1]),), (int(both[2]),))
    years, months = _read_year(typed, today), _read_months(typed)
    if months or years:
        return BillWish(years, months)
    digits = re.sub(r"[\s-]", "", typed)
    if digits.isascii() and digits.isdigit() and len(digits) >= FEWEST_DIGITS and not digits.startswith("0"):
        return BillWish(digits=digits)
    amount = _AMOUNT.search(typed)
    if amount is None:
        return BillWish()
    whole = Decimal(amount[1].replace(",", ""))
    if amount[2] is None:
        return BillWish(amounts=(whole, whole + Decimal("0.99")))
    exact = whole + Decimal(f"0.{amount[2]}")
    return BillWish(amounts=(exact, exact if len(amount[2]) == 2 else exact + Decimal("0.09")))


def _read_year(typed: str, today: date) -> tuple[int, ...]:
    if "去年" in typed or "last year" in typed:
        return (today.year - 1,)
    if "今年" in typed or "this year" in typed:
        return (today.year,)
    found = _YEAR.search(typed)
    return (int(found[1]),) if found and int(found[1]) <= today.year + 1 else ()


def _read_months(typed: str) -> tuple[int, ...]:
    found = _MONTH.search(typed)
    if found:
        return (int(found[1]) if found[1] else _NUMERALS[found[2]],)
    english = _ENGLISH_MONTH.search(typed)
    return (_ENGLISH.index(english[1][:3]) + 1,) if english else ()
