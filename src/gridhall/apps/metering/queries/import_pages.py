"""Files of reads on the desk: those that wait, run, are done or failed, with their bad rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from gridhall.apps.metering.models import ReadImport, ReadImportFault


@dataclass(frozen=True, slots=True)
class ImportState:
    """
    An import as the desk sees it.

    :param state: WAITING, RUNNING, DONE or FAILED. :param is_moving: whether it will be another soon.
    """

    record: ReadImport
    state: str

    @property
    def is_moving(self) -> bool:
        """Whether it is worth looking again soon."""
        return self.state in ("WAITING", "RUNNING")


def _state(record: ReadImport) -> ImportState:
    is_waiting = bool(record.kept_file) and record.status != "RUNNING"
    return ImportState(record, "WAITING" if is_waiting else record.status)


def list_imports(
    *, limit: int, offset: int = 0, state: str = "", name: str = "", oldest_first: bool = False
) -> tuple[list[ImportState], int]:
    """
    List imports, the newest first, and how many there are.

    :param state: WAITING, RUNNING, DONE or FAILED; empty for all. :param name: a part of the name of the file.
    """
    found = ReadImport.objects.all()
    waits = Q(kept_file__gt="") & ~Q(status="RUNNING")
    if state:
        found = found.filter(waits) if state == "WAITING" else found.filter(~waits, status=state)
    if name:
        found = found.filter(file_name__icontains=name)
    order = ("started_at", "id") if oldest_first else ("-started_at", "-id")
    return [_state(one) for one in found.order_by(*order)[offset : offset + limit]], found.count()


def get_import(*, pk: int) -> ImportState | None:
    """Give one import."""
    record = ReadImport.objects.filter(pk=pk).first()
    return None if record is None else _state(record)


def list_import_faults(*, record: ReadImport, limit: int) -> list[ReadImportFault]:
    """List the first bad rows in the order of the file."""
    return list(ReadImportFault.objects.filter(read_import=record).order_by("pk")[:limit])


def find_faults_file(*, record: ReadImport) -> Path | None:
    """Give the file with every bad row; None if there is none."""
    path = Path(record.faults_file) if record.faults_file else None
    return path if path is not None and path.suffix == ".csv" and path.is_file() else None


def list_dropped() -> list[str]:
    """List the names of files that lie in the drop folder and wait."""
    folder = Path(settings.GRIDHALL_DROP_FOLDER) / "in"
    if not folder.is_dir():
        return []
    names = sorted(one.name for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    return [name.encode("utf-8", "replace").decode() for name in names[:50]]
