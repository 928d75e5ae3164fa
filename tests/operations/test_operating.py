"""Operating the real house: backup and restore, doctor, down, and what happens when the port is taken."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridhall.config import running_processes
from tests.faults.harness import COMMAND, Hall, running_hall

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """One house for the tests of this file; each leaves it running."""
    with running_hall() as hall:
        yield hall


def _run(hall: Hall, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=hall.environment, capture_output=True, text=True, check=False, cwd=hall.folder
    )


def _write_event(hall: Hall, kind: str) -> None:
    with hall.connect() as connection:
        connection.execute(
            "insert into core_event (kind, payload, actor, happened_at, delivered_at)"
            " values (%s, '{}', 'test', %s, %s)",
            [kind, datetime.now(UTC), datetime.now(UTC)],
        )


def _list_events(hall: Hall) -> list[str]:
    with hall.connect() as connection:
        return [row[0] for row in connection.execute("select kind from core_event order by id")]


def test_backup_and_restore_bring_back_the_moment(hall: Hall) -> None:
    """Database, readings and keys are as they were; what came after is gone; without --yes nothing is touched."""
    shard = hall.folder / "intervals" / "2026-01" / "a.shard"
    shard.parent.mkdir(parents=True, exist_ok=True)
    shard.write_bytes(b"readings of then")
    keys = {name: (hall.folder / name).read_bytes() for name in ("secret_key", "id_key", "vapid_key")}
    _write_event(hall, "Before")
    archive = hall.folder.parent / f"{hall.folder.name}.tar"
    try:
        said = hall.run("backup", str(archive))
        assert str(archive) in said and "checksum" in said
        _write_event(hall, "After")
        shard.write_bytes(b"readings of later")
        for name in keys:
            (hall.folder / name).write_bytes(b"another")

        refused = _run(hall, "restore", str(archive))
        assert refused.returncode == 1 and "--yes" in refused.stderr and "Traceback" not in refused.stderr
        assert _list_events(hall) == ["Before", "After"]

        hall.run("restore", str(archive), "--yes")
        assert _list_events(hall) == ["Before"]
        assert shard.read_bytes() == b"readings of then"
        assert {name: (hall.folder / name).read_bytes() for name in keys} == keys
        assert hall.wait_until_it_answers() < 30
        left = [path.name for path in hall.folder.iterdir() if path.name.startswith(("restore-", "staging-"))]
        assert left == []
    finally:
        archive.unlink(missing_ok=True)


def test_backup_is_restored_onto_a_fresh_machine(hall: Hall) -> None:
    """An empty data folder, nothing running: the backup comes back, and what was started for it is down again."""
    _write_event(hall, "Moved")
    archive = hall.folder.parent / f"{hall.folder.name}-moved.tar"
    fresh = Hall(Path(tempfile.mkdtemp(prefix="gridhall-fresh-", dir=hall.folder.parent)))
    fresh.folder.chmod(0o755)
    try:
        hall.run("backup", str(archive))
        said = fresh.run("restore", str(archive))
        assert "Restored the backup of" in said and "gridhall up" in said
        assert not fresh.run_folder.is_supervised()
        fresh.up()
        assert "Moved" in _list_events(fresh)
    finally:
        archive.unlink(missing_ok=True)
        fresh.down()
        shutil.rmtree(fresh.folder, ignore_errors=True)


def test_damaged_backup_is_refused_and_the_house_stays_up(hall: Hall) -> None:
    """Checksums come first: nothing is stopped for a backup that cannot be used."""
    archive = hall.folder / "damaged.tar"
    hall.run("backup", str(archive))
    content = bytearray(archive.read_bytes())
    content[2000] ^= 0xFF
    archive.write_bytes(content)
    refused = _run(hall, "restore", str(archive), "--yes")
    assert refused.returncode == 1 and "damaged" in refused.stderr
    assert hall.wait_until_it_answers() < 5
    archive.unlink()


def test_doctor_finds_a_healthy_house_healthy(hall: Hall) -> None:
    """Nothing fails on a house that was just started, in words and as JSON."""
    hall.wait_until_it_answers()
    findings = json.loads(hall.run("doctor", "--json"))
    assert [finding for finding in findings if finding["status"] == "fail"] == []
    assert {"Database", "Server", "Worker", "Tables", "Queue worker"} <= {finding["name"] for finding in findings}
    assert "0 failing" in hall.run("doctor")
    (texts,) = [finding for finding in findings if finding["name"] == "Text messages"]
    assert texts["status"] == "warn" and "GRIDHALL_SMS" in texts["remedy"]


def test_doctor_names_what_is_wrong_and_how_to_mend_it(hall: Hall) -> None:
    """An open secret and a house that is down: exit 1, each with its remedy; up mends the latter."""
    for name in ("secret_key", "vapid_key"):
        (hall.folder / name).chmod(0o644)
    hall.down()
    sick = _run(hall, "doctor")
    assert sick.returncode == 1
    assert "others can read secret_key, vapid_key" in sick.stdout
    assert "chmod 600" in sick.stdout and "Gridhall is not running" in sick.stdout and "Traceback" not in sick.stderr
    for name in ("secret_key", "vapid_key"):
        (hall.folder / name).chmod(0o600)
    hall.up()
    assert _run(hall, "doctor").returncode == 0


def test_down_ends_every_process(hall: Hall) -> None:
    """Nothing of ours runs afterwards, and down again has nothing to do."""
    hall.down()
    mine = [line for _, line in running_processes.list_commands() if str(hall.folder) in line]
    assert mine == []
    assert "Nothing was running" in hall.down()
    hall.up()


def test_taken_port_is_refused_when_it_was_asked_for(hall: Hall) -> None:
    """With --port we insist and say so; without it the next free one is taken and remembered."""
    hall.down()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", hall.port))
        stranger.listen()
        refused = _run(hall, "up", "--no-demo", "--port", str(hall.port))
        assert refused.returncode == 1 and "--port" in refused.stderr and "Traceback" not in refused.stderr
        assert not hall.run_folder.is_supervised()
        said = hall.run("up", "--no-demo")
        assert f"Port {hall.port} is taken" in said
        assert hall.run_folder.read_wanted().port != hall.port
    hall.down()
    hall.up()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_users_house_is_refused_with_words(hall: Hall) -> None:
    """A house that somebody else started is neither stopped nor mixed up with ours."""
    owner = hall.run_folder.path.stat().st_uid
    os.chown(hall.run_folder.path, 12345, -1)
    try:
        for command in ("up", "down"):
            refused = _run(hall, command)
            assert refused.returncode == 1 and "belongs to user 12345" in refused.stderr
    finally:
        os.chown(hall.run_folder.path, owner, -1)
