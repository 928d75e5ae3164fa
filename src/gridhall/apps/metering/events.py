"""What metering tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class MetersRegistered:
    """Meters were taken into the books."""

    changes_pages: ClassVar[bool] = False
    serial_numbers: list[str]


@dataclass(frozen=True)
class MeterInstalled:
    """A meter began to measure a usage point on a local day."""

    usage_point_code: str
    meter_serial: str
    starts_on: str
    account_id: int | None = None


@dataclass(frozen=True)
class MeterExchanged:
    """Another meter measures a usage point from a local day on."""

    usage_point_code: str
    old_meter_serial: str
    new_meter_serial: str
    on: str
    account_id: int | None = None


@dataclass(frozen=True)
class MeterRemoved:
    """A meter measures a usage point no longer."""

    usage_point_code: str
    meter_serial: str
    on: str
    account_id: int | None = None


@dataclass(frozen=True)
class RatioChanged:
    """The instrument-transformer ratio of a usage point changed on a local day."""

    usage_point_code: str
    meter_serial: str
    on: str
    multiplier: int
    account_id: int | None = None


@dataclass(frozen=True)
class ReadsImported:
    """A file of reads is stored; `first_day` and `end_day` bound (half-open) the local days it touched."""

    read_import_id: int
    reads_stored: int
    first_day: str | None
    end_day: str | None


@dataclass(frozen=True)
class ReadsCorrected:
    """
    Reads that had a value have another now: what was billed from them has to be billed again.

    Days are local and half-open. `cause` is CORRECTED (another measured value), ARRIVED (a real read replaced an
    estimate), ESTIMATED or MENDED (a person decided).
    """

    meter_id: int
    meter_serial: str
    first_day: str
    end_day: str
    slots: int
    cause: str
    account_id: int | None = None  # None: the meter measured several


@dataclass(frozen=True)
class RegisterReadingRecorded:
    """A register was read, or a reading of it was corrected."""

    meter_serial: str
    register: str
    read_at: str
    is_correction: bool


@dataclass(frozen=True)
class RegisterReadingsImported:
    """A file of register readings is stored."""

    read_import_id: int
    readings: int


@dataclass(frozen=True)
class ReadsValidated:
    """Reads of some days were validated."""

    changes_pages: ClassVar[bool] = False
    first_day: str
    end_day: str
    findings_open: int
    findings_new: int


@dataclass(frozen=True)
class ReadsCompacted:
    """A month of reads stands in fewer files; no read changed."""

    changes_pages: ClassVar[bool] = False
    month: str
    shards: int
    replaced: int
    overwritten: int


@dataclass(frozen=True)
class FindingResolved:
    """A person, or a later read, settled a validation failure."""

    changes_pages: ClassVar[bool] = False
    finding_mrid: str
    status: str
    method: str


@dataclass(frozen=True)
class FindingReopened:
    """A person took an acceptance back: the validation failure waits again."""

    changes_pages: ClassVar[bool] = False
    finding_mrid: str
