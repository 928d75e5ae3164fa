"""The lists of balances: feeders of a month, and the transformers of one feeder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gridhall.apps.metering import queries
from gridhall.core.periods import Month
from gridhall.interfaces.console import words_metering
from gridhall.interfaces.console.lists import Asked, Column, Filter, ListPage, Rows
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word


def say_percent(value: Decimal | None) -> str:
    """
    Give a loss in percent with its sign.

    >>> say_percent(Decimal("4.10")), say_percent(Decimal("-0.25")), say_percent(None)
    ('4.10%', '−0.25%', '–')
    """
    return "–" if value is None else f"{formats.money(value)}%"


def say_energy(value: Decimal | None) -> str:
    """Give an energy in whole kWh, so that columns can be compared."""
    return formats.energy(value, places=0)


def say_completeness(share: Decimal) -> str:
    """
    Give how whole reads are; 100% only when nothing is missing.

    >>> say_completeness(Decimal(1)), say_completeness(Decimal("0.9999")), say_completeness(Decimal("0.5"))
    ('100%', '99.99%', '50.00%')
    """
    return "100%" if share == 1 else f"{100 * share:.2f}%"


def find_feeder(code: str, month: Any = "") -> str:
    """Give the address of a feeder's page, of a month."""
    return _address("console:balance-feeder", code, month)


def find_transformer(code: str, month: Any = "") -> str:
    """Give the address of a transformer's page, of a month."""
    return _address("console:balance-transformer", code, month)


def _address(name: str, code: str, month: Any) -> str:
    return reverse(name, args=[code]) + (f"?{urlencode({'month': str(month)})}" if month else "")


def _columns(name: Any, where: Column, find: Callable[[str, Any], str], month: Month | None) -> tuple[Column, ...]:
    return (
        Column(
            "name", name, lambda row: row.name, sorts=True, is_name=True, address=lambda row: find(row.code, month)
        ),
        Column("code", _("编号"), lambda row: row.code, is_shown=False),
        Column("percent", _("损耗率"), lambda row: row.told_loss_percent, say_percent, sorts=True, is_number=True),
        Column(
            "state", _("状态"), lambda row: row.state.value,
            lambda state: str(get_word(words_metering.BALANCE_STATES, state)),
            tone=lambda row: "" if row.state == "SOUND" else words_metering.BALANCE_TONES.get(row.state.value, "plain"),
        ),
        Column("loss", _("损耗 kWh"), lambda row: row.told_loss_kwh, say_energy, sorts=True, is_number=True),
        Column("supplied", _("供入 kWh"), lambda row: row.supplied_kwh, say_energy, sorts=True, is_number=True),
        Column("delivered", _("供出 kWh"), lambda row: row.delivered_kwh, say_energy, sorts=True, is_number=True),
        Column(
            "meters", _("用户表"), lambda row: row.customer_meters, lambda count: f"{count:,}", sorts=True,
            is_number=True,
        ),
        Column(
            "customer_complete", _("用户表读数"),
            lambda row: row.customer_completeness if row.customer_meters else None, say_completeness, is_number=True,
        ),
        Column(
            "check_complete", _("考核表读数"), lambda row: row.check_completeness if row.check_meters else None,
            say_completeness, is_number=True,
        ),
        Column("silent", _("没有读数的表"), lambda row: row.silent_meters, is_number=True, is_shown=False),
        Column("check_meters", _("考核表"), lambda row: row.check_meters, is_number=True, is_shown=False),
        where,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """What is listed: feeders or transformers."""

    url: str
    name: Any
    where: Any
    text: Any
    empty: Any
    fetch: Callable[..., queries.BalancePage]
    find: Callable[[str, Any], str]
    of_transformers: bool


FEEDERS = Level(
    "console:balance-list", _("线路"), _("变电站"), _("线路、变电站"), _("没有符合的线路"),
    queries.list_feeder_balances, find_feeder, of_transformers=False,
)  # fmt: skip
TRANSFORMERS = Level(
    "console:balance-transformer-list", _("台区"), _("线路"), _("台区、线路"), _("没有符合的台区"),
    queries.list_transformer_balances, find_transformer, of_transformers=True,
)  # fmt: skip


def make_balance_list(level: Level, months: Sequence[Month], usual: Month | None, shown: Month | None) -> ListPage:
    """
    Give the list of feeders, or of transformers.

    :param months: that are balanced. :param usual: the one of an address without month. :param shown: the one that is.
    """
    where = Column("where", level.where, lambda row: row.where, is_name=True)
    return ListPage(
        url=level.url,
        name=_("线损"),
        key=lambda row: row.code,
        fetch=_fetch(level, shown),
        sort="percent",
        starts_descending=True,
        columns=_columns(level.name, where, level.find, shown),
        filters=(
            Filter(
                "month", _("月份"), tuple((str(one), formats.month(one)) for one in months if one != usual),
                none=formats.month(usual) if usual else "",
            ),
            Filter("state", _("状态"), tuple(words_metering.BALANCE_STATES.items())),
            Filter("name", level.text, is_text=True),
        ),
        empty=level.empty,
    )  # fmt: skip


def make_transformer_list(feeder: Any, shown: Month) -> ListPage:
    """Give the list of a feeder's transformers in a month."""
    where = Column("where", _("线路"), lambda row: row.where, is_name=True, is_shown=False)
    return ListPage(
        url="console:balance-feeder",
        name=_("台区"),
        key=lambda row: row.code,
        fetch=_fetch(TRANSFORMERS, shown, feeder=feeder),
        sort="percent",
        starts_descending=True,
        columns=_columns(_("台区"), where, find_transformer, shown),
        filters=(Filter("month", _("月份"), is_text=True),),
        empty=_("这条线路没有台区"),
    )


def _fetch(level: Level, shown: Month | None, **narrowed: Any) -> Callable[[Asked], Rows]:
    def fetch(asked: Asked) -> Rows:
        if shown is None:
            return Rows((), 0)
        choice = queries.BalanceChoice(asked.filters.get("state", ""), asked.filters.get("name", ""))
        page = level.fetch(
            month=shown, choice=choice, sort=asked.sort, descending=asked.descending, offset=asked.offset,
            limit=asked.limit, **narrowed,
        )  # fmt: skip
        return Rows(page.rows, page.total)

    return fetch
