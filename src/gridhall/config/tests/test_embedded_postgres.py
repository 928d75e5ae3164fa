"""The embedded server: started anywhere, killed at any moment, never open to others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from gridhall.config import postgres_home
from gridhall.config.embedded_postgres import EmbeddedPostgres, read_record
from gridhall.config.postgres_home import UnableToRunPostgres
from gridhall.config.postgres_tuning import get_settings

is_root = os.geteuid() == 0


def _start(folder: Path, *, is_durable: bool = False) -> EmbeddedPostgres:
    server = EmbeddedPostgres(folder, is_durable=is_durable)
    with (folder / "postgres.log").open("ab") as log:
        server.start(log)
    server.wait_until_ready()
    server.ensure_database()
    return server


def test_first_start_gives_a_database_of_our_own(open_folder: Path) -> None:
    """UTF-8, sorted by code point, owned by a role that is no superuser, with the extensions that tables need."""
    server = _start(open_folder)
    with psycopg.connect(server.url) as connection:
        connection.execute("create extension btree_gist")
        connection.execute("create extension pg_trgm")
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
        facts = connection.execute(
            "select pg_encoding_to_char(encoding), datlocale from pg_database where datname = 'gridhall'"
        )
        assert facts.fetchone() == ("UTF8", "C.UTF-8")


def test_secrets_are_the_owners_alone_and_the_password_is_asked(open_folder: Path) -> None:
    """Nobody else reads the record; who has no password stays outside; only loopback listens."""
    server = _start(open_folder)
    assert stat.S_IMODE(server.record_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.home.data.stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url.replace(server.record["password"], "wrong"))
    with psycopg.connect(server.url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)


def test_kill_and_start_keeps_what_was_committed(open_folder: Path) -> None:
    """After SIGKILL another process finds the orphans, ends them, and starts from the same data."""
    server = _start(open_folder, is_durable=True)
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 7 as number")
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    successor = _start(open_folder)
    with psycopg.connect(successor.url) as connection:
        assert connection.execute("select number from kept").fetchone() == (7,)
    successor.stop()
    assert successor.list_strays() == []


def test_orphan_of_a_killed_supervisor_is_found(open_folder: Path) -> None:
    """A server whose parent is gone still runs; the next start ends it first."""
    first = _start(open_folder)
    second = EmbeddedPostgres(open_folder, is_durable=False)
    assert first.process is not None and first.process.pid in second.list_strays()
    second.start()
    second.wait_until_ready()
    assert first.process.wait(10) == 0
    assert second.process is not None and second.process.poll() is None
    second.stop()


def test_lock_file_with_the_number_of_a_stranger(open_folder: Path) -> None:
    """After a reboot the number in postmaster.pid may be anybody's: it must not stop us."""
    server = _start(open_folder)
    server.stop()
    lock = server.home.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.home.data}\n0\n{server.port}\n\n127.0.0.1\n0 0\nready\n")
    if is_root:
        os.chown(lock, server.home.account.uid, server.home.account.gid)
    again = _start(open_folder)
    assert again.process is not None and again.process.poll() is None


def test_taken_port_is_avoided_and_recorded(open_folder: Path) -> None:
    """When a stranger has our port we take another, and the record says which."""
    server = _start(open_folder)
    server.stop()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", server.port))
        stranger.listen()
        again = _start(open_folder)
        assert again.port != stranger.getsockname()[1]
        assert read_record(open_folder)["port"] == again.port
        with psycopg.connect(read_record(open_folder)["url"]) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_interrupted_first_start_leaves_nothing_half_made(open_folder: Path) -> None:
    """A data folder appears whole or not at all."""
    server = EmbeddedPostgres(open_folder, is_durable=False)
    half = server.home.folder / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    _start(open_folder)
    assert not half.exists()


def test_lost_record_is_refused_with_words(open_folder: Path) -> None:
    """Without its password the old data must neither be opened nor overwritten."""
    server = _start(open_folder)
    server.stop()
    if str(server.home.folder) != str(open_folder / "postgres"):
        pytest.fail("the data folder should be in the open folder")
    record = server.record_path.read_bytes()
    server.record_path.unlink()
    with pytest.raises(UnableToRunPostgres, match="password is lost"):
        EmbeddedPostgres(open_folder, is_durable=False)
    server.record_path.write_bytes(record)


def test_moved_checkout_takes_its_data_along(open_folder: Path) -> None:
    """The record says where the data are relative to itself."""
    before, after = open_folder / "before", open_folder / "after"
    before.mkdir()
    server = _start(before, is_durable=True)
    with psycopg.connect(server.url) as connection:
        connection.execute("create table moved as select 5 as number")
    server.stop()
    before.rename(after)
    with psycopg.connect(_start(after).url) as connection:
        assert connection.execute("select number from moved").fetchone() == (5,)
    assert not before.exists()


def test_data_that_are_gone_are_not_replaced_by_nothing(open_folder: Path) -> None:
    """An empty database in place of a lost one would be worse than a refusal."""
    server = _start(open_folder)
    server.stop()
    shutil.rmtree(server.home.folder)
    with pytest.raises(UnableToRunPostgres, match="gone or empty"):
        EmbeddedPostgres(open_folder, is_durable=False)


def test_foreign_version_is_refused_with_words(open_folder: Path) -> None:
    """Data of another major version are left alone."""
    server = _start(open_folder)
    server.stop()
    (server.home.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(UnableToRunPostgres, match="written by PostgreSQL 17"):
        EmbeddedPostgres(open_folder, is_durable=False).start()


@pytest.mark.skipif(not is_root, reason="only root has an account to drop to")
def test_root_below_a_hidden_folder(open_folder: Path) -> None:
    """A checkout that the unprivileged account cannot reach: the data go elsewhere, no mode is changed."""
    hidden = open_folder / "home"
    data_folder = hidden / "checkout" / ".gridhall"
    data_folder.mkdir(parents=True)
    hidden.chmod(0o700)
    server = _start(data_folder)
    assert server.home.folder.parent == postgres_home.SYSTEM_FOLDER
    assert stat.S_IMODE(hidden.stat().st_mode) == 0o700
    assert server.process is not None
    assert Path(f"/proc/{server.process.pid}").stat().st_uid == server.home.account.uid != 0
    server.stop()
    assert EmbeddedPostgres(data_folder, is_durable=False).home == server.home


@pytest.mark.skipif(not is_root, reason="only root can be each of them")
def test_ordinary_user_runs_it_as_itself(open_folder: Path) -> None:
    """An ordinary user needs no other account and no folder outside the data folder."""
    account = postgres_home.Account(65534, 65534)
    programs = postgres_home._reachable_programs(account)
    os.chown(open_folder, account.uid, account.gid)
    script = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "from gridhall.config import postgres_home; from gridhall.config.embedded_postgres import EmbeddedPostgres;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "postgres_home.find_programs = lambda: Path(sys.argv[3]);"
        "server = EmbeddedPostgres(Path(sys.argv[1]), is_durable=False); server.start(); server.wait_until_ready();"
        "print(server.home.folder); server.stop()"
    )
    source = str(Path(postgres_home.__file__).resolve().parents[2])
    command = [sys.executable, "-c", script, str(open_folder), source, str(programs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(open_folder / "postgres")


def test_durability_is_never_off_outside_tests() -> None:
    """The settings that protect what was acknowledged."""
    settings = get_settings(port=1, cluster_name="x", is_durable=True)
    assert {settings[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}
