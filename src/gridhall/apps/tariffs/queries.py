"""Every read of tariffs. A parsed tariff is kept by the digest of its text, so that one process parses it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from gridhall.apps.tariffs import rules
from gridhall.apps.tariffs.kinds import TariffStatusKind
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.apps.tariffs.rules import PriceLine
from gridhall.core.errors import BusinessError
from gridhall.engines.rating.catalogue import parse
from gridhall.engines.rating.tariff import Tariff, TariffVersion


class TariffNotFound(BusinessError):
    """No tariff of this code is in force, or no such state was ever loaded."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no approved tariff {code}; load and approve it first.", code="tariff-not-found")


@dataclass(frozen=True, slots=True)
class TariffSummary:
    """One loaded state of a tariff, as a list shows it."""

    document_id: int
    code: str
    sha256: str
    name: str
    name_en: str
    status: str
    loaded_at: datetime
    loaded_by: str
    approved_at: datetime | None
    approved_by: str


@lru_cache(maxsize=256)
def _parse(code: str, sha256: str) -> Tariff:
    row = TariffDocument.objects.filter(code=code, sha256=sha256).values_list("text", "file_name").first()
    if row is None:
        raise TariffNotFound(code)  # a raised error is not kept
    return parse(row[0].encode(), row[1] or f"{code}.yaml")


def get_document(code: str) -> TariffDocument:
    """
    Give the state of a tariff that is in force.

    :raises TariffNotFound: if none was approved.
    """
    approved = TariffDocument.objects.defer("text").filter(code=code, status=TariffStatusKind.APPROVED)
    document = approved.order_by("-approved_at", "-id").first()
    if document is None:
        raise TariffNotFound(code)
    return document


def get_tariff(code: str) -> Tariff:
    """
    Give the tariff of a code, as it is in force.

    :raises TariffNotFound: if none was approved.
    """
    return _parse(code, get_document(code).sha256)


def get_tariff_by_sha(code: str, sha256: str) -> Tariff:
    """
    Give a tariff in the state of a digest, however old: what a bill was priced by can always be read again.

    :raises TariffNotFound: if that state was never loaded.
    """
    return _parse(code, sha256)


def get_version(code: str, *, day: date) -> TariffVersion:
    """
    Give the version of a tariff in force on a day.

    :raises TariffNotFound: if the tariff is not in force, or has no version for that day.
    """
    version = get_tariff(code).version_on(day)
    if version is None:
        raise TariffNotFound(code)
    return version


def list_tariffs(*, status: TariffStatusKind | str | None = None) -> list[TariffSummary]:
    """List the loaded states, by code and newest first. Prices are published: no viewer is asked for."""
    rows = TariffDocument.objects.defer("text").order_by("code", "-id")
    if status is not None:
        rows = rows.filter(status=str(status))
    return [
        TariffSummary(
            document_id=row.pk,
            code=row.code,
            sha256=row.sha256,
            name=row.name,
            name_en=row.name_en,
            status=row.status,
            loaded_at=row.loaded_at,
            loaded_by=row.loaded_by,
            approved_at=row.approved_at,
            approved_by=row.approved_by,
        )
        for row in rows
    ]


def list_prices(code: str, *, day: date, language: str = "zh-hans") -> list[PriceLine]:
    """
    List what a tariff charges on a day, in words.

    :raises TariffNotFound: if the tariff is not in force, or has no version for that day.
    """
    return rules.list_prices(get_tariff(code), get_version(code, day=day), language=language)
