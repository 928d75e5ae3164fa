"""What tariffs tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TariffsLoaded:
    """A folder of tariffs was read; the new states wait for approval."""

    document_ids: list[int]


@dataclass(frozen=True, slots=True)
class TariffApproved:
    """A state of a tariff is applied from now on, in place of the one before."""

    document_id: int
    code: str
    sha256: str
    retired_document_id: int | None


@dataclass(frozen=True, slots=True)
class TariffRetired:
    """A tariff is applied no more, and no other stands in its place."""

    document_id: int
    code: str
    sha256: str
