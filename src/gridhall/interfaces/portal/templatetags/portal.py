"""Words of the customer app for templates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from gridhall.apps.accounts.queries import AccountView
from gridhall.apps.billing.queries import BillDetail, LineView
from gridhall.core.money import round_money
from gridhall.interfaces.portal import words, words_messages
from gridhall.interfaces.portal.day_sheets import clock
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.formats import is_chinese
from gridhall.interfaces.shared.word_tables import add_word_filters, get_word

register = template.Library()
add_word_filters(
    register,
    {
        "bill_word": words.BILLS,
        "comparison_word": words.COMPARISONS,
        "method_word": words.METHODS,
        "channel_word": words_messages.CHANNELS,
        "delivery_word": words_messages.DELIVERIES,
    },
)


@register.filter
def customer_word(kind: str) -> Any:
    """Name a kind of customer."""
    return words.CUSTOMERS.get(kind, (kind, ""))[0]


@register.filter
def customer_icon(kind: str) -> str:
    """Give the icon of a kind of customer."""
    return words.CUSTOMERS.get(kind, ("", "home-bolt"))[1]


@register.filter
def unit_word(unit: str) -> Any:
    """Name a unit, or one by another; most are signs that every language knows."""
    over, slash, under = unit.partition("/")
    return (
        f"{get_word(words.UNITS, over)}{slash}{get_word(words.PER_UNITS, under)}"
        if slash
        else (get_word(words.UNITS, unit))
    )


@register.filter
def slot_clock(slot: int) -> str:
    """Give the quarter hour of a slot of the day, from when to when."""
    return f"{clock(slot)}–{clock(slot + 1)}"


@register.filter
def product(line: LineView) -> str:
    """Give what a line multiplies, each with its unit; of a share of an amount the share in percent."""
    quantity = f"{formats.exact(line.quantity)} {unit_word(line.unit)}"
    if line.unit == "CNY":
        return quantity if line.price == 1 else f"{quantity} × {formats.exact(line.price * 100)}%"
    return f"{quantity} × {formats.exact(line.price)} {unit_word('CNY/' + line.unit)}"


@register.filter
def short_moment(moment: datetime) -> str:
    """Give the local day of a moment without its year."""
    return formats.short_day(timezone.localdate(moment))


@register.filter
def price(value: Decimal) -> str:
    """Give a mean price with four places."""
    return formats.exact(round_money(value, places=4))


@register.filter
def line_label(line: LineView) -> str:
    """Name a bill line in the language of the page."""
    return line.label if is_chinese() or not line.label_en else line.label_en


@register.filter
def tariff_label(detail: BillDetail) -> str:
    """Name the tariff of a bill in the language of the page."""
    return detail.tariff_name if is_chinese() or not detail.tariff_name_en else detail.tariff_name_en


@register.filter
def account_title(view: AccountView) -> str:
    """Name an account as its viewer calls it, else by its masked holder."""
    return view.tag or view.name_masked


@register.filter
def place_line(view: AccountView) -> str:
    """Give where an account is, the house masked."""
    names = view.place_names if is_chinese() else view.place_names_en
    places = ("" if is_chinese() else ", ").join(names[1:] if is_chinese() else reversed(names[1:]))
    return f"{places} {view.address_masked}".strip() if is_chinese() else places


@register.filter
def device_word(device: str) -> Any:
    """Name a device; one whose browser and system are not known is some device."""
    return words_messages.SOME_DEVICE if not device or "?" in device else device
