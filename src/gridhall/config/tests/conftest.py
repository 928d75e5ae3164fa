"""A data folder that the database's account can reach, as a checkout in a common place would be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridhall.config.embedded_postgres import EmbeddedPostgres, read_folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that everybody may pass through; what runs in it is ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gridhall-config-"))
    folder.chmod(0o755)
    yield folder
    for data_folder in {path.parent for path in folder.rglob("postgres.json")}:
        place = read_folder(data_folder)
        if place is not None and place.exists():
            EmbeddedPostgres(data_folder, is_durable=False).stop()
            shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
