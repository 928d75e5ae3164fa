"""A company of a few customers in the database and a store in a temporary folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gridhall.apps.billing.tests import world


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """An empty interval store."""
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    return settings.GRIDHALL_INTERVAL_STORE


@pytest.fixture
def company(db: Any, store: Path) -> list[Any]:
    """Two tariffs and six customers: four homes and two shops."""
    world.load_tariff(world.HOME, "home")
    world.load_tariff(world.SHOP, "shop")
    return world.make_customers(6, tariff=lambda index: "shop" if index % 3 == 2 else "home")
