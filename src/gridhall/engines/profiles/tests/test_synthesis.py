"""Made loads are repeatable, and their distributions lie near those of measured homes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from gridhall.engines.profiles.synthesis import SHAPES, LoadKind, outdoor_temperature_c, synthesize

EPOCH = date(1970, 1, 1)


def make(kind: LoadKind, *, meters: int, mean_kw: float, first_day: date, days: int, seed: int = 0, pv_kw: float = 0.0):
    dates = [first_day + timedelta(days=offset) for offset in range(days)]
    return synthesize(
        np.full(meters, kind, np.int8),
        np.arange(meters, dtype=np.int64) * 7_919 + seed,
        np.full(meters, mean_kw),
        np.full(meters, pv_kw),
        np.zeros(meters),
        np.array([(day - EPOCH).days for day in dates]),
        np.array([day.weekday() >= 5 for day in dates]),
        outdoor_temperature_c(np.array([day.timetuple().tm_yday for day in dates])),
        SHAPES,
    )


def statistics(reads: np.ndarray, slots_a_day: int) -> dict[str, float]:
    """Medians over meters of what tells homes apart, of reads[meter, slot] divided by each meter's mean."""
    relative = reads / reads.mean(1, keepdims=True)
    daily = relative[:, : relative.shape[1] // slots_a_day * slots_a_day].reshape(len(reads), -1, slots_a_day).sum(2)
    return {
        "spread": float(np.median(relative.std(1))),
        "q05": float(np.median(np.quantile(relative, 0.05, axis=1))),
        "q50": float(np.median(np.quantile(relative, 0.50, axis=1))),
        "q95": float(np.median(np.quantile(relative, 0.95, axis=1))),
        "q99": float(np.median(np.quantile(relative, 0.99, axis=1))),
        "memory": float(np.median([np.corrcoef(row[:-1], row[1:])[0, 1] for row in relative])),
        "daily_spread": float(np.median(daily.std(1) / daily.mean(1))),
    }


def test_the_same_seed_and_day_give_the_same_reads_whatever_is_made_beside_them():
    alone = make(LoadKind.HOME, meters=1, mean_kw=0.3, first_day=date(2026, 1, 5), days=2)[0]
    among = make(LoadKind.HOME, meters=5, mean_kw=0.3, first_day=date(2026, 1, 1), days=10)[0]
    assert np.array_equal(alone[0], among[0, 4:6])


def test_homes_lie_between_or_near_the_two_measured_sets(shared_data: Path):
    swiss = pq.read_table(shared_data / "meter_swiss_homes_15min" / "kwh_15min_wide.parquet").drop_columns(
        "interval_start_local"
    )
    reads = np.vstack([column.to_numpy() for column in swiss.columns]).astype(float)
    swiss_homes = statistics(reads[reads.mean(1) > 0.02], 96)
    table = pq.read_table(shared_data / "meter_sgsc_homes_30min" / "kwh_30min_long.parquet")
    customers, kwh = table["customer_id"].to_numpy(), table["kwh"].to_numpy().astype(float)
    australian = statistics(np.vstack([kwh[customers == one][:17_520] for one in np.unique(customers)]), 48)
    ours = statistics(
        make(LoadKind.HOME, meters=150, mean_kw=0.25, first_day=date(2025, 1, 1), days=365)[0].reshape(150, -1) / 1000,
        96,
    )
    for name, value in ours.items():
        low, high = sorted((swiss_homes[name], australian[name]))
        assert low * 0.65 - 0.08 <= value <= high * 1.35 + 0.08, (name, value, low, high)


@pytest.mark.parametrize("kind", list(LoadKind))
def test_every_kind_gives_plausible_energy(kind: LoadKind):
    imported, exported, reactive = make(kind, meters=20, mean_kw=2.0, first_day=date(2026, 6, 1), days=28, pv_kw=0.0)
    mean_kw = imported.mean() * 4 / 1000
    assert 0.1 < mean_kw < 4.0
    assert imported.min() >= 0 and not exported.any() and not reactive.any()


def test_photovoltaics_export_by_day_and_never_by_night():
    _, exported, _ = make(LoadKind.HOME_WITH_PV, meters=20, mean_kw=0.2, first_day=date(2026, 6, 1), days=28, pv_kw=5.0)
    by_slot = exported.sum((0, 1))
    assert by_slot[:20].sum() == 0 and by_slot[84:].sum() == 0
    assert by_slot[48] > by_slot[30] > 0
