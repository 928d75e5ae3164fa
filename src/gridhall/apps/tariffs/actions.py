"""What tariffs does: read tariff files, and put them in force once a second person has looked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from gridhall.apps.tariffs import queries
from gridhall.apps.tariffs.events import TariffApproved, TariffRetired, TariffsLoaded
from gridhall.apps.tariffs.kinds import TariffStatusKind
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.apps.tariffs.rules import MAX_BYTES, read_tariff_text, read_text, too_large
from gridhall.core import events
from gridhall.core.errors import BusinessError, Fault, FaultyInput

SUFFIXES = (".yaml", ".yml", ".json")
LONGEST_NOTE = 500


class UnableToLoadTariffs(BusinessError):
    """No file was read."""


class UnableToApproveTariff(BusinessError):
    """What is in force stays in force."""


class UnableToRetireTariff(BusinessError):
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


@transaction.atomic
def load_tariff_text(*, content: bytes, file_name: str, at: datetime, actor: str) -> tuple[TariffDocument, bool]:
    """
    Keep one tariff that somebody brought in as a state that waits for approval; the same text twice is kept once.

    :returns: the state, and whether it is new.
    :raises FaultyInput: with every fault, its line and how to mend it; nothing is kept.
    """
    document, is_new = _keep(read_text(content, file_name), file_name, {}, at=at, actor=actor)
    if is_new:
        events.publish(TariffsLoaded([document.pk]), actor=actor, at=at)
    return document, is_new


def _load(path: Path, seen: dict[str, str], *, at: datetime, actor: str) -> tuple[TariffDocument, bool]:
    return _keep(_read(path), path.name, seen, at=at, actor=actor)


def _keep(text: str, name: str, seen: dict[str, str], *, at: datetime, actor: str) -> tuple[TariffDocument, bool]:
    tariff = read_tariff_text(text, name)
    if tariff.code in seen:
        problem = f"{seen[tariff.code]} holds a tariff of this code too"
        raise FaultyInput([Fault(name, 1, "tariff", problem, "give each tariff a code of its own")])
    seen[tariff.code] = name
    values = {
        "name": tariff.label.zh[:120] or tariff.code,
        "name_en": tariff.label.en[:120],
        "text": text,
        "file_name": name[:255],
        "loaded_at": at,
        "loaded_by": actor[:150],
    }
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return TariffDocument.objects.get_or_create(code=tariff.code, sha256=sha256, defaults=values)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_large(path.name)
        content = path.read_bytes()
    except OSError as error:
        raise FaultyInput(
            [Fault(path.name, None, None, f"cannot be read: {error.strerror}", "check the file")]
        ) from None
    return read_text(content, path.name)


@transaction.atomic
def approve_tariff(
    *, document: TariffDocument, at: datetime, actor: str, note: str = "", against: int | None = None
) -> TariffDocument:
    """
    Put a loaded state in force; the one before is retired, and stays readable.

    :param note: why, for who asks later.
    :param against: the key of the state in force that the person saw when he decided, 0 for none; None does not ask.
    :raises UnableToApproveTariff: by the person who loaded it, if it was decided before, or if another state came in
        force meanwhile.
    """
    rows = _lock_states(document.code)
    document = rows[document.pk]
    if document.status != TariffStatusKind.DRAFT:
        raise UnableToApproveTariff("This state of the tariff was approved before.", code="already-approved")
    if not actor or actor == document.loaded_by:
        raise UnableToApproveTariff("Who loaded a tariff does not approve it; ask a second person.", code="same-person")
    retired = next((row for row in rows.values() if row.status == TariffStatusKind.APPROVED), None)
    if against is not None and against != (retired.pk if retired else 0):
        raise UnableToApproveTariff(
            "Another state of this tariff came in force meanwhile; compare with that one.", code="other-in-force"
        )
    note = _check_note(note, UnableToApproveTariff)
    if retired is not None:
        _retire(retired, at=at, actor=actor, note="")
    document.status = TariffStatusKind.APPROVED
    document.approved_at, document.approved_by, document.approval_note = at, actor[:150], note
    document.save(update_fields=["status", "approved_at", "approved_by", "approval_note"])
    told = TariffApproved(document.pk, document.code, document.sha256, retired.pk if retired else None)
    events.publish(told, actor=actor, at=at)
    return document


@transaction.atomic
def retire_tariff(*, document: TariffDocument, at: datetime, actor: str, note: str) -> TariffDocument:
    """
    Take a tariff out of force without another in its place; what it priced can still be read and computed again.

    :raises UnableToRetireTariff: if it is not in force, by the person who loaded it, without a note, or as long as the
        terms of some agreement name it: their bills would be held.
    """
    document = _lock_states(document.code)[document.pk]
    if document.status != TariffStatusKind.APPROVED:
        raise UnableToRetireTariff("Only a tariff that is in force can be retired.", code="not-in-force")
    if not actor or actor == document.loaded_by:
        raise UnableToRetireTariff("Who loaded a tariff does not retire it; ask a second person.", code="same-person")
    note = _check_note(note, UnableToRetireTariff)
    if not note:
        raise UnableToRetireTariff("Say why the tariff is retired.", code="no-note-written")
    agreed = queries.count_agreements(document.code, day=timezone.localdate(at))
    if agreed:
        raise UnableToRetireTariff(
            f"{agreed} agreements are billed by this tariff; give them another one first.", code="in-use"
        )
    _retire(document, at=at, actor=actor, note=note)
    events.publish(TariffRetired(document.pk, document.code, document.sha256), actor=actor, at=at)
    return document


def _lock_states(code: str) -> dict[int, TariffDocument]:
    return {row.pk: row for row in TariffDocument.objects.select_for_update().filter(code=code).order_by("id")}


def _retire(document: TariffDocument, *, at: datetime, actor: str, note: str) -> None:
    document.status = TariffStatusKind.RETIRED
    document.retired_at, document.retired_by, document.retirement_note = at, actor[:150], note
    document.save(update_fields=["status", "retired_at", "retired_by", "retirement_note"])


def _check_note(note: str, refusal: type[BusinessError]) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise refusal(f"The note is longer than {LONGEST_NOTE} characters.", code="too-long")
    return note
