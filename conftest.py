"""
What every test has: a PostgreSQL of its own, and a data folder that is never the real one.

Without DATABASE_URL the first process starts an embedded server in a temporary folder; parallel workers share it, each
with a database of its own. The server ends with the run, and one left over by a killed run is ended by the next.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gridhall.config import running_processes
from gridhall.config.database import get_database
from gridhall.config.embedded_postgres import EmbeddedPostgres

REPOSITORY = Path(__file__).resolve().parent
SHARED_DATA = Path(os.environ.get("GRIDHALL_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
PREFIX = "gridhall-test-"
# No test asks a clock: how long an example takes says more of the machine than of the code.
settings.register_profile("house", parent=settings(), deadline=None)
settings.load_profile("house")
_server: EmbeddedPostgres | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Point Django at the tests' database and folder before the first of them is used."""
    global _server
    if not hasattr(
        sys.modules["__main__"], "__file__"
    ):  # in a parallel worker: pyspark takes that for its own doctests
        sys.modules["__main__"].__file__ = __file__
    folder = _make_folder(config)
    if "DATABASE_URL" not in os.environ:
        _end_left_over()
        _server = EmbeddedPostgres(folder, is_durable=False)
        with (folder / "postgres.log").open("ab") as log:
            _server.start(log)
        _server.wait_until_ready()
        _server.ensure_database()
        os.environ["DATABASE_URL"] = _server.url  # inherited by parallel workers and by processes that tests start
    _point_settings(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server that we started, and remove its folder."""
    global _server
    if _server is not None:
        _server.stop(patience_s=5)
        os.environ.pop("DATABASE_URL", None)
        _server = None
    folder = getattr(config, "_gridhall_folder", None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _make_folder(config: pytest.Config) -> Path:
    """A data folder for this run; parallel workers have one each inside."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        folder = Path(os.environ["GRIDHALL_DATA"]) / worker
        folder.mkdir(exist_ok=True)
        return folder
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # the database's account must pass through; secrets inside have modes of their own
    (folder / "owner").write_text(f"{os.getpid()} {running_processes.get_birth(os.getpid())}")
    config._gridhall_folder = folder  # type: ignore[attr-defined]
    os.environ["GRIDHALL_DATA"] = str(folder)
    return folder


def _point_settings(folder: Path) -> None:
    from django.conf import settings

    settings.DATABASES["default"].update(get_database(folder))
    settings.DATA_DIR = folder
    settings.STATIC_ROOT = folder / "static"
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.GRIDHALL_INTERVAL_STORE = folder / "intervals"
    settings.GRIDHALL_DROP_FOLDER = folder / "drop"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def _end_left_over() -> None:
    """End the servers of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            pid, birth = (folder / "owner").read_text().split()
            if folder.stat().st_uid == os.geteuid() and not running_processes.is_running(int(pid), birth):
                EmbeddedPostgres(folder, is_durable=False).stop(patience_s=5)
                shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by where they are: no journey or fault test can be forgotten."""
    for item in items:
        parts = item.path.parts
        if "journeys" in parts:
            item.add_marker(pytest.mark.journey)
        if "faults" in parts:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The measured data sets beside the checkout; tests that use them are left out only where the folder is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no measured data at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture
def interval_store(settings: object, tmp_path: Path) -> Iterator[Path]:
    """An empty interval store for one test."""
    folder = tmp_path / "intervals"
    settings.GRIDHALL_INTERVAL_STORE = folder  # type: ignore[attr-defined]
    yield folder
