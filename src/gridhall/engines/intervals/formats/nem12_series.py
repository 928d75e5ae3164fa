"""From the days of NEM12 channels to series: channels summed, gaps marked, market time kept."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.assemble import MAX_SLOTS, note_gaps
from gridhall.engines.intervals.formats.channels import ChannelTotal
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.nem_records import MARKET_OFFSET_S, Channel
from gridhall.engines.intervals.formats.timestamps import DAY_S
from gridhall.engines.intervals.formats.zones import zone_table
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries


def combine_channels(
    channels: dict[tuple[str, str, int], Channel], zone: ZoneInfo | None, log: FaultLog
) -> tuple[list[ReadSeries], list[ChannelTotal]]:
    """Build one series for each NMI and interval length, and the totals of the channels."""
    groups: dict[tuple[str, int], list[Channel]] = {}
    for (nmi, _, interval_s), channel in channels.items():
        if channel.days:
            groups.setdefault((nmi, interval_s), []).append(channel)
    series, totals = [], []
    left = MAX_SLOTS
    for (nmi, interval_s), group in groups.items():
        totals += [
            ChannelTotal(
                nmi, one.suffix, one.unit, sum(int(day.values.sum()) for day in one.days.values()),
                sum(len(day.values) for day in one.days.values()), interval_s, has_scale=bool(one.scale),
            )
            for one in group
        ]  # fmt: skip
        days = [day for one in group for day in one.days]
        count = (max(days) - min(days) + 1) * (DAY_S // interval_s)
        if count > left or (count > 2_000_000 and count > 50 * len(days) * (DAY_S // interval_s)):
            log.fault(
                None, "IntervalDate", f"the days of {nmi} are scattered over too many years", "look for a wrong year"
            )
            continue
        left -= count
        built = _series(nmi, interval_s, group, min(days), count, zone)
        note_gaps(built, log)
        series.append(built)
    return series, totals


def _series(
    nmi: str, interval_s: int, group: list[Channel], first: int, count: int, zone: ZoneInfo | None
) -> ReadSeries:
    kinds = {"E": "import", "B": "export", "Q": "reactive"}
    sums: dict[str, NDArray[np.int64]] = {}
    quality: dict[str, NDArray[np.uint8]] = {}
    is_seen: dict[str, NDArray[np.bool_]] = {}
    per_day = DAY_S // interval_s
    for channel in group:
        kind = kinds.get(channel.suffix[0])
        if kind is None or not channel.scale:
            continue
        total = sums.setdefault(kind, np.zeros(count, dtype=np.int64))
        worst = quality.setdefault(kind, np.zeros(count, dtype=np.uint8))
        seen = is_seen.setdefault(kind, np.zeros(count, dtype=bool))
        for number, day in channel.days.items():
            part = slice((number - first) * per_day, (number - first + 1) * per_day)
            total[part] += day.values
            worst[part] = np.maximum(worst[part], day.quality)
            seen[part] = True
    for kind, seen in is_seen.items():
        quality[kind][~seen] = ReadingQuality.MISSING
    local = first * DAY_S + interval_s * np.arange(count, dtype=np.int64)
    offset = None
    if zone is not None and zone.key.startswith("Australia/"):
        moment = local - MARKET_OFFSET_S
        offsets = zone_table(zone, int(moment[0]), int(moment[-1])).offsets_at(moment)
        local, offset = moment + offsets, offsets.astype(np.int32)
    missing = np.full(count, ReadingQuality.MISSING, dtype=np.uint8)
    main = next((quality[kind] for kind in ("import", "export", "reactive") if kind in quality), missing)
    zeros = np.zeros(count, dtype=np.int64)
    return ReadSeries(
        nmi, local, interval_s, sums.get("import", zeros), main, sums.get("export"), sums.get("reactive"), offset,
        tuple(sorted(one.suffix for one in group)),
    )  # fmt: skip
