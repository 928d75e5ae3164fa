"""
Files of reads that a person sends: kept until the queue has brought them in.

A file lies in a folder of its own, named by its content, outside everything that is served. It is known by its hash
before anything else is done with it, so the same file twice is noticed at once.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gridhall.apps.metering.actions.imports.files import UnableToImportReads, hash_file, import_reads
from gridhall.apps.metering.kinds import ImportStatusKind
from gridhall.apps.metering.models import ReadImport
from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.formats.source import UNPACKING_ERRORS, find_encoding, find_sources

IMPORT_TASK = "metering.import_received"
logger = logging.getLogger(__name__)


class UnableToReceiveFile(BusinessError):
    """The file was not taken; nothing is kept of it."""


@dataclass(frozen=True)
class Received:
    """The import that a file belongs to; `is_known` when the same content was brought in, or waits, already."""

    read_import: ReadImport
    is_known: bool


def receive_read_file(
    *, file_name: str, content: Iterable[bytes], usage_point: str, at: datetime, actor: str
) -> Received:
    """
    Keep a file of reads for the queue, unless its content is known.

    :param usage_point: whose reads they are when the file does not say; usually empty.
    :raises UnableToReceiveFile: if it is too large (`too-large-file`), empty (`empty-file`), or of a kind that holds no
        reads (`no-reads`, `workbook`), or is an archive that cannot be opened (`bad-archive`).
    """
    root = Path(settings.GRIDHALL_READ_FILES)
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix="arriving-"))
    try:
        path = folder / clean_name(file_name)
        size = _write(path, content)
        _check_kind(path)
        sha256 = hash_file(path, usage_point or None)
        return _enter(path, sha256, size, usage_point, at=at, actor=actor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_name(name: str) -> str:
    """
    Give a name that is safe in every folder and still tells people which file it is.

    >>> clean_name("../../十月.csv"), clean_name(chr(0))
    ('十月.csv', 'reads')
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    text = re.sub(r"[\x00-\x1f\x7f]", "", text.encode("utf-8", "ignore").decode()).strip(". ")
    while len(text.encode()) > 200:
        text = text[1:]
    return text or "reads"


def _write(path: Path, content: Iterable[bytes]) -> int:
    size = 0
    with path.open("wb") as file:
        for chunk in content:
            size += len(chunk)
            if size > settings.GRIDHALL_LARGEST_READ_FILE:
                raise UnableToReceiveFile("The file is too large; send it in parts.", code="too-large-file")
            file.write(chunk)
    if not size:
        raise UnableToReceiveFile("The file is empty.", code="empty-file")
    return size


def _check_kind(path: Path) -> None:
    """Look at the content, never at the name: text, Parquet, and archives of those."""
    try:
        heads = [source.head(4_096) for source in find_sources(path)[:20]]
    except (BusinessError, *UNPACKING_ERRORS) as error:
        if "office document" in str(error):
            raise UnableToReceiveFile("A workbook holds no reads; save the sheet as CSV.", code="workbook") from error
        raise UnableToReceiveFile("The archive cannot be opened.", code="bad-archive") from error
    if not any(head.startswith(b"PAR1") or (head and find_encoding(head) is not None) for head in heads):
        raise UnableToReceiveFile("This file holds no reads.", code="no-reads")


@transaction.atomic
def _enter(path: Path, sha256: str, size: int, usage_point: str, *, at: datetime, actor: str) -> Received:
    while ReadImport.objects.filter(started_at=at).exists():
        at += timedelta(microseconds=1)
    record, is_new = ReadImport.objects.get_or_create(
        sha256=sha256,
        defaults={
            "file_name": path.name[:255], "format": "", "status": ImportStatusKind.WAITING, "started_at": at,
            "actor": actor[:150], "usage_point": usage_point, "size_bytes": size,
        },
    )  # fmt: skip
    record = ReadImport.objects.select_for_update().get(pk=record.pk)
    is_done = record.status == ImportStatusKind.DONE and not record.rows_rejected
    if not is_new and (record.kept_file or is_done or record.status == ImportStatusKind.RUNNING):
        return Received(record, is_known=True)
    home = path.parent.parent / sha256
    home.mkdir(exist_ok=True)
    kept = home / path.name
    path.replace(kept)
    record.kept_file, record.usage_point, record.size_bytes = str(kept), usage_point, size
    record.save(update_fields=["kept_file", "usage_point", "size_bytes"])
    transaction.on_commit(lambda: wake_importer(at))
    return Received(record, is_known=False)


def wake_importer(at: datetime) -> None:
    """Ask the queue to bring in what waits; one that is asked already is enough, and each minute one looks anyway."""
    task = app.configure_task(IMPORT_TASK, allow_unknown=True, queueing_lock=IMPORT_TASK)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(timestamp=int(at.timestamp()))


def import_received_files(*, at: datetime) -> int:
    """Bring in every kept file, in the order of arrival; gives how many were brought in."""
    count = 0
    for record in ReadImport.objects.exclude(kept_file="").order_by("started_at"):
        path = Path(record.kept_file)
        try:
            import_reads(path=path, at=at, actor=record.actor, usage_point=record.usage_point or None)
            count += 1
        except UnableToImportReads:
            continue  # somebody is at it
        except BusinessError as refusal:
            logger.info("%s could not be used: %s", record.file_name, refusal.message)
            if not path.is_file():
                ReadImport.objects.filter(pk=record.pk).update(
                    status=ImportStatusKind.FAILED, problem="the kept file is gone", finished_at=at
                )
        ReadImport.objects.filter(pk=record.pk).update(kept_file="")
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
    return count
