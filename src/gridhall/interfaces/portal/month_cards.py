"""
A month of usage as a picture to show around: which days were busy, more or less than before, how much in the valley.

The card holds no number, name, place, amount or energy. What it shows stands in its address, signed and packed, and
nowhere else: the address leads to no account, and who has it learns nothing that the picture does not show.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core import signing
from django.utils import translation
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.heat_month import draw_heat_month, find_level
from gridhall.interfaces.shared.charts.standalone import draw_alone
from gridhall.interfaces.shared.documents.typesetting import set_picture

TEMPLATE = Path(__file__).parent / "documents" / "month_card.typ"
SALT = "gridhall.month-card"
LASTS = timedelta(days=90)
VALLEY = ("VALLEY", "DEEP_VALLEY")
MOST_CHANGE = 300  # percent; more is no comparison any more


@dataclass(frozen=True, slots=True)
class MonthCard:
    """
    What a card shows.

    :param levels: a digit a day, 1 to 5, 0 for a day without readings.
    :param change: in percent; None where there is nothing to compare. :param against: YEAR or MONTH, before.
    :param valley: percent of the energy in the valley; None where the tariff knows none.
    """

    month: str
    levels: str
    change: int | None
    against: str
    valley: int | None
    language: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands under the calendar, in words: what, how much."""
        found = []
        if self.change is not None:
            label = _("比去年这个月") if self.against == "YEAR" else _("比前一个月")
            found.append((label, _say_change(self.change)))
        if self.valley is not None:
            found.append((_("谷段用电占"), f"{self.valley}%"))
        busiest = self.levels.count("5") + self.levels.count("4")
        found.append((_("用电多的日子"), _("%(days)s 天") % {"days": busiest}))
        return found

    @property
    def summary(self) -> str:
        """All that it shows in a sentence, for who does not see the picture."""
        facts = "；".join(f"{label} {value}" for label, value in self.facts)
        if not formats.is_chinese():
            facts = facts.replace("；", "; ")
        return f"{formats.month(self.month)} · {facts}"


def _say_change(change: int) -> str:
    if change == 0:
        return _("持平")
    return (_("多 %(percent)s%%") if change > 0 else _("少 %(percent)s%%")) % {"percent": abs(change)}


def make_card(*, account: Any, viewer: Any, month: Month, at: Any, language: str) -> MonthCard | None:
    """
    Make the card of a month, None where there is nothing to show.

    :raises AccessDenied: for a viewer without access.
    """
    days = {day.day: day for day in billing.list_usage_days(account=account, viewer=viewer, month=month, at=at)}
    total = sum((day.energy_kwh for day in days.values()), Decimal(0))
    if total <= 0:
        return None
    lowest, highest = (float(find(day.energy_kwh for day in days.values())) for find in (min, max))
    dates = [month.first_day + timedelta(days=index) for index in range(month.days)]
    # Between the month's own least and most: the card shows its ups and downs, and no scale.
    levels = [find_level(float(days[one].energy_kwh) - lowest, highest - lowest) if one in days else 0 for one in dates]
    change, against = _compare(total, len(days), account=account, viewer=viewer, month=month, at=at)
    valley = sum((day.by_period.get(kind, Decimal(0)) for day in days.values() for kind in VALLEY), Decimal(0))
    is_timed = any(len(day.by_period) > 1 for day in days.values())
    return MonthCard(
        month=str(month),
        levels="".join(map(str, levels)),
        change=change,
        against=against,
        valley=round(valley / total * 100) if is_timed else None,
        language=language,
    )


def _compare(total: Decimal, days: int, *, month: Month, **asked: Any) -> tuple[int | None, str]:
    """Give the change against the same month a year ago, else against the month before: of whole months alone."""
    if days < month.days:
        return None, "YEAR"
    for against, other in (("YEAR", Month(month.year - 1, month.month)), ("MONTH", month.previous())):
        before = billing.list_usage_days(month=other, **asked)
        energy = sum((day.energy_kwh for day in before), Decimal(0))
        if len(before) == other.days and energy > 0:
            change = round((total / month.days) / (energy / other.days) * 100 - 100)
            return (change if abs(change) <= MOST_CHANGE else None), against
    return None, "YEAR"


def write_card(card: MonthCard) -> str:
    """Write a card as the last part of an address."""
    return signing.dumps(astuple(card), salt=SALT, compress=True)


def read_card(text: str) -> MonthCard | None:
    """Read a card from its address; None for what nobody of ours wrote, and for one that is too old."""
    try:
        return MonthCard(*signing.loads(text, salt=SALT, max_age=LASTS))
    except (signing.BadSignature, TypeError):
        return None


def draw_card(card: MonthCard) -> bytes:
    """Draw a card as PNG, in the language in which it was made."""
    with translation.override(card.language):
        first = Month.parse(card.month).first_day
        days = [first + timedelta(days=index) for index in range(len(card.levels))]
        levels = {day: float(level) or None for day, level in zip(days, card.levels, strict=True)}
        weekdays = formats.WEEKDAYS if formats.is_chinese() else formats.WEEKDAYS_EN
        calendar = draw_heat_month(levels, titles=dict.fromkeys(days, ""), weekdays=weekdays)
        data = {
            "language": "zh" if formats.is_chinese() else "en",
            "company": _("咸丰县供电公司"),
            "app": _("网上电厅"),
            "title": _("我的用电月历"),
            "month": formats.month(card.month),
            "facts": [{"label": label, "value": value} for label, value in card.facts],
            "legend": _("颜色越深，当天用电越多"),
        }
        charts = {"calendar": draw_alone(calendar, fonts="Noto Sans SC")}
        return set_picture(TEMPLATE, data, charts)
