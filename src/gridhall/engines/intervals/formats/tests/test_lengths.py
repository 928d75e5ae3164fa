"""A usage point whose interval length changes: nothing is lost when its reads are brought to one length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.lengths import coarsened, join_lengths
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

START = 1_767_225_600  # 2026-01-01T00:00
MISSING = int(ReadingQuality.MISSING)


def series(first: int, step: int, values: list[int], quality: list[int] | None = None) -> ReadSeries:
    return ReadSeries(
        usage_point="a",
        local_start_s=first + step * np.arange(len(values), dtype=np.int64),
        duration_s=step,
        import_uwh=np.array(values, np.int64),
        quality=np.array(quality or [0] * len(values), np.uint8),
        export_uwh=np.array(values[::-1], np.int64),
    )


def test_meter_exchange_from_30_to_5_minutes(tmp_path: Path) -> None:
    lines = ["100,NEM12,202604010000,A,B", "200,NMI1234567,E1,E1,E1,N1,M1,kWh,30,"]
    lines += [f"300,202603{d:02d},{'1.5,' * 48}A,,,20260401000000," for d in (1, 2)]
    lines += ["200,NMI1234567,E1,E1,E1,N1,M2,kWh,5,"]
    lines += [f"300,202603{d:02d},{'0.25,' * 288}A,,,20260401000000," for d in (3, 5)]
    path = tmp_path / "exchange.csv"
    path.write_text("\n".join([*lines, "900"]) + "\n")
    for zone in (None, ZoneInfo("Australia/Sydney")):
        joined = join_lengths(read_file(path, zone=zone).series)
        assert joined is not None and joined.duration_s == 1800 and len(joined) == 5 * 48
        assert joined.import_uwh.sum() == 2 * 48 * 15 * 10**8 + 2 * 288 * 25 * 10**7
        assert (joined.quality == MISSING).sum() == 48
        assert (np.diff(joined.local_start_s) == 1800).all()


def test_what_does_not_fit_is_not_joined() -> None:
    hour = series(START, 3600, [1] * 24)
    assert join_lengths([hour, series(START + 12 * 3600, 900, [1] * 96)]) is None
    assert join_lengths([hour, series(START + 86_400, 86_400, [1])]) is None
    assert join_lengths([hour, replace(series(START + 86_400, 900, [1]), utc_offset_s=np.zeros(1, np.int32))]) is None


@settings(deadline=None)
@given(st.integers(0, 11), st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.data())
def test_coarser_steps_keep_every_watt_hour(shift: int, values: list[int], data: st.DataObject) -> None:
    quality = data.draw(st.lists(st.sampled_from([0, 13, MISSING]), min_size=len(values), max_size=len(values)))
    fine = series(START + 300 * shift, 300, values, quality)
    whole = coarsened(fine, 3600)
    assert whole.import_uwh.sum() == sum(values) and (whole.local_start_s % 3600 == 0).all()
    for slot, code in zip(whole.local_start_s, whole.quality, strict=True):
        inside = [q for at, q in zip(fine.local_start_s, quality, strict=True) if slot <= at < slot + 3600]
        assert (code == MISSING) == all(q == MISSING for q in inside)
        assert (code in (0, 13)) == (len(inside) == 12 and MISSING not in inside)
