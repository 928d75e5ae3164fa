"""Every read of tariffs. A parsed tariff is kept by the digest of its text, so that one process parses it once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gridhall.apps.accounts.models import AgreementTerms
from gridhall.apps.tariffs import rules
from gridhall.apps.tariffs.kinds import TariffStatusKind
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.apps.tariffs.rules import CheckedText, Comparison, PriceLine, TariffSheet
from gridhall.core.errors import BusinessError, Fault
from gridhall.core.fixed_queries import ask_rows
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


MOST_PARSED = 256
_parsed: dict[tuple[str, str], Tariff] = {}


def _parse(code: str, sha256: str) -> Tariff:
    tariff = _parsed.get((code, sha256))
    if tariff is not None:
        return tariff
    row = TariffDocument.objects.filter(code=code, sha256=sha256).values_list("text", "file_name").first()
    if row is None:
        raise TariffNotFound(code)  # a raised error is not kept
    return _keep(code, sha256, *row)


def _keep(code: str, sha256: str, text: str, file_name: str) -> Tariff:
    if len(_parsed) >= MOST_PARSED:
        _parsed.clear()  # other threads go on with what they have found
    return _parsed.setdefault((code, sha256), parse(text.encode(), file_name or f"{code}.yaml"))


def list_applied() -> list[tuple[int, Tariff]]:
    """List the tariffs in force, each with the key of its document, by code. Prices are published: no viewer."""
    states = (
        TariffDocument.objects.filter(status=TariffStatusKind.APPROVED)
        .order_by("code", "-approved_at", "-id")
        .distinct("code")
        .values_list("id", "code", "sha256")
    )
    newest = list(states)
    missing = [key for key, code, sha256 in newest if (code, sha256) not in _parsed]
    texts = TariffDocument.objects.filter(pk__in=missing).values_list("code", "sha256", "text", "file_name")
    fresh = {(row[0], row[1]): _keep(*row) for row in texts} if missing else {}
    return [(key, fresh.get((code, sha256)) or _parse(code, sha256)) for key, code, sha256 in newest]


_IN_FORCE = """
SELECT DISTINCT ON (code) code, id, sha256 FROM tariffs_tariffdocument WHERE status = 'APPROVED'
 ORDER BY code, approved_at DESC, id DESC
