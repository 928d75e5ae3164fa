"""
The backup archive: one tar file with the database, the interval store, the keys and all else the data folder keeps.

The last member, `manifest.json`, gives the size and SHA-256 of every other one. The database is dumped from one
snapshot, and the store is linked month by month while that snapshot is open: its files are written once or only grow,
so what was there at that moment can be read at leisure.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.manifest import MANIFEST as MONTH_MANIFEST
from gridhall.engines.intervals.manifest import locked

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.dump"
STORE = "intervals"
KEPT = "kept"
REMADE = {"postgres", "postgres.json", "run", "log", "static", "intervals", "staging"}
UNFINISHED = (".tmp", ".new", ".lock", ".part")
BLOCK_BYTES = 1 << 20


class UnableToReadArchive(BusinessError):
    """A file is no backup of ours, or is damaged; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that goes into the archive, as long as it was at the moment of the snapshot."""

    name: str
    path: Path
    size: int


@dataclass(slots=True)
class Manifest:
    """What an archive says about itself."""

    created_at: str
    gridhall: str
    postgres: str
    migrations: list[str]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> bytes:
        """Give the manifest's bytes."""
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}, indent=1).encode()


def link_store(store: Path, staging: Path) -> list[Source]:
    """
    Link every finished file of the store into a folder, and note its length now.

    Each month is linked under the lock of its writers: whatever its manifest names is there with it, though a
    compaction may be at work.

    :param staging: on the same file system; files are copied where links are not possible.
    """
    found: list[Source] = []
    months = sorted(path.parent for path in store.glob(f"months/*/{MONTH_MANIFEST}"))
    for month in months:
        with locked(month, "write"):
            found += _link_files(sorted(month.iterdir()), store, staging)
    others = [path for path in sorted(store.rglob("*")) if path.parent not in months] if store.is_dir() else []
    return found + _link_files(others, store, staging)


def _link_files(paths: list[Path], store: Path, staging: Path) -> list[Source]:
    found = []
    for path in paths:
        if not _is_finished(path):
            continue
        relative = path.relative_to(store)
        linked = staging / relative
        linked.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # a file that no manifest names, swept away meanwhile
            _link_or_copy(path, linked)
            found.append(Source(f"{STORE}/{relative.as_posix()}", linked, linked.stat().st_size))
    return found


def _is_finished(path: Path) -> bool:
    is_temporary = path.name.startswith(("tmp-", ".")) or path.suffix in UNFINISHED
    return not is_temporary and path.is_file() and not path.is_symlink()


def _link_or_copy(path: Path, linked: Path) -> None:
    try:
        os.link(path, linked)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, linked)


def list_kept(data_folder: Path, *, store: Path) -> list[Source]:
    """List what else the data folder keeps: keys, dropped files, notes; not what is made again by itself."""
    found = []
    for entry in sorted(data_folder.iterdir()):
        if entry.name in REMADE or entry.name.startswith(("restore-", "staging-", "test-")) or entry == store:
            continue
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if _is_finished(path) and path.suffix != ".tar":
                name = f"{KEPT}/{path.relative_to(data_folder).as_posix()}"
                found.append(Source(name, path, path.stat().st_size))
    return found


def write_archive(target: Path, sources: list[Source], manifest: Manifest) -> Iterator[int]:
    """Write the archive beside its place and rename it; yields the bytes written so far."""
    fresh = target.with_name(f".{target.name}.part")
    done = 0
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for source in sources:
                    with source.path.open("rb") as content:
                        reader = _HashingReader(content, source.size)
                        archive.addfile(_describe(source.name, source.size, source.path.stat().st_mtime), reader)
                    manifest.files[source.name] = {"size": source.size, "sha256": reader.digest.hexdigest()}
                    done += source.size
                    yield done
                content_of_manifest = manifest.as_json()
                archive.addfile(_describe(MANIFEST, len(content_of_manifest), 0), io.BytesIO(content_of_manifest))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(target)
    finally:
        fresh.unlink(missing_ok=True)


def verify_archive(path: Path) -> Iterator[int | Manifest]:
    """
    Read the whole archive and compare it with its manifest; yields the bytes read, and at last the manifest.

    :raises UnableToReadArchive: if it is no backup of ours, is cut short, or any byte differs.
    """
    seen: dict[str, dict[str, Any]] = {}
    manifest: Manifest | None = None
    done = 0
    try:
        with tarfile.open(path, mode="r|") as archive:
            for member in archive:
                content = _open_member(archive, member)
                if member.name == MANIFEST:
                    manifest = _parse_manifest(content.read())
                    continue
                digest = hashlib.sha256()
                while block := content.read(BLOCK_BYTES):
                    digest.update(block)
                    done += len(block)
                seen[member.name] = {"size": member.size, "sha256": digest.hexdigest()}
                yield done
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UnableToReadArchive(f"{path} cannot be read: {error}.", code="archive-unreadable") from error
    if manifest is None:
        raise UnableToReadArchive(f"{path} has no manifest: it is cut short, or no backup of ours.", code="no-manifest")
    _compare(path, seen, manifest)
    yield manifest


def extract_archive(path: Path, target: Path) -> Iterator[int]:
    """Unpack a verified archive into an empty folder; yields the bytes written so far."""
    done = 0
    with tarfile.open(path, mode="r|") as archive:
        for member in archive:
            content = _open_member(archive, member)
            place = target / member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o644 if member.name.startswith(f"{STORE}/") else 0o600
            with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
                shutil.copyfileobj(content, file, BLOCK_BYTES)
            os.utime(place, (member.mtime, member.mtime))
            done += member.size
            yield done


class _HashingReader:
    """Reads exactly so many bytes of a file, and hashes them on the way."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        self.content, self.left, self.digest = content, size, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.content.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(block)
        self.digest.update(block)
        return block


def _describe(name: str, size: int, mtime: float) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(mtime), 0o600
    return info


def _open_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    place = PurePosixPath(member.name)
    is_known = member.name in (MANIFEST, DATABASE) or place.parts[0] in (STORE, KEPT)
    content = archive.extractfile(member) if member.isreg() else None
    if content is None or not is_known or place.is_absolute() or ".." in place.parts:
        raise UnableToReadArchive(
            f"The archive holds {member.name!r}, which no backup of ours does.", code="strange-member"
        )
    return content


def _parse_manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(content))
    except (ValueError, TypeError) as error:
        raise UnableToReadArchive(f"The manifest cannot be read: {error}.", code="manifest-unreadable") from error
    if manifest.format > FORMAT:
        raise UnableToReadArchive("The backup was made by a newer Gridhall; upgrade first.", code="archive-newer")
    return manifest


def _compare(path: Path, seen: dict[str, dict[str, Any]], manifest: Manifest) -> None:
    wrong = [name for name, facts in manifest.files.items() if seen.get(name) != facts] + [
        name for name in seen if name not in manifest.files
    ]
    if DATABASE not in seen:
        wrong.append(DATABASE)
    if wrong:
        names = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
        raise UnableToReadArchive(
            f"{path} is damaged: {len(wrong)} of {len(manifest.files)} files differ from the manifest ({names}). "
            "Nothing was changed; use another backup.",
            code="archive-damaged",
        )
