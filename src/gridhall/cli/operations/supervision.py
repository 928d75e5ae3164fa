"""Starting and ending the supervisor, and asking whether the house answers."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gridhall
from gridhall.config import running_processes
from gridhall.config.data_folder import get_data_folder
from gridhall.config.embedded_postgres import EmbeddedPostgres, read_record
from gridhall.config.run_folder import RunFolder, State, Wanted
from gridhall.core.errors import BusinessError

SOURCE_KINDS = (".py", ".html", ".css", ".js", ".po", ".yaml", ".json", ".sql", ".svg", ".txt")
DATABASE_TIMEOUT_S = 180.0
SERVER_TIMEOUT_S = 90.0
RESTARTS_ALLOWED = 3


class UnableToStart(BusinessError):
    """The house, or a part of it, does not start; the message says why and what to do."""


def get_run_folder() -> RunFolder:
    """Give the run folder of this installation."""
    return RunFolder(get_data_folder())


def get_own_run_folder() -> RunFolder:
    """
    Give the run folder of this installation to a command that changes something.

    :raises UnableToStart: if the data folder belongs to somebody else.
    """
    folder = get_run_folder()
    user = os.geteuid()
    # What was started by somebody is that user's; a folder nobody started in yet need only be writable.
    owner = folder.path.stat().st_uid if folder.path.exists() else user
    if owner != user or (folder.data_folder.exists() and not os.access(folder.data_folder, os.W_OK)):
        owner = owner if owner != user else folder.data_folder.stat().st_uid
        raise UnableToStart(
            f"{folder.data_folder} belongs to user {owner}, and this is user {user}. "
            "Run gridhall as the user who started it first, or set GRIDHALL_DATA to a folder of your own.",
            code="another-user",
        )
    return folder


def is_embedded() -> bool:
    """Tell whether the database is the embedded one."""
    return not os.environ.get("DATABASE_URL")


def start_supervisor(folder: RunFolder) -> None:
    """
    Start the supervisor, detached, and wait until the database takes connections.

    :raises UnableToStart: if it does not.
    """
    folder.make()
    if not folder.is_supervised():
        source = str(Path(gridhall.__file__).resolve().parents[1])
        path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
        folder.write_state(State())
        with (folder.log_path / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gridhall.config.supervisor", str(folder.data_folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | {"PYTHONPATH": path}, cwd=folder.data_folder,
            )  # fmt: skip
        _wait_for_database(folder, process)
        process.returncode = 0  # it lives on without us: keep subprocess from warning
    else:
        _wait_for_database(folder, None)


def _wait_for_database(folder: RunFolder, process: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + DATABASE_TIMEOUT_S
    while True:
        state = folder.read_state()
        if state.database_is_ready:
            return
        has_ended = process is not None and process.poll() is not None
        if has_ended or state.failure or time.monotonic() > deadline:
            reason = state.failure or _last_lines(folder.log_path / "supervisor.log") or "it gave no reason"
            raise UnableToStart(f"The database did not start: {reason}", code="database-did-not-start")
        time.sleep(0.05)


def stop_everything(folder: RunFolder) -> list[str]:
    """End the supervisor and all it runs, and what a killed supervisor left behind. Returns what was ended."""
    ended = []
    state = folder.read_state()
    pid = folder.find_supervisor()
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 75
        while folder.is_supervised() and time.monotonic() < deadline:
            time.sleep(0.05)
        if folder.is_supervised():
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
        ended.append("supervisor, server, worker and database" if is_embedded() else "supervisor, server and worker")
    for name, child in state.children.items():
        if running_processes.is_running(int(child["pid"]), str(child["birth"])):
            running_processes.end_group(int(child["pid"]), patience_s=15)
            ended.append(f"a {name} left over (process {child['pid']})")
        elif child["pid"] and running_processes.is_orphaned_group(int(child["pid"]), sys.executable):
            running_processes.end_group(int(child["pid"]), patience_s=5)
            ended.append(f"what a {name} left over (group {child['pid']})")
    if read_record(folder.data_folder):
        postgres = EmbeddedPostgres(folder.data_folder)
        strays = postgres.list_strays()
        if strays:
            postgres.stop()
            ended.append(f"a database left over ({len(strays)} processes)")
    return ended


def serve(folder: RunFolder, wanted: Wanted) -> None:
    """
    Have the supervisor run the server and the worker, and wait until the server answers.

    :raises UnableToStart: if it does not; the message ends with the server's last words.
    """
    folder.write_wanted(wanted)
    deadline = time.monotonic() + SERVER_TIMEOUT_S
    while time.monotonic() < deadline:
        state = folder.read_state()
        if state.serving_generation == wanted.generation:
            status = ask_server(wanted)
            if status is not None:
                if status >= 500:
                    log = folder.log_path / "server.log"
                    raise UnableToStart(
                        f"The server answers with error {status}:\n{_last_lines(log)}", code="server-error"
                    )
                return
            if state.children.get("server", {}).get("restarts", 0) >= RESTARTS_ALLOWED:
                break
        time.sleep(0.1)
    words = _last_lines(folder.log_path / "server.log")
    raise UnableToStart(
        f"The server does not answer on port {wanted.port}. Its last words:\n{words}", code="server-silent"
    )


def wait_until_not_serving(folder: RunFolder) -> None:
    """Wait until server and worker have ended."""
    deadline = time.monotonic() + 60
    while folder.is_supervised() and folder.read_state().serving_generation != -1:
        if time.monotonic() > deadline:
            raise UnableToStart("Server and worker do not end. Run `gridhall down` and try again.", code="not-ending")
        time.sleep(0.1)


def ask_server(wanted: Wanted) -> int | None:
    """Ask the server for its first page. Returns the status, or None when nobody answers."""
    host = "127.0.0.1" if wanted.host in ("0.0.0.0", "::", "localhost") else wanted.host.strip("[]")
    connection = http.client.HTTPConnection(host, wanted.port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{wanted.port}" if host == "127.0.0.1" else host})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def get_fingerprint() -> str:
    """Give a text that changes when any source file does: a running server then needs a restart."""
    root = Path(gridhall.__file__).resolve().parent
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(root.rglob("*")):
        if path.suffix in SOURCE_KINDS and "tests" not in path.parts and path.is_file():
            facts = path.stat()
            digest.update(f"{path}|{facts.st_size}|{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _last_lines(path: Path, count: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""
