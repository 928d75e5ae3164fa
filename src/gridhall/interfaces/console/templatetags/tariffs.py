"""Changes of prices, of money and in percent, as the tariff desk writes them."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.errors import Fault
from gridhall.interfaces.console import tariff_figures

register = template.Library()
register.filter("signed", tariff_figures.say_change)
register.filter("signed_percent", tariff_figures.say_percent)
register.filter("signed_money", tariff_figures.say_money_change)


@register.filter
def problem(fault: Fault) -> str:
    """Say what is wrong in a file."""
    return tariffs.word_fault(fault, language=get_language() or "")[0]


@register.filter
def remedy(fault: Fault) -> str:
    """Say how it is mended."""
    return tariffs.word_fault(fault, language=get_language() or "")[1]
