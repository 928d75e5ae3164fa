"""What the steps of a computation are called, Chinese and English, and how numbers are written in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

WORDS: dict[str, tuple[str, str]] = {
    "energy": ("本期电量（上面读数之和）", "Energy of the period (sum of the readings above)"),
    "exported": ("本期上网电量（上面读数之和）", "Energy fed in (sum of the readings above)"),
    "charged_energy": ("本期计费电量", "Energy that is charged"),
    "whole": ("本期电量（各时段之和）", "Energy of the period (sum of its time bands)"),
    "in_period": ("其中{0}时段的电量", "Of it in {0} hours"),
    "ordered": ("逐笔读数按时间先后落在本档的电量", "Energy that fell in this tier, read by read"),
    "before_year": ("本年此前已用电量", "Used earlier this year"),
    "before_month": ("本月此前已用电量", "Used earlier this month"),
    "after": ("加上本期以后", "With this period added"),
    "tier": ("其中落在本档（{0}）的电量", "Of it in this tier ({0})"),
    "share": ("本时段按比例落在本档的电量", "This time band's share of the tier"),
    "agreed": ("合同需量", "Contracted demand"),
    "measured": ("本期最大需量", "Highest demand of the period"),
    "floor": ("需量下限：容量的 {0}%", "Least demand: {0}% of the capacity"),
    "larger": ("取较大的一个", "The larger of the two"),
    "allowed": ("不加倍的上限：{0}%", "Charged once up to {0}%"),
    "excess": ("超出上限的部分", "Above that limit"),
    "multiple": ("超出部分的单价：{0} 倍", "Price above the limit: {0} times"),
    "discount": ("单价打折：减 {0}%", "Price lowered by {0}%"),
    "demand": ("计费需量", "Billed demand"),
    "capacity": ("合同容量", "Contract capacity"),
    "days": ("按天数折算", "Share of the month's days"),
    "price": ("乘以单价", "Times the price"),
    "factor": (
        "功率因数：有功 ÷ √(有功² + 无功²)，取两位",
        "Power factor: active ÷ √(active² + reactive²), two places",
    ),
    "table": ("查功率因数表（标准 {0}）", "From the power factor table (standard {0})"),
    "base": ("参与调整的电费（不含政府性基金）", "Charges that take part (without government funds)"),
    "percent": ("乘以调整比例", "Times the adjustment"),
    "taxed": ("计税电费", "Charges that are taxed"),
    "rate": ("乘以税率", "Times the rate"),
    "minimum": ("最低电费与应收之差", "Minimum less what was charged"),
    "used": ("本期用电量", "Used in the period"),
    "allowance": ("免费额度", "Free allowance"),
    "free": ("免费电量（取较小的一个）", "Free energy (the smaller of the two)"),
    "cap": ("超出封顶的部分", "Above the cap"),
    "credit": ("抵扣的余额", "Credit set against the charges"),
    "part": ("其中：{0}", "Of which: {0}"),
    "sum": ("各部分相加", "Added up"),
    "billed": ("此前账单已出账", "Already on an earlier bill"),
}


def words(key: str, language: str, *filling: str) -> str:
    """Give a text in a language; Chinese unless English is asked for."""
    return WORDS[key][1 if language.startswith("en") else 0].format(*filling)


def plain(value: Any) -> str:
    """
    Write a number without needless zeros or exponents, its thousands marked.

    >>> plain(Decimal("1120.500")), plain(Decimal("1E+2")), plain(Decimal("-0.5")), plain(None)
    ('1,120.5', '100', '−0.5', '∞')
    """
    if value is None:
        return "∞"
    text = f"{Decimal(str(value)):,f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text
