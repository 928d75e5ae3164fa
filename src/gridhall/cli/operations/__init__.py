"""Running the house: up, down, doctor, backup, restore."""

from gridhall.cli.operations.archive_commands import backup, restore
from gridhall.cli.operations.examination import doctor
from gridhall.cli.operations.lifecycle import down, up

__all__ = ["backup", "doctor", "down", "restore", "up"]
