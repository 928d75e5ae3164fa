"""What tariffs does: read tariff files, and put them in force once a second person has looked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction

from gridhall.apps.tariffs.events import TariffApproved, TariffsLoaded
from gridhall.apps.tariffs.kinds import TariffStatusKind
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core import events
from gridhall.core.errors import BusinessError, Fault, FaultyInput
from gridhall.engines.rating.catalogue import parse

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 8_000_000


class UnableToLoadTariffs(BusinessError):
    """No file was read."""


class UnableToApproveTariff(BusinessError):
    """What is in force stays in force."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the files of a folder: new states, those known before, and what is wrong with the others."""

    loaded: list[TariffDocument] = field(default_factory=list)
    unchanged: list[TariffDocument] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@transaction.atomic
def load_tariffs(*, folder: Path, at: datetime, actor: str) -> LoadReport:
    """
    Read every tariff file of a folder, or one file; each new state waits for approval.

    A faulty file is listed by line and field, and the others are loaded all the same. Read again nothing changes.

    :raises UnableToLoadTariffs: if there is no such folder or file.
    """
    if folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.casefold() in SUFFIXES)
    elif folder.is_file():
        files = [folder]
    else:
        raise UnableToLoadTariffs(f"There is no file or folder {folder}.", code="not-found")
    report = LoadReport()
    seen: dict[str, str] = {}
    for path in files:
        try:
            document, is_new = _load(path, seen, at=at, actor=actor)
        except FaultyInput as refusal:
            report.faults.extend(refusal.faults)
        else:
            (report.loaded if is_new else report.unchanged).append(document)
    if report.loaded:
        events.publish(TariffsLoaded([document.pk for document in report.loaded]), actor=actor, at=at)
    return report


def _load(path: Path, seen: dict[str, str], *, at: datetime, actor: str) -> tuple[TariffDocument, bool]:
    text = _read(path)
    tariff = parse(text.encode(), path.name)
    if len(tariff.code) > 64:
        raise FaultyInput([Fault(path.name, 1, "tariff", "the code has more than 64 characters", "shorten it")])
    if tariff.code in seen:
        problem = f"{seen[tariff.code]} holds a tariff of this code too"
        raise FaultyInput([Fault(path.name, 1, "tariff", problem, "give each tariff a code of its own")])
    seen[tariff.code] = path.name
    values = {
        "name": tariff.label.zh[:120] or tariff.code,
        "name_en": tariff.label.en[:120],
        "text": text,
        "file_name": path.name[:255],
        "loaded_at": at,
        "loaded_by": actor[:150],
    }
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return TariffDocument.objects.get_or_create(code=tariff.code, sha256=sha256, defaults=values)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FaultyInput([Fault(path.name, None, None, "the file is larger than 8 MB", "give one tariff a file")])
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FaultyInput(
            [Fault(path.name, None, None, f"cannot be read: {error.strerror}", "check the file")]
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultyInput([Fault(path.name, line, None, "the text is not UTF-8", "save the file as UTF-8")]) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise FaultyInput([Fault(path.name, line, None, "the text holds a NUL byte", "write the file anew as text")])
    return text


@transaction.atomic
def approve_tariff(*, document: TariffDocument, at: datetime, actor: str) -> TariffDocument:
    """
    Put a loaded state in force; the one before is retired, and stays readable.

    :raises UnableToApproveTariff: by the person who loaded it, or if it was approved before.
    """
    same_code = TariffDocument.objects.select_for_update().filter(code=document.code).order_by("id")
    rows = {row.pk: row for row in same_code}
    document = rows[document.pk]
    if document.status != TariffStatusKind.DRAFT:
        raise UnableToApproveTariff("This state of the tariff was approved before.", code="already-approved")
    if not actor or actor == document.loaded_by:
        raise UnableToApproveTariff("Who loaded a tariff does not approve it; ask a second person.", code="same-person")
    retired = next((row for row in rows.values() if row.status == TariffStatusKind.APPROVED), None)
    if retired is not None:
        retired.status = TariffStatusKind.RETIRED
        retired.save(update_fields=["status"])
    document.status = TariffStatusKind.APPROVED
    document.approved_at, document.approved_by = at, actor[:150]
    document.save(update_fields=["status", "approved_at", "approved_by"])
    told = TariffApproved(document.pk, document.code, document.sha256, retired.pk if retired else None)
    events.publish(told, actor=actor, at=at)
    return document
