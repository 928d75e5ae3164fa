"""A tariff in words: its prices, and what it says in sentences. Pure."""

from __future__ import annotations

from gridhall.apps.tariffs.rules.descriptions import TariffSheet, describe
from gridhall.apps.tariffs.rules.prices import PriceLine, list_prices

__all__ = ["PriceLine", "TariffSheet", "describe", "list_prices"]
