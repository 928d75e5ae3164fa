"""Tariffs by file or by code: ours in YAML, OpenEI's in JSON."""

from __future__ import annotations

from pathlib import Path

from gridhall.engines.rating.tariff import Tariff


def load_tariff(path_or_code: str | Path) -> Tariff:
    """
    Load a tariff: a path (YAML or URDB JSON), or the code of a shipped one.

    :raises FaultyInput: with every fault, its line and how to mend it.
    """
    raise NotImplementedError


def shipped_codes() -> list[str]:
    """Give the codes of the tariffs that come with Gridhall, sorted."""
    raise NotImplementedError
