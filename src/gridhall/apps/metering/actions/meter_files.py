"""Files of meters: registered and hung in batches; what stands already changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from gridhall.apps.accounts.actions.importing.staging import Counts
from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint
from gridhall.apps.accounts.rules.columns import read_values
from gridhall.apps.accounts.rules.lines import Row, read_rows
from gridhall.apps.metering import events
from gridhall.apps.metering.actions.meters import NewMeter, register_meters
from gridhall.apps.metering.actions.registers import NewReading, record_register_readings
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import Meter, MeterInstallation
from gridhall.apps.metering.rules.meter_table import METERS
from gridhall.core.errors import BusinessError, Fault
from gridhall.core.events import publish_many
from gridhall.core.periods import local_midnight

BATCH_ROWS = 10_000
_LOCK = 7_201_482_261  # one file of meters at a time
_WRITTEN = "what is written stays; see which is right"

Sink = Callable[[Fault], None]


class UnableToImportMeters(BusinessError):
    """The file of meters was not read; nothing changed."""


class _BadRow(Exception):
    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.field, self.problem, self.remedy = field, problem, remedy


@dataclass(slots=True)
class _Known:
    """What the database holds of all that a batch names; kept up while its rows are taken."""

    points: dict[str, UsagePoint]
    feeders: dict[str, Feeder]
    transformers: dict[str, Transformer]
    meters: dict[str, Meter]
    at_point: dict[int, list[MeterInstallation]] = field(default_factory=lambda: defaultdict(list))
    of_meter: dict[int, list[MeterInstallation]] = field(default_factory=lambda: defaultdict(list))
    new: list[MeterInstallation] = field(default_factory=list)
    ended: dict[int, MeterInstallation] = field(default_factory=dict)
    new_check_meters: set[int] = field(default_factory=set)
    told: list[object] = field(default_factory=list)

    def end(self, one: MeterInstallation, day: date) -> None:
        """Take a meter down; written with the batch, before what is new."""
        one.ends_on = day
        if one.pk is not None:
            self.ended[one.pk] = one

    def write(self, *, at: datetime, actor: str) -> None:
        """Write what changed, in few statements."""
        MeterInstallation.objects.bulk_update(self.ended.values(), ["ends_on"], batch_size=2_000)
        MeterInstallation.objects.bulk_create(self.new, batch_size=5_000)
        publish_many(self.told, actor=actor, at=at)


def import_meters(
    *, path: Path, at: datetime, actor: str, sink: Sink,
    progress: Callable[[int], None] | None = None,
) -> Counts:  # fmt: skip
    """
    Register the meters of a CSV file and hang them; good rows are kept, bad ones told. Again it changes nothing.

    A meter hangs until its `ends_on`, or until the next row of its usage point begins.

    :param sink: told every fault.
    :param progress: told the line read so far.
    :raises FaultyInput: if the header cannot be used.
    :raises UnableToImportMeters: if the file cannot be read, or another import of meters is running.
    """
    counts = Counts()
    try:
        with path.open("rb") as file, _one_at_a_time():
            batch: list[dict] = []
            for item in read_rows(file, name=path.name, columns=METERS.headers, required=METERS.required):
                read = _read(item, path.name)
                if isinstance(read, dict):
                    batch.append(read)
                else:
                    is_bad = any(not fault.is_warning for fault in read)
                    warnings = sum(fault.is_warning for fault in read)
                    counts.add(Counts(rows=int(is_bad), faulty=int(is_bad), warnings=warnings))
                    _tell(read, sink)
                if len(batch) >= BATCH_ROWS:
                    counts.add(_take(batch, path.name, at=at, actor=actor, sink=sink))
                    if progress is not None:
                        progress(batch[-1]["line"])
                    batch = []
            if batch:
                counts.add(_take(batch, path.name, at=at, actor=actor, sink=sink))
    except IntegrityError as error:
        message = f"Meters were hung while {path.name} was read; import it again."
        raise UnableToImportMeters(message, code="changed-meanwhile") from error
    except OSError as error:
        raise UnableToImportMeters(f"{path.name} cannot be read: {error.strerror}.", code="unreadable") from error
    return counts


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise UnableToImportMeters("Another import of meters is running; wait until it is done.", code="busy")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _tell(faults: list[Fault], sink: Sink) -> None:
    for fault in faults:
        sink(fault)


def _read(item: Row | Fault, file: str) -> dict | list[Fault]:
    if isinstance(item, Fault):
        return [item]
    read = read_values(METERS.columns, item.values, file=file, line=item.line)
    if isinstance(read, list):
        return read
    found = METERS.check(read) if METERS.check else None
    if found:
        return [Fault(file, item.line, *found)]
    read["line"] = item.line
    return read


@transaction.atomic
def _take(batch: list[dict], file: str, *, at: datetime, actor: str, sink: Sink) -> Counts:
    """Take a batch, the earliest first, so that a file may list its rows in any order."""
    counts = Counts(rows=len(batch))
    known, openings = _look_up(batch), []
    _register(batch, known, at=at, actor=actor)
    faults: list[Fault] = []
    for row in sorted(batch, key=lambda row: (row["starts_on"] or date.min, row["line"])):
        try:
            told = _hang(row, known)
        except _BadRow as bad:
            counts.faulty += 1
            faults.append(Fault(file, row["line"], bad.field, bad.problem, bad.remedy))
            continue
        counts.created += told == "new"
        counts.updated += told == "changed"
        if row["opening_kwh"] is not None:
            openings.append(_opening(row, known))
    known.write(at=at, actor=actor)
    record_register_readings(new=openings, source=file, at=at)
    _tell(sorted(faults, key=lambda fault: fault.line or 0), sink)
    return counts


def _look_up(batch: list[dict]) -> _Known:
    def named(column: str) -> set[str]:
        return {row[column] for row in batch if row[column]}

    known = _Known(
        points={one.code: one for one in UsagePoint.objects.filter(code__in=named("usage_point_code"))},
        feeders={one.code: one for one in Feeder.objects.filter(code__in=named("feeder_code"))},
        transformers={one.code: one for one in Transformer.objects.filter(code__in=named("transformer_code"))},
        meters={one.serial_number: one for one in Meter.objects.filter(serial_number__in=named("serial_number"))},
    )
    hung = MeterInstallation.objects.select_related("meter", "usage_point").order_by("starts_on")
    ids = [one.pk for one in known.meters.values()]
    for one in hung.filter(usage_point__in=list(known.points.values())).union(hung.filter(meter_id__in=ids)):
        known.at_point[one.usage_point_id].append(one)
        known.of_meter[one.meter_id].append(one)
    return known


def _register(batch: list[dict], known: _Known, *, at: datetime, actor: str) -> None:
    """Register the meters that are new and whose rows can be used."""
    new: dict[str, NewMeter] = {}
    for row in batch:
        serial = row["serial_number"]
        if serial in known.meters or serial in new or _unknown(row, known):
            continue
        multiplier = (row["ct_ratio"] or 1) * (row["pt_ratio"] or 1)
        feeder, transformer = known.feeders.get(row["feeder_code"]), known.transformers.get(row["transformer_code"])
        is_check = feeder is not None or transformer is not None
        new[serial] = NewMeter(
            serial, model=row["model"] or "", register_digits=row["register_digits"] or 6, feeder=feeder,
            transformer=transformer, check_multiplier=multiplier if is_check else 1,
        )  # fmt: skip
    if new:
        for meter in register_meters(new=list(new.values()), at=at, actor=actor):
            known.meters[meter.serial_number] = meter
            if meter.feeder_id or meter.transformer_id:
                known.new_check_meters.add(meter.pk)


def _unknown(row: dict, known: _Known) -> _BadRow | None:
    for column, codes, what in (
        ("usage_point_code", known.points, "usage point"),
        ("feeder_code", known.feeders, "feeder"),
        ("transformer_code", known.transformers, "transformer"),
    ):
        if row[column] and row[column] not in codes:
            return _BadRow(column, f"there is no {what} {row[column]}", f"import {column[:-5]}s.csv first")
    return None


def _hang(row: dict, known: _Known) -> str:
    """Take one row; tells whether it was new, changed something, or was known. :raises _BadRow: nothing changed."""
    unknown = _unknown(row, known)
    if unknown is not None:
        raise unknown
    meter = known.meters[row["serial_number"]]
    is_changed = _describe(meter, row)
    if not row["usage_point_code"]:
        return _check_check_meter(meter, row, known, is_changed)
    if meter.feeder_id or meter.transformer_id:
        raise _BadRow("serial_number", "this meter checks a feeder or transformer", "see which meter hangs there")
    point = known.points[row["usage_point_code"]]
    here = known.at_point[point.pk]
    same = next((one for one in here if one.meter_id == meter.pk and one.starts_on == row["starts_on"]), None)
    if same is not None:
        return "changed" if _cut(same, row, known) or is_changed else "known"
    _hang_new(meter, point, row, known)
    return "new"


def _describe(meter: Meter, row: dict) -> bool:
    """Bring the model and digits of a meter up to date."""
    said = {name: row[name] for name in ("model", "register_digits") if row[name] is not None}
    fresh = [name for name, value in said.items() if getattr(meter, name) != value]
    for name in fresh:
        setattr(meter, name, said[name])
    if fresh:
        meter.save(update_fields=fresh)
    return bool(fresh)


def _check_check_meter(meter: Meter, row: dict, known: _Known, is_changed: bool) -> str:
    here = meter.feeder.code if meter.feeder else meter.transformer.code if meter.transformer else None
    if here != (row["feeder_code"] or row["transformer_code"]):
        raise _BadRow("serial_number", f"this meter measures {here or 'usage points'} here", _WRITTEN)
    if (row["ct_ratio"] or 1) * (row["pt_ratio"] or 1) != meter.check_multiplier and (
        row["ct_ratio"] or row["pt_ratio"]
    ):
        raise _BadRow("ct_ratio", f"the reads of this meter count {meter.check_multiplier} times here", _WRITTEN)
    if meter.pk in known.new_check_meters:
        known.new_check_meters.remove(meter.pk)  # a second row of it says nothing new
        return "new"
    return "changed" if is_changed else "known"


def _cut(same: MeterInstallation, row: dict, known: _Known) -> bool:
    """An installation that stands keeps its ratios and can only end earlier."""
    for name in ("ct_ratio", "pt_ratio"):
        if row[name] is not None and row[name] != getattr(same, name):
            code, day = row["usage_point_code"], row["starts_on"]
            remedy = f"to correct it: gridhall meters ratio {code} --on {day} --ct {row['ct_ratio'] or 1} …"
            raise _BadRow(name, f"the ratio from that day on is {getattr(same, name)} here", remedy)
    if row["ends_on"] is None or row["ends_on"] == same.ends_on:
        return False
    if same.ends_on is not None and row["ends_on"] > same.ends_on:
        raise _BadRow("ends_on", f"the meter was taken down on {same.ends_on} here", _WRITTEN)
    known.end(same, row["ends_on"])
    known.told.append(events.MeterRemoved(row["usage_point_code"], row["serial_number"], row["ends_on"].isoformat()))
    return True


def _hang_new(meter: Meter, point: UsagePoint, row: dict, known: _Known) -> None:
    starts_on, ends_on = row["starts_on"], row["ends_on"]
    before = next((one for one in known.at_point[point.pk] if one.ends_on is None and one.starts_on < starts_on), None)
    after = min((one.starts_on for one in known.at_point[point.pk] if one.starts_on > starts_on), default=None)
    end = ends_on or after
    for other in known.at_point[point.pk]:
        if other is not before and _overlap(other, starts_on, end):
            days = f"from {other.starts_on}" + (f" to {other.ends_on}" if other.ends_on else "")
            raise _BadRow("starts_on", f"meter {other.meter.serial_number} measures the point {days}", _WRITTEN)
    for other in known.of_meter[meter.pk]:
        if other is not before and _overlap(other, starts_on, end):
            problem = f"the meter hangs at {other.usage_point.code} from {other.starts_on}"
            raise _BadRow("serial_number", problem, "give that row the day on which it was taken down (ends_on)")
    if before is not None:
        known.end(before, starts_on)
    ct = row["ct_ratio"] or (before.ct_ratio if before else 1)
    pt = row["pt_ratio"] or (before.pt_ratio if before else 1)
    new = MeterInstallation(usage_point=point, meter=meter, starts_on=starts_on, ends_on=end, ct_ratio=ct, pt_ratio=pt)
    known.new.append(new)
    known.at_point[point.pk].append(new)
    known.of_meter[meter.pk].append(new)
    known.told.append(_event(new, before, row))


def _overlap(one: MeterInstallation, starts_on: date, ends_on: date | None) -> bool:
    return (one.ends_on is None or one.ends_on > starts_on) and (ends_on is None or one.starts_on < ends_on)


def _event(new: MeterInstallation, before: MeterInstallation | None, row: dict) -> object:
    code, serial, day = row["usage_point_code"], row["serial_number"], new.starts_on.isoformat()
    if before is None:
        return events.MeterInstalled(code, serial, day)
    if before.meter_id == new.meter_id:
        return events.RatioChanged(code, serial, day, new.ct_ratio * new.pt_ratio)
    return events.MeterExchanged(code, before.meter.serial_number, serial, day)


def _opening(row: dict, known: _Known) -> NewReading:
    read_at = local_midnight(row["starts_on"], ZoneInfo(settings.TIME_ZONE))
    value_wh = int(row["opening_kwh"] * Decimal(1000))
    return NewReading(known.meters[row["serial_number"]].pk, RegisterKind.IMPORT, read_at, value_wh)
