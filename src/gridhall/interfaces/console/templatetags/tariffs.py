"""Changes of prices, of money and in percent, as the tariff desk writes them."""

from __future__ import annotations

from django import template

from gridhall.interfaces.console import tariff_figures

register = template.Library()
register.filter("signed", tariff_figures.say_change)
register.filter("signed_percent", tariff_figures.say_percent)
register.filter("signed_money", tariff_figures.say_money_change)
