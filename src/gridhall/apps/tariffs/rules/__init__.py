"""A tariff in words: its prices, what it says in sentences, and how two of its versions differ. Pure."""

from __future__ import annotations

from gridhall.apps.tariffs.rules.descriptions import TariffSheet, describe
from gridhall.apps.tariffs.rules.differences import Comparison, Difference, compare_versions
from gridhall.apps.tariffs.rules.fault_words import say_in_chinese
from gridhall.apps.tariffs.rules.phrases import pick_language
from gridhall.apps.tariffs.rules.prices import PriceLine, list_prices
from gridhall.apps.tariffs.rules.reading import (
    MAX_BYTES,
    CheckedText,
    check_text,
    read_tariff_text,
    read_text,
    too_large,
)

__all__ = [
    "MAX_BYTES",
    "CheckedText",
    "Comparison",
    "Difference",
    "PriceLine",
    "TariffSheet",
    "check_text",
    "compare_versions",
    "describe",
    "list_prices",
    "pick_language",
    "read_tariff_text",
    "read_text",
    "say_in_chinese",
    "too_large",
]
