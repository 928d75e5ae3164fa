"""Tariffs of OpenEI's Utility Rate Database: JSON in, `Tariff` out; what we cannot price is named."""

from gridhall.engines.rating.urdb.importing import parse_urdb

__all__ = ["parse_urdb"]
