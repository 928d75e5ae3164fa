"""The tariff language: YAML in, `Tariff` out, or a list of faults with lines."""

from gridhall.engines.rating.language.loader import parse_tariff

__all__ = ["parse_tariff"]
