"""The town of the metering tests."""

from gridhall.apps.metering.tests.conftest import _own_folders, csv_file, town

__all__ = ["_own_folders", "csv_file", "town"]
