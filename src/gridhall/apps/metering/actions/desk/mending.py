"""Settle failures: accept what was measured, replace it by an estimate, or by what a person knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from gridhall.apps.metering.actions.desk.usual import ANYTHING_WH, learn_usual_days
from gridhall.apps.metering.actions.desk.validating import validate_arrived
from gridhall.apps.metering.actions.imports.storing import writing_reads
from gridhall.apps.metering.events import FindingResolved, ReadsCorrected
from gridhall.apps.metering.kinds import FindingStatusKind, ValidationRuleKind
from gridhall.apps.metering.models import ValidationFinding
from gridhall.apps.metering.queries.segments import map_single_accounts
from gridhall.apps.metering.queries.store import get_store, read_matrix
from gridhall.apps.metering.queries.validation import RegisterPair, list_register_pairs
from gridhall.apps.metering.rules.changes import is_estimate
from gridhall.apps.metering.rules.registers import advance_wh
from gridhall.apps.metering.rules.stretches import fingerprint
from gridhall.apps.metering.rules.wall_clock import skipped_slots, slot_of
from gridhall.core.errors import BusinessError
from gridhall.core.events import publish_many
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.validation import RegisterAdvance, estimate_gaps, share_out

_NEIGHBORHOOD_DAYS = 62
_FINDINGS_A_BATCH = 200
WHOLE_STRETCH = (ValidationRuleKind.REGISTER_SUM,)
_WRONG = (
    ValidationRuleKind.SPIKE, ValidationRuleKind.OVER_LIMIT, ValidationRuleKind.NEGATIVE, ValidationRuleKind.STUCK
)  # fmt: skip
"""Rules whose failures say that an energy is not what was used: no estimate beside them stands on it."""


class UnableToMendReads(BusinessError):
    """The failure was not settled; nothing changed."""


@dataclass(frozen=True)
class Suggestion:
    """
    What could stand in place of a stretch.

    :param first_slot: quarter hours of the local wall clock since 1970-01-01T00:00; the rest follow.
    :param import_wh: int64[n]; `quality` uint8[n] names the method of each.
    """

    first_slot: int
    import_wh: NDArray[np.int64]
    quality: NDArray[np.uint8]

    @property
    def method(self) -> str:
        """The method of most slots."""
        codes, counts = np.unique(self.quality, return_counts=True)
        return ReadingQuality(int(codes[np.argmax(counts)])).name


@dataclass(frozen=True)
class MendSummary:
    """What mending many came to; `refused` are numbers of failures with the reason."""

    mended: int
    slots: int
    refused: list[tuple[int, str]]


@dataclass(frozen=True)
class Ground:
    """
    What an estimate can stand on: the usual day, and the register readings around.

    :param doubted: stretches of slots, half-open, whose energy other open failures of the meter call wrong.
    """

    usual_wh: NDArray[np.int64] | None
    pairs: list[RegisterPair]
    doubted: list[tuple[int, int]]


def suggest_estimate(*, finding: ValidationFinding) -> Suggestion:
    """
    Work out an estimate for a stretch: by the register around it, a line over short gaps, or the usual day.

    :raises UnableToMendReads: if there is no ground for one.
    """
    return suggest_on(finding, find_grounds([finding])[finding.pk])


def suggest_on(finding: ValidationFinding, ground: Ground) -> Suggestion:
    """Work out an estimate on some ground. :raises UnableToMendReads: if it does not carry one."""
    if finding.rule in WHOLE_STRETCH:
        raise UnableToMendReads(
            "A register mismatch says nothing about single reads; correct the register or accept it.", code="no-stretch"
        )
    zone = ZoneInfo(settings.TIME_ZONE)
    first, end = slot_of(finding.period_start_at, zone), slot_of(finding.period_end_at, zone)
    advances = [
        (
            slot_of(pair.first_at, zone),
            slot_of(pair.end_at, zone),
            advance_wh(pair.first_wh, pair.end_wh, register_digits=pair.register_digits),
        )
        for pair in ground.pairs
    ]
    low = min([first - SLOTS, *(one[0] for one in advances)]) // SLOTS * SLOTS
    high = -(-max([end + SLOTS, *(one[1] for one in advances)]) // SLOTS) * SLOTS
    days = [np.datetime64(slot // SLOTS, "D").astype(object) for slot in (low, high)]
    reads = get_store().read_days(finding.meter.series_id, *days)
    quality = reads.quality.reshape(-1).copy()
    for begin, stop in [*ground.doubted, (first, end)]:
        quality[max(begin - low, 0) : max(stop - low, 0)] = ReadingQuality.MISSING
    skipped = skipped_slots(zone)
    skipped = skipped[(skipped >= low) & (skipped < high)] - low
    energy = reads.import_wh.reshape(-1).astype(np.int64)
    energy[skipped], quality[skipped] = 0, ReadingQuality.MEASURED
    filled = estimate_gaps(
        energy, quality, like_day=ground.usual_wh,
        registers=[RegisterAdvance(one - low, other - low, advance) for one, other, advance in advances],
    )  # fmt: skip
    part = slice(first - low, end - low)
    if (filled.quality[part] == ReadingQuality.MISSING).any():
        raise UnableToMendReads(
            "There is no ground for an estimate: no register readings around it and no usual day. Give a value.",
            code="no-ground",
        )
    return Suggestion(first, filled.energy[part], filled.quality[part])


def find_grounds(findings: list[ValidationFinding]) -> dict[int, Ground]:
    """Find what estimates of some stretches can stand on: one look at the store a month, one at the registers."""
    zone = ZoneInfo(settings.TIME_ZONE)
    reach = timedelta(days=_NEIGHBORHOOD_DAYS)
    pairs: dict[int, list[RegisterPair]] = defaultdict(list)
    for pair in list_register_pairs(
        meter_ids=[finding.meter_id for finding in findings],
        after=min(finding.period_start_at for finding in findings),
        until=max(finding.period_end_at for finding in findings) + reach,
    ):
        pairs[pair.meter_id].append(pair)
    months: dict[Month, list[ValidationFinding]] = defaultdict(list)
    for finding in findings:
        months[Month.of(finding.period_start_at.astimezone(zone).date())].append(finding)
    open_stretches = [
        (meter, slot_of(start_at, zone), slot_of(end_at, zone))
        for meter, start_at, end_at in ValidationFinding.objects.filter(
            meter_id__in={finding.meter_id for finding in findings}, status=FindingStatusKind.OPEN, rule__in=_WRONG,
            period_start_at__lt=max(finding.period_end_at for finding in findings) + reach,
            period_end_at__gt=min(finding.period_start_at for finding in findings) - reach,
        ).values_list("meter_id", "period_start_at", "period_end_at")
    ]  # fmt: skip
    grounds = {}
    for month, members in months.items():
        series = np.unique([finding.meter.series_id for finding in members]).astype(np.int64)
        usual = learn_usual_days(month, read_matrix(month, series))
        for finding in members:
            row = int(np.searchsorted(series, finding.meter.series_id))
            is_known = int(usual.spread_wh[row].max()) < ANYTHING_WH
            around = [
                pair
                for pair in pairs[finding.meter_id]
                if finding.period_start_at - reach < pair.first_at < finding.period_end_at
                and finding.period_start_at < pair.end_at <= finding.period_end_at + reach
            ]
            doubted = [(begin, stop) for meter, begin, stop in open_stretches if meter == finding.meter_id]
            grounds[finding.pk] = Ground(usual.median_wh[row].astype(np.int64) if is_known else None, around, doubted)
    return grounds


@transaction.atomic
def accept_finding(*, finding: ValidationFinding, at: datetime, actor: str, note: str = "") -> ValidationFinding:
    """
    Accept a stretch as it was measured; it stays accepted until its reads change.

    :raises UnableToMendReads: if it is settled already, or nothing was measured.
    """
    locked = _lock(finding)
    if locked.rule == ValidationRuleKind.MISSING:
        raise UnableToMendReads("Nothing was measured that could be accepted; estimate it.", code="nothing-measured")
    _settle(locked, FindingStatusKind.ACCEPTED, "", at=at, actor=actor, note=note)
    publish_many([_resolved(locked)], actor=actor, at=at)
    return locked


def estimate_finding(*, finding: ValidationFinding, at: datetime, actor: str) -> Suggestion:
    """
    Put an estimate in place of a stretch; what was measured stays known as an older version.

    :raises UnableToMendReads: if it is settled already or there is no ground for an estimate.
    """
    return put_estimate(finding=finding, suggestion=suggest_estimate(finding=finding), at=at, actor=actor)


def put_estimate(*, finding: ValidationFinding, suggestion: Suggestion, at: datetime, actor: str) -> Suggestion:
    """Put an estimate worked out before in place of a stretch. :raises UnableToMendReads: if it is settled."""
    _replace([(finding, suggestion)], FindingStatusKind.ESTIMATED, "ESTIMATED", at=at, actor=actor)
    _look_again([finding], at=at, actor=actor)
    return suggestion


def correct_finding(*, finding: ValidationFinding, energy_wh: int, at: datetime, actor: str) -> Suggestion:
    """
    Put what a person knows in place of a stretch: its energy, shared out like the usual day, exactly.

    :param energy_wh: of the whole stretch, as the meter counts (before ratios).
    :raises UnableToMendReads: if it is settled already, or the energy is below zero or cannot be.
    """
    if finding.rule in WHOLE_STRETCH:
        raise UnableToMendReads("A register mismatch is mended by a register reading.", code="no-stretch")
    if not 0 <= energy_wh < 2**31:
        raise UnableToMendReads(f"{energy_wh / 1000:,.3f} kWh cannot be.", code="value-impossible")
    zone = ZoneInfo(settings.TIME_ZONE)
    first, end = slot_of(finding.period_start_at, zone), slot_of(finding.period_end_at, zone)
    usual = find_grounds([finding])[finding.pk].usual_wh
    weights = np.ones(end - first, np.int64) if usual is None else np.maximum(usual[np.arange(first, end) % SLOTS], 0)
    weights[np.isin(np.arange(first, end), skipped_slots(zone))] = 0
    suggestion = Suggestion(first, share_out(energy_wh, weights), np.full(end - first, ReadingQuality.MANUAL, np.uint8))
    _replace([(finding, suggestion)], FindingStatusKind.CORRECTED, "MENDED", at=at, actor=actor)
    _look_again([finding], at=at, actor=actor)
    return suggestion


def estimate_findings(
    *, findings: Iterable[ValidationFinding], at: datetime, actor: str, progress: Callable[[int], None] | None = None
) -> MendSummary:
    """Put estimates in place of many stretches, some hundred at a time; those without ground are named."""
    slots = 0
    mended: list[ValidationFinding] = []
    refused: list[tuple[int, str]] = []
    # neighbors in the store are looked at together
    ordered = sorted(findings, key=lambda one: (one.meter.series_id, one.period_start_at))
    for start in range(0, len(ordered), _FINDINGS_A_BATCH):
        part = ordered[start : start + _FINDINGS_A_BATCH]
        grounds = find_grounds(part)
        batch: list[tuple[ValidationFinding, Suggestion]] = []
        for finding in part:
            try:
                batch.append((finding, suggest_on(finding, grounds[finding.pk])))
            except UnableToMendReads as refusal:
                refused.append((finding.pk, refusal.message))
        if batch:
            batch = _replace(batch, FindingStatusKind.ESTIMATED, "ESTIMATED", at=at, actor=actor, refused=refused)
        mended += [finding for finding, _ in batch]
        slots += sum(len(suggestion.import_wh) for _, suggestion in batch)
        if progress is not None:
            progress(start + len(part))
    if mended:
        _look_again(mended, at=at, actor=actor)
    return MendSummary(len(mended), slots, refused)


def _replace(
    mended: list[tuple[ValidationFinding, Suggestion]],
    status: FindingStatusKind,
    cause: str,
    *,
    at: datetime,
    actor: str,
    refused: list[tuple[int, str]] | None = None,
) -> list[tuple[ValidationFinding, Suggestion]]:
    """
    Write suggestions and settle their failures; give those that were written.

    The rows are written first and committed last: killed in between, the failure is still open and mending it again
    writes the same.

    :param refused: takes the numbers of those that cannot be written any more; without it the first one raises.
    """
    told: list[object] = []
    account_of = map_single_accounts(finding.meter_id for finding, _ in mended)
    written: list[tuple[ValidationFinding, Suggestion]] = []
    with writing_reads(), transaction.atomic():
        for finding, suggestion in mended:
            try:
                locked = _lock(finding)
                _check_nothing_arrived(locked, suggestion)
            except UnableToMendReads as refusal:
                if refused is None:
                    raise
                refused.append((finding.pk, refusal.message))
                continue
            _settle(locked, status, suggestion.method, at=at, actor=actor)
            told += [_resolved(locked), _corrected(locked, suggestion, cause, account_of.get(locked.meter_id))]
            written.append((finding, suggestion))
        if not written:
            return []
        publish_many(told, actor=actor, at=at)
        # Where failures overlap, the estimate of the widest stands.
        widest_first = sorted(written, key=lambda pair: -len(pair[1].import_wh))
        slot = np.concatenate([s.first_slot + np.arange(len(s.import_wh)) for _, s in widest_first])
        series = np.concatenate([np.full(len(s.import_wh), f.meter.series_id, np.int64) for f, s in widest_first])
        kept = np.unique(np.stack([series, slot]), axis=1, return_index=True)[1]
        get_store().write_reads(
            series[kept], (slot[kept] // SLOTS).astype("datetime64[D]"), slot[kept] % SLOTS,
            np.concatenate([s.import_wh for _, s in widest_first])[kept], None, None,
            np.concatenate([s.quality for _, s in widest_first])[kept], known_at=at,
        )  # fmt: skip
    return written


def _check_nothing_arrived(finding: ValidationFinding, suggestion: Suggestion) -> None:
    """
    Make sure that no read would be lost that nobody has judged: one that an import brought since validation looked.

    Estimates that stand there by now are our own work, on a failure of another rule for the same reads.

    :raises UnableToMendReads: if there is one.
    """
    first, end = suggestion.first_slot, suggestion.first_slot + len(suggestion.import_wh)
    low, high = first // SLOTS, -(-end // SLOTS)
    days = [np.datetime64(day, "D").astype(object) for day in (low, high)]
    reads = get_store().read_days(finding.meter.series_id, *days)
    part = slice(first - low * SLOTS, end - low * SLOTS)
    values, quality = reads.import_wh.reshape(-1)[part], reads.quality.reshape(-1)[part]
    if fingerprint(values, quality) == finding.fingerprint:
        return
    arrived = ~is_estimate(quality) & ~np.isin(quality, (ReadingQuality.MISSING, ReadingQuality.MANUAL))
    if arrived.any() if finding.rule == ValidationRuleKind.MISSING else arrived.all():
        raise UnableToMendReads(
            f"The reads of failure {finding.pk} have changed since it was found; validate them again.",
            code="reads-changed",
        )


def _look_again(findings: list[ValidationFinding], *, at: datetime, actor: str) -> None:
    """Validate where other failures of mended reads are open: what they were about may stand no more."""
    mended = defaultdict(list)
    for finding in findings:
        mended[finding.meter_id].append((finding.period_start_at, finding.period_end_at))
    zone = ZoneInfo(settings.TIME_ZONE)
    months: dict[Month, set[int]] = defaultdict(set)
    still_open = ValidationFinding.objects.filter(
        meter_id__in=mended, status=FindingStatusKind.OPEN,
        period_start_at__lt=max(finding.period_end_at for finding in findings),
        period_end_at__gt=min(finding.period_start_at for finding in findings),
    ).values_list("meter_id", "period_start_at", "period_end_at")  # fmt: skip
    for meter, start_at, end_at in still_open:
        if any(start_at < end and end_at > start for start, end in mended[meter]):
            last = (end_at - timedelta(microseconds=1)).astimezone(zone).date()
            months[Month.of(last)].add(meter)
    validate_arrived(meters={month: sorted(months[month]) for month in sorted(months)}, at=at, actor=actor)


def _lock(finding: ValidationFinding) -> ValidationFinding:
    locked = ValidationFinding.objects.select_for_update(of=("self",)).select_related("meter").get(pk=finding.pk)
    if locked.status != FindingStatusKind.OPEN:
        raise UnableToMendReads(
            f"Failure {locked.pk} is settled already ({locked.get_status_display()}).", code="already-settled"
        )
    return locked


def _settle(
    finding: ValidationFinding, status: FindingStatusKind, method: str, *, at: datetime, actor: str, note: str = ""
) -> None:
    finding.status, finding.method = status, method[:24]
    finding.resolved_at, finding.resolved_by = at, actor[:150]
    if note:
        finding.note = f"{finding.note} — {note}"[:300]
    finding.save(update_fields=["status", "method", "resolved_at", "resolved_by", "note"])


def _resolved(finding: ValidationFinding) -> FindingResolved:
    return FindingResolved(finding_mrid=str(finding.mrid), status=finding.status, method=finding.method)


def _corrected(
    finding: ValidationFinding, suggestion: Suggestion, cause: str, account_id: int | None
) -> ReadsCorrected:
    last = suggestion.first_slot + len(suggestion.import_wh) - 1
    days = [np.datetime64(slot // SLOTS, "D") for slot in (suggestion.first_slot, last)]
    return ReadsCorrected(
        meter_id=finding.meter_id, meter_serial=finding.meter.serial_number, first_day=str(days[0]),
        end_day=str(days[1] + np.timedelta64(1, "D")), slots=len(suggestion.import_wh), cause=cause,
        account_id=account_id,
    )  # fmt: skip
