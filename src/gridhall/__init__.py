"""Gridhall: the one hall in which an electricity supply company serves, bills and keeps its customers."""

__version__ = "0.1.0"
