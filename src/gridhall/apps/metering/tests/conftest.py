"""A small town to test in: places, customers, usage points, meters, and an interval store of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gridhall.apps.accounts.models import CustomerAccount, Feeder, Place, ServiceLocation, Transformer, UsagePoint
from gridhall.apps.metering import actions
from gridhall.apps.metering.models import Meter

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)


@dataclass
class Town:
    """Where the usage points of a test are."""

    location: ServiceLocation
    feeder: Feeder
    transformer: Transformer
    counter: itertools.count

    def usage_point(self, **extra: object) -> UsagePoint:
        """Add a customer with one usage point."""
        number = next(self.counter)
        account = CustomerAccount.objects.create(
            number=f"{number:013d}", kind="RESIDENT", name=f"户{number}", opened_on=date(2020, 1, 1)
        )
        values = {"transformer": self.transformer, "voltage": "V220", "connected_on": date(2020, 1, 1), **extra}
        return UsagePoint.objects.create(
            code=f"UP{number:06d}", account=account, service_location=self.location, **values
        )

    def meter(self, serial: str, **extra: object) -> Meter:
        """Register a meter."""
        return actions.register_meter(new=actions.NewMeter(serial, **extra), at=AT, actor="test")

    def metered(self, serial: str, *, on: date = date(2025, 1, 1), **extra: object) -> tuple[UsagePoint, Meter]:
        """Add a usage point with a meter."""
        point, meter = self.usage_point(), self.meter(serial)
        actions.install_meter(usage_point=point, meter=meter, on=on, at=AT, actor="test", **extra)
        return point, meter


@pytest.fixture(autouse=True)
def _own_folders(settings: object, tmp_path: Path) -> None:
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    settings.GRIDHALL_DROP_FOLDER = tmp_path / "drop"
    settings.GRIDHALL_READ_FILES = tmp_path / "read_files"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def town(db: None) -> Town:
    """A town without customers."""
    return make_town()


def make_town() -> Town:
    """Make the place, the feeder and the transformer of a town."""
    place = Place.objects.create(code="422826", name="咸丰县", kind="COUNTY")
    feeder = Feeder.objects.create(code="F1", name="高乐山线", substation="咸丰变")
    transformer = Transformer.objects.create(code="T1", name="楚蜀大道台区", feeder=feeder, capacity_kva=Decimal(400))
    location = ServiceLocation.objects.create(place=place, address="楚蜀大道1号")
    return Town(location, feeder, transformer, itertools.count(1))


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file of rows under a header."""

    def write(name: str, rows: list[str], header: str = "meter,timestamp,kwh") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write
