"""Other processes of the house, on the test database and in the folders of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def make_environment() -> dict[str, str]:
    """Give the environment in which a process of ours finds the test database, its folders and this source."""
    from django.conf import settings
    from django.db import connection

    from gridhall.config.database import get_url

    return os.environ | {
        "DATABASE_URL": get_url(connection.settings_dict),
        "GRIDHALL_DATA": str(settings.DATA_DIR),
        "GRIDHALL_INTERVAL_STORE": str(settings.GRIDHALL_INTERVAL_STORE),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")])),
    }


def manage(*words: str) -> None:
    """Run `gridhall manage …` to its end."""
    command = [sys.executable, "-m", "gridhall", "manage", *words]
    subprocess.run(command, env=make_environment(), check=True, timeout=300)


def work_off_the_queue() -> None:
    """Do what waits on the queue, once, as the worker of a hall does."""
    manage("procrastinate", "worker", "--one-shot")