"""


def map_documents_in_force() -> dict[str, tuple[int, str]]:
    """Give document and digest of every tariff in force, by code: asked by pages."""
    return {code: (document_id, sha256) for code, document_id, sha256 in ask_rows(_IN_FORCE, [])}


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


def pick_language(text: str, *, language: str) -> str:
    """Give the half of a remark of a tariff, written as `Chinese / English`, that a reader wants."""
    return rules.pick_language(text, language.startswith("en"))


def list_prices(code: str, *, day: date, language: str = "zh-hans") -> list[PriceLine]:
    """
    List what a tariff charges on a day, in words.

    :raises TariffNotFound: if the tariff is not in force, or has no version for that day.
    """
    return rules.list_prices(get_tariff(code), get_version(code, day=day), language=language)


def describe_tariff(
    code: str, *, day: date, language: str = "zh-hans", facts: Mapping[str, str] | None = None
) -> TariffSheet:
    """
    Tell in words what a tariff says on a day.

    :param facts: what is true of an account, such as `demand_basis`; only what applies to it is told. None tells all.
    :raises TariffNotFound: if the tariff is not in force, or has no version for that day.
    """
    return rules.describe(get_tariff(code), get_version(code, day=day), day=day, language=language, facts=facts)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """
    One version of one loaded state, as the desk lists it.

    :param end_day: the first day on which it holds no more; None where no end is known.
    :param retired_at: when another state took its place, or it was taken out of force.
    """

    document_id: int
    code: str
    sha256: str
    name: str
    name_en: str
    file_name: str
    status: str
    first_day: date
    end_day: date | None
    is_verified: bool
    source: str
    source_url: str
    loaded_at: datetime
    loaded_by: str
    approved_at: datetime | None
    approved_by: str
    approval_note: str
    retired_at: datetime | None
    retired_by: str
    retirement_note: str


def list_versions(*, status: str = "", code: str = "") -> list[VersionRow]:
    """List every version of every loaded state, by code, newest state first. Prices are published: no viewer."""
    rows = TariffDocument.objects.defer("text").order_by("code", "-id")
    rows = rows.filter(status=status) if status else rows
    documents = list(rows.filter(code=code) if code else rows)
    missing = [row.pk for row in documents if (row.code, row.sha256) not in _parsed]
    texts = TariffDocument.objects.filter(pk__in=missing).values_list("code", "sha256", "text", "file_name")
    fresh = {(row[0], row[1]): _keep(*row) for row in texts} if missing else {}
    found = []
    for row in documents:
        tariff = fresh.get((row.code, row.sha256)) or _parse(row.code, row.sha256)
        found += [_as_row(row, version) for version in tariff.versions]
    return found


def _as_row(row: TariffDocument, version: TariffVersion) -> VersionRow:
    return VersionRow(
        row.pk, row.code, row.sha256, row.name, row.name_en, row.file_name, row.status, version.first_day,
        version.end_day, version.source.verified, version.source.document, version.source.url, row.loaded_at,
        row.loaded_by, row.approved_at, row.approved_by, row.approval_note, row.retired_at, row.retired_by,
        row.retirement_note,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadedTariff:
    """One loaded state: its row, its text word for word, and what the text says."""

    document: TariffDocument
    tariff: Tariff

    def version_from(self, first_day: date | None) -> TariffVersion:
        """Give the version that begins on a day; the newest one where none does."""
        return next((one for one in self.tariff.versions if one.first_day == first_day), self.tariff.versions[-1])


def get_loaded(document_id: int) -> LoadedTariff:
    """
    Give a loaded state by its key.

    :raises TariffNotFound: if there is none.
    """
    document = TariffDocument.objects.filter(pk=document_id).first()
    if document is None:
        raise TariffNotFound(str(document_id))
    known = _parsed.get((document.code, document.sha256))
    tariff = known or _keep(document.code, document.sha256, document.text, document.file_name)
    return LoadedTariff(document, tariff)


def describe_loaded(loaded: LoadedTariff, version: TariffVersion, *, year: int, language: str) -> TariffSheet:
    """Tell in words what a version of any loaded state says; hours by the calendar of a year."""
    day = max(version.first_day, date(year, 1, 1))
    if version.end_day is not None and day >= version.end_day:
        day = version.first_day
    return rules.describe(loaded.tariff, version, day=day, language=language)


def check_text(content: bytes, name: str) -> CheckedText:
    """Tell what is wrong with a tariff that somebody brings in, by line; nothing is kept."""
    return rules.check_text(content, name)


def word_fault(fault: Fault, *, language: str) -> tuple[str, str]:
    """Say what is wrong and how to mend it, in Chinese or in English."""
    if language.startswith("en"):
        return fault.problem, fault.remedy
    return rules.say_in_chinese(fault.problem, "problem"), rules.say_in_chinese(fault.remedy, "remedy")


def compare(
    before: LoadedTariff, from_before: date | None, after: LoadedTariff, from_after: date | None, *, year: int,
    language: str,
) -> Comparison:  # fmt: skip
    """Set a version of one loaded state beside one of another, or of the same."""
    return rules.compare_versions(
        (before.tariff, before.version_from(from_before)), (after.tariff, after.version_from(from_after)),
        language=language, year=year,
    )  # fmt: skip


def find_new_version(before: LoadedTariff, after: LoadedTariff) -> TariffVersion:
    """Give the newest version of a state that another state does not have in the same words; else its newest."""
    known = [(one.first_day, one.components, one.end_day) for one in before.tariff.versions]
    fresh = [one for one in after.tariff.versions if (one.first_day, one.components, one.end_day) not in known]
    return fresh[-1] if fresh else after.tariff.versions[-1]


def count_agreements(code: str, *, day: date) -> int:
    """Count the agreements whose terms name a tariff on a day or later."""
    terms = AgreementTerms.objects.filter(tariff_code=code).exclude(ends_on__lte=day)
    return terms.exclude(agreement__ends_on__lte=day).values("agreement_id").distinct().count()
