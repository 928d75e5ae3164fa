"""The backup archive: nothing lost on the way there and back, and no damage goes unnoticed."""

from __future__ import annotations

import io
import os
import tarfile
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.cli.operations import archive
from gridhall.cli.operations.archive import Manifest, Source, UnableToReadArchive
from gridhall.core.periods import Month
from gridhall.engines.intervals.store import IntervalStore

AT = datetime(2026, 2, 1, tzinfo=UTC)


def _manifest() -> Manifest:
    return Manifest("2026-01-01T00:00:00+00:00", "0.1.0", "180006", ["core.0001_initial"])


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    sources = []
    for number, (name, content) in enumerate(files.items()):
        path = folder / f"source-{number}"
        path.write_bytes(content)
        sources.append(Source(name, path, len(content)))
    target = folder / "backup.tar"
    list(archive.write_archive(target, sources, _manifest()))
    return target


FILES = {"database.dump": b"dump" * 1000, "intervals/2026-01/a.shard": os.urandom(5000), "kept/secret_key": b"key"}


def test_round_trip(tmp_path: Path) -> None:
    """What went in comes out, and the archive is the owner's alone."""
    target = _write(tmp_path, FILES)
    assert target.stat().st_mode & 0o077 == 0
    *_, manifest = archive.verify_archive(target)
    assert isinstance(manifest, Manifest) and set(manifest.files) == set(FILES)
    out = tmp_path / "out"
    list(archive.extract_archive(target, out))
    for name, content in FILES.items():
        assert (out / name).read_bytes() == content


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.floats(0, 1), is_cut=st.booleans())
def test_any_damage_is_noticed(tmp_path: Path, position: float, is_cut: bool) -> None:
    """One flipped byte of content, or a missing end, and the archive is refused with words."""
    whole = _write(tmp_path, FILES).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(whole)) as opened:
        spans = [(member.offset_data, member.size) for member in opened if member.name in FILES]
    start, size = spans[int(position * (len(spans) - 1))]
    at = start + int(position * (size - 1))
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(whole[:at] if is_cut else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(UnableToReadArchive):
        list(archive.verify_archive(damaged))


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "kept/../../outside", "strange.txt"])
def test_members_that_would_land_outside_are_refused(tmp_path: Path, name: str) -> None:
    """A forged archive cannot write where it wants."""
    target = tmp_path / "forged.tar"
    with tarfile.open(target, "w") as forged:
        forged.addfile(tarfile.TarInfo(name))
    with pytest.raises(UnableToReadArchive, match="no backup of ours"):
        list(archive.verify_archive(target))


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty or a foreign file gets a sentence, not a traceback."""
    target = tmp_path / "x.tar"
    target.write_bytes(content)
    with pytest.raises(UnableToReadArchive):
        list(archive.verify_archive(target))


def test_store_is_linked_as_long_as_it_was(tmp_path: Path) -> None:
    """A log that grows after the moment of the snapshot is archived as it was; unfinished files are left out."""
    store = tmp_path / "intervals"
    month = store / "months" / "2026-01"
    month.mkdir(parents=True)
    log = month / "late.log"
    log.write_bytes(b"before")
    (month / "manifest.json").write_bytes(b"{}")
    (month / "tmp-1-2-shard").write_bytes(b"half")
    (store / "note").write_bytes(b"n")
    sources = archive.link_store(store, tmp_path / "staging")
    assert sorted(source.name.removeprefix("intervals/") for source in sources) == [
        "months/2026-01/late.log", "months/2026-01/manifest.json", "note",
    ]  # fmt: skip
    with log.open("ab") as file:
        file.write(b" after")
    dump = tmp_path / "dump"
    dump.write_bytes(b"d")
    target = tmp_path / "b.tar"
    list(archive.write_archive(target, [Source("database.dump", dump, 1), *sources], _manifest()))
    list(archive.extract_archive(target, tmp_path / "out"))
    assert (tmp_path / "out" / "intervals" / "months" / "2026-01" / "late.log").read_bytes() == b"before"


def test_store_is_linked_whole_while_it_is_compacted(tmp_path: Path) -> None:
    """Whatever a linked manifest names is linked with it, though compactions replace files all the time."""
    store = IntervalStore(tmp_path / "intervals")
    month, ended = Month(2026, 1), threading.Event()

    def keep_compacting() -> None:
        for turn in range(10_000):
            reads = np.full((20, 96), turn, np.int32)
            store.write_days(date(2026, 1, turn % 31 + 1), np.arange(20), reads, known_at=AT + timedelta(seconds=turn))
            if turn % 3 == 2:
                store.compact(month)
            if ended.is_set():
                return

    worker = threading.Thread(target=keep_compacting)
    worker.start()
    try:
        while not store.months():
            time.sleep(0.001)
        for turn in range(150):
            staging = tmp_path / f"staging-{turn}"
            archive.link_store(store.root, staging)
            linked = IntervalStore(staging).state(month)
            named = [*(part.name for part in linked.manifest.parts), *linked.manifest.history]
            assert [name for name in named if not (linked.folder / name).exists()] == []
            linked.load_block(0)
    finally:
        ended.set()
        worker.join()


def test_failed_writing_leaves_nothing(tmp_path: Path) -> None:
    """An archive appears whole or not at all."""
    missing = Source("database.dump", tmp_path / "gone", 1)
    with pytest.raises(FileNotFoundError):
        list(archive.write_archive(tmp_path / "b.tar", [missing], _manifest()))
    assert list(tmp_path.iterdir()) == []
