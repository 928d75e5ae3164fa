"""
The PostgreSQL that comes with Gridhall: initialised once, started as a child process, found again after any kill.

It listens on loopback only, with a password that is made at the first start and kept in `postgres.json`, readable by
the owner alone. The application's role owns its database and is no superuser.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gridhall.config import postgres_home, postgres_tuning, running_processes
from gridhall.config.postgres_home import PostgresHome, UnableToRunPostgres

if TYPE_CHECKING:
    import psycopg

USUAL_PORT = 5433
ROLE = DATABASE = "gridhall"
READY_TIMEOUT_S = 120.0


class EmbeddedPostgres:
    """
    One embedded server, kept in one data folder.

    :param is_durable: False only for tests, whose data may be lost with the machine.
    """

    def __init__(self, data_folder: Path, *, is_durable: bool = True) -> None:
        self.data_folder = data_folder
        self.is_durable = is_durable
        self.record_path = data_folder / "postgres.json"
        self.record = read_record(data_folder)
        self.home = self._find_home()
        digest = hashlib.sha256(os.fsencode(self.home.data)).hexdigest()[:12]
        self.cluster_name = f"gridhall-{digest}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port that was chosen last."""
        return int(self.record["port"])

    @property
    def _usual_port(self) -> int:
        """Tests start several at a time: they take any port, so that no two of them reach for the same one."""
        return int(self.record.get("port", USUAL_PORT if self.is_durable else 0))

    @property
    def url(self) -> str:
        """The address of the application's database, password included."""
        return str(self.record["url"])

    def start(self, log: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """
        Start the server as our child; `wait_until_ready` comes next.

        :param log: where the server's own words go.
        """
        self._initialise()
        self._end_strays()
        port = _choose_port(self._usual_port)
        settings = postgres_tuning.get_settings(port=port, cluster_name=self.cluster_name, is_durable=self.is_durable)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [self.home.programs / "postgres", "-D", self.home.data, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.home.data,
            start_new_session=True,
            env=_plain_environment(),
            **self.home.account.as_popen(),
        )
        self._write_record(port=port, pid=self.process.pid)
        return self.process

    def wait_until_ready(
        self, timeout_s: float = READY_TIMEOUT_S, *, is_called_off: Callable[[], bool] = lambda: False
    ) -> None:
        """
        Wait until the server takes connections, through crash recovery if need be.

        :param is_called_off: asked again and again; when it says so, nobody waits any longer.
        :raises UnableToRunPostgres: if it ends or stays silent.
        """
        probe: list[str | Path] = [
            self.home.programs / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-t",
            "2",
        ]
        deadline = time.monotonic() + timeout_s
        while not (
            self._says_ready() and subprocess.run(probe, env=_plain_environment(), cwd="/", check=False).returncode == 0
        ):
            if is_called_off():
                raise UnableToRunPostgres("Starting was called off.", code="called-off")
            if self.process is not None and self.process.poll() is not None:
                raise UnableToRunPostgres(
                    f"PostgreSQL ended while starting (exit {self.process.returncode}). "
                    f"Its own words are in {self.data_folder / 'log' / 'postgres.log'}.",
                    code="postgres-ended",
                )
            if time.monotonic() > deadline:
                raise UnableToRunPostgres(
                    f"PostgreSQL did not answer within {timeout_s:.0f} s.", code="postgres-silent"
                )
            time.sleep(0.03)

    def _says_ready(self) -> bool:
        """Whether the lock file says that it is our process that is ready: the port may be another server's."""
        with contextlib.suppress(OSError, IndexError):
            lines = (self.home.data / "postmaster.pid").read_text().splitlines()
            mine = self.process is None or int(lines[0]) == self.process.pid
            return mine and int(lines[3]) == self.port and lines[7].strip() == "ready"
        return False

    def ensure_database(self) -> None:
        """
        Make the application's role and database where they do not exist yet.

        :raises UnableToRunPostgres: if the server goes away meanwhile.
        """
        import psycopg

        try:
            with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
                self._create_missing(connection)
        except psycopg.Error as error:  # it may be killed at this very moment
            raise UnableToRunPostgres(f"PostgreSQL went away while starting: {error}", code="postgres-away") from error

    def _create_missing(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql

        role, password = sql.Identifier(ROLE), sql.Literal(self.record["password"])
        if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("create role {} login createdb password {}").format(role, password))
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), role))

    @property
    def maintenance_url(self) -> str:
        """The superuser's address; used to make the role and database, never by the application."""
        return f"postgresql://postgres:{self.record['password']}@127.0.0.1:{self.port}/postgres"

    def stop(self, patience_s: float = 30.0) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        if self.process is not None and self.process.poll() is None:
            for number, wait_s in ((signal.SIGINT, patience_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
                self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(wait_s)
                    break
        self.process = None
        self._end_strays()

    def list_strays(self) -> list[int]:
        """List processes of this cluster that run without us: left over when a supervisor was killed."""
        mine = self.process.pid if self.process is not None and self.process.poll() is None else None
        if mine is not None:
            return []
        server = f"{self.home.programs / 'postgres'} -D {self.home.data} "
        backend = f"postgres: {self.cluster_name}:"
        return [pid for pid, line in running_processes.list_commands() if line.startswith((server, backend))]

    def _end_strays(self) -> None:
        """End what is left of an earlier start, then remove its lock file: its number may be anybody's by now."""
        for number, patience_s in ((signal.SIGINT, 20.0), (signal.SIGKILL, 10.0)):
            deadline = time.monotonic() + patience_s
            strays = self.list_strays()
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            while strays and time.monotonic() < deadline:
                time.sleep(0.05)
                strays = self.list_strays()
            if not strays:
                break
        (self.home.data / "postmaster.pid").unlink(missing_ok=True)

    def _find_home(self) -> PostgresHome:
        name = self.record.get("folder")  # relative when inside the data folder, so that a checkout can be moved
        recorded = str(self.data_folder / name) if name else None
        if recorded is not None and self.record.get("pid") and not (Path(recorded) / "data" / "PG_VERSION").exists():
            raise UnableToRunPostgres(
                f"The database folder {recorded} is gone or empty. Put it back, or restore a backup; "
                f"to start anew without the data, remove {self.record_path}.",
                code="data-gone",
            )
        home = postgres_home.find_home(self.data_folder, recorded=recorded)
        if recorded is None and (home.data / "PG_VERSION").exists():
            raise UnableToRunPostgres(
                f"{home.data} holds a database whose password is lost: {self.record_path} is missing. "
                "Put it back from a backup, or move the folder away to start anew.",
                code="record-lost",
            )
        return home

    def _describe_folder(self) -> str:
        inside = self.home.folder.is_relative_to(self.data_folder)
        return str(self.home.folder.relative_to(self.data_folder) if inside else self.home.folder)

    def _initialise(self) -> None:
        """Make the cluster beside its final place and rename it: an interrupted start leaves nothing half-made."""
        version = self.home.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            return
        fresh, word = self.home.folder / "data.new", self.home.folder / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._write_record(port=self._usual_port, pid=0)
        word.unlink(missing_ok=True)
        with os.fdopen(os.open(word, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(self.record["password"])
        if os.geteuid() == 0:
            os.chown(word, self.home.account.uid, self.home.account.gid)
        command: list[str | Path] = [self.home.programs / "initdb", "-D", fresh, "-U", "postgres", f"--pwfile={word}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if self.is_durable else ["--no-sync"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd="/", check=False,
                env=_plain_environment(), **self.home.account.as_popen(),
            )  # fmt: skip
        finally:
            word.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise UnableToRunPostgres(f"initdb failed: {done.stderr.strip()[-800:]}", code="initdb-failed")
        fresh.rename(self.home.data)

    def _check_version(self, found: str) -> None:
        known = postgres_home.get_major_version(self.home.programs)
        if found != known:
            raise UnableToRunPostgres(
                f"{self.home.data} was written by PostgreSQL {found}, and this Gridhall brings {known}. "
                "Back up with the Gridhall that wrote it, move the folder away, and restore with this one.",
                code="postgres-version",
            )

    def _write_record(self, *, port: int, pid: int) -> None:
        password = self.record.get("password") or secrets.token_urlsafe(24)
        self.record = {
            "url": f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}",
            "pid": pid,
            "port": port,
            "data": str(self.home.data),
            "folder": self._describe_folder(),
            "programs": str(self.home.programs),
            "password": password,
        }
        fresh = self.record_path.with_name("postgres.json.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(self.record, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self.record_path)


def read_folder(data_folder: Path) -> Path | None:
    """Give the folder that holds the database, None before the first start."""
    name = read_record(data_folder).get("folder")
    return data_folder / name if name else None


def read_record(data_folder: Path) -> dict[str, Any]:
    """Read `postgres.json`: url, pid, port, data and more; empty before the first start."""
    try:
        return dict(json.loads((data_folder / "postgres.json").read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _choose_port(usual: int) -> int:
    """Take the usual port when it is free, else the next free one, else any."""
    for port in [*range(usual, usual + 40), 0] if usual else [0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError, OverflowError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise UnableToRunPostgres("No port on 127.0.0.1 is free for PostgreSQL.", code="no-port")


def _plain_environment() -> dict[str, str]:
    """An environment in which no PG… variable of the caller leads the programs astray."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
