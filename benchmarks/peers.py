"""The same bills by other means: a pandas program, DuckDB, Polars and NREL PySAM, on the same reads in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import duckdb_peer
from benchmarks.loads import MONTH, make_loads, month_store
from benchmarks.rating import PLAN, rate, terms_of
from benchmarks.registry import Bench, Result, measures
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import LineTable
from gridhall.engines.rating.price import price

PERIODS = ("sharp", "peak", "flat", "valley")
PRICES = {
    "sharp": (1.05, 1.10, 1.35), "peak": (0.85, 0.90, 1.15), "flat": (0.65, 0.70, 0.95), "valley": (0.43, 0.48, 0.73),
}  # fmt: skip
TIER_1, TIER_2, DEMAND_PRICE = 230.0, 400.0, 42.0
SLACK = 0.005
"""How far the energy part of a bill may differ, relatively: peers use floating point and do not round each line."""


def period_of_slot() -> np.ndarray:
    """Give the name of the period of each of the 96 slots, as the benchmark tariff has it."""
    hours = np.arange(96) / 4
    names = np.full(96, "flat", object)
    names[(hours < 6) | ((hours >= 12) & (hours < 14))] = "valley"
    names[hours >= 16] = "peak"
    names[(hours >= 18) & (hours < 20)] = "sharp"
    return names


def our_lines(meters: int) -> LineTable:
    """Give what our pass makes of the first meters."""
    imports, _, reactives = make_loads(0, meters)
    return price(PLAN, _determinants(imports, reactives), terms_of(meters))


def our_totals(meters: int) -> np.ndarray:
    """Give energy and demand lines only, in yuan."""
    table = our_lines(meters)
    kept = [index for index, spec in enumerate(table.specs) if spec.code != "power_factor"]
    return table.amount_minor[kept].sum(axis=0) / 100


def _determinants(imports: np.ndarray, reactives: np.ndarray) -> Determinants:
    count = len(imports)
    energy, peak = np.zeros((count, 16), np.int64), np.zeros((count, 16), np.int64)
    for index in range(PLAN.class_count):
        picked = imports[:, PLAN.slot_class == index]
        energy[:, index], peak[:, index] = picked.sum(axis=1), picked.max(axis=1)
    slots = np.full(count, imports[0].size, np.int32)
    none = np.zeros(count, np.int32)
    return Determinants(energy, energy * 0, peak, reactives.sum(axis=(1, 2), dtype=np.int64), slots, none, none)


def long_parquet(folder: Path, meters: int) -> Path:
    """Write the reads as one row a read; made once."""
    path = folder / f"long-{meters}.parquet"
    if not path.exists():
        imports, _, reactives = make_loads(0, meters)
        moments = np.datetime64(MONTH.first_day, "us") + np.arange(MONTH.days * 96) * np.timedelta64(900_000_000, "us")
        table = pa.table(
            {
                "meter": np.repeat(np.arange(meters, dtype=np.int32), MONTH.days * 96),
                "timestamp": np.tile(moments, meters),
                "kwh": imports.ravel() / 1000,
                "kvarh": reactives.ravel() / 1000,
            }
        )
        pq.write_table(table, path, compression="zstd")
    return path


def wide_parquet(folder: Path, meters: int) -> Path:
    """Write the reads as one row a meter and day, 96 columns of Wh and 96 of varh; made once."""
    path = folder / f"wide-reads-{meters}.parquet"
    if not path.exists():
        imports, _, reactives = make_loads(0, meters)
        days = np.arange(np.datetime64(MONTH.first_day), np.datetime64(MONTH.next().first_day))
        columns: dict[str, np.ndarray] = {
            "meter": np.repeat(np.arange(meters, dtype=np.int32), MONTH.days),
            "day": np.tile(days, meters),
        }
        columns |= {f"s{slot}": imports[:, :, slot].ravel() for slot in range(96)}
        columns |= {f"r{slot}": reactives[:, :, slot].ravel() for slot in range(96)}
        pq.write_table(pa.table(columns), path, compression="zstd")
    return path


# --- pandas: reads from Parquet, group by meter and period, price in columns


def bills_by_pandas(path: Path) -> np.ndarray:
    """Rate by pandas as a careful analyst would."""
    import pandas as pd

    reads = pd.read_parquet(path)
    slots = reads["timestamp"].dt.hour * 4 + reads["timestamp"].dt.minute // 15
    reads["period"] = pd.Categorical.from_codes(
        pd.Categorical(period_of_slot(), categories=PERIODS).codes[slots.to_numpy()], categories=PERIODS
    )
    energy = reads.groupby(["meter", "period"], observed=True)["kwh"].sum().unstack(fill_value=0.0)
    whole = reads.groupby("meter").agg(demand=("kwh", "max"), kvarh=("kvarh", "sum"))
    total = energy.sum(axis=1)
    in_tiers = (total.clip(upper=TIER_1), (total - TIER_1).clip(0, TIER_2 - TIER_1), (total - TIER_2).clip(0))
    amount = sum(
        (energy[name] * part / total.where(total > 0, 1.0) * PRICES[name][tier]).round(2)
        for tier, part in enumerate(in_tiers)
        for name in PERIODS
    )
    return (amount + (whole["demand"] * 4 * DEMAND_PRICE).round(2)).to_numpy()


# --- DuckDB: the better of a wide and a long plan, whole numbers, every line


def duckdb_plans(folder: Path, many: int, few: int) -> dict[str, tuple[int, Callable[[], duckdb_peer.Lines]]]:
    """Load tables into DuckDB files and give the plans: over wide rows of many meters, over single reads of few."""
    import duckdb

    wide, long = wide_parquet(folder, many), long_parquet(folder, few)
    tables = {
        folder / f"peer-wide-{many}.duckdb": f"create table wide as select * from '{wide}'",
        folder / f"peer-long-{few}.duckdb": "create table long as select meter, timestamp, "
        f"round(kwh * 1000)::int as wh, round(kvarh * 1000)::int as varh from '{long}'",
    }
    for path, sql in tables.items():
        if not path.exists():
            with duckdb.connect(str(path)) as base:
                base.execute(sql)
    names, (of_wide, of_long) = period_of_slot(), tables
    sources = {
        "wide": (many, of_wide, duckdb_peer.wide_source("wide", names, PERIODS)),
        "wide Parquet": (many, of_wide, duckdb_peer.wide_source(f"'{wide}'", names, PERIODS)),
        "long": (few, of_long, duckdb_peer.long_source(names, PERIODS)),
    }
    tiers_wh, demand_fen = (round(TIER_1 * 1000), round(TIER_2 * 1000)), round(DEMAND_PRICE * 100)
    return {
        name: (meters, duckdb_peer.plan(path, duckdb_peer.final_sql(source, PRICES, tiers_wh, demand_fen)))
        for name, (meters, path, source) in sources.items()
    }


# --- Polars: lazily over wide Parquet


def bills_by_polars(path: Path) -> np.ndarray:
    """Rate by Polars."""
    import polars as pl

    names = period_of_slot()
    energy = [
        (pl.sum_horizontal([f"s{slot}" for slot in np.flatnonzero(names == name)]).sum() / 1000).alias(name)
        for name in PERIODS
    ]
    demand = (pl.max_horizontal([f"s{slot}" for slot in range(96)]).max() / 1000).alias("demand")
    varh = pl.sum_horizontal([f"r{slot}" for slot in range(96)]).sum() / 1000
    total = pl.sum_horizontal(PERIODS)
    tiers = (
        pl.min_horizontal("total", pl.lit(TIER_1)),
        (pl.min_horizontal("total", pl.lit(TIER_2)) - TIER_1).clip(0),
        (pl.col("total") - TIER_2).clip(0),
    )
    lines = [
        (pl.col(name) * part / pl.col("total") * PRICES[name][tier]).round(2).fill_nan(0)
        for tier, part in enumerate(tiers)
        for name in PERIODS
    ]
    amount = pl.sum_horizontal(lines) + (pl.col("demand") * 4 * DEMAND_PRICE).round(2)
    query = (
        pl.scan_parquet(path).group_by("meter").agg(*energy, demand, varh.alias("kvarh"))
        .with_columns(total.alias("total")).select("meter", amount.alias("amount")).sort("meter")
    )  # fmt: skip
    return query.collect()["amount"].to_numpy()


# --- NREL PySAM: one account and year at a time


def pysam_year() -> Callable[[], float]:
    """Give what rates one account's year at 15 minutes: tiers, time of use and demand."""
    import PySAM.Utilityrate5 as utilityrate

    model = utilityrate.new()
    load = np.tile(make_loads(0, 1)[0][0].reshape(-1), 12)[:35_040] / 1000 * 4
    matrix = [
        [period + 1, tier + 1, (TIER_1, TIER_2, 1e38)[tier], 0, PRICES[name][tier], 0]
        for period, name in enumerate(PERIODS)
        for tier in range(3)
    ]
    hours = [[PERIODS.index(str(name)) + 1 for name in period_of_slot()[::4]]] * 12
    model.assign(
        {
            "ElectricityRates": {
                "ur_metering_option": 0, "ur_en_ts_sell_rate": 0, "ur_en_ts_buy_rate": 0, "ur_monthly_fixed_charge": 0,
                "ur_monthly_min_charge": 0, "ur_annual_min_charge": 0, "ur_nm_yearend_sell_rate": 0,
                "ur_ec_sched_weekday": hours, "ur_ec_sched_weekend": hours, "ur_ec_tou_mat": matrix, "ur_dc_enable": 1,
                "ur_dc_sched_weekday": [[1] * 24] * 12, "ur_dc_sched_weekend": [[1] * 24] * 12,
                "ur_dc_tou_mat": [[1, 1, 1e38, 0]], "ur_dc_flat_mat": [[m, 1, 1e38, DEMAND_PRICE] for m in range(12)],
                "rate_escalation": [0], "en_electricity_rates": 1, "ur_enable_billing_demand": 0,
                "ur_sell_eq_buy": 0, "ur_nm_credit_month": 0, "ur_nm_credit_rollover": 0, "TOU_demand_single_peak": 0,
            },
            "Load": {"load": load.tolist(), "load_escalation": [0]},
            "SystemOutput": {"gen": [0.0] * 35_040, "degradation": [0]},
            "Lifetime": {"analysis_period": 1, "inflation_rate": 0, "system_use_lifetime_output": 0},
        }
    )  # fmt: skip

    def run() -> float:
        model.execute(0)
        return float(model.Outputs.utility_bill_wo_sys_year1)

    run()
    return run


@measures("peers")
def compare_with_peers(bench: Bench) -> Iterator[Result]:
    """Rate by each peer; all in meters/s on two cores, PySAM per account on one."""
    few, many = (200, 1_000) if bench.quick else (2_000, 20_000)
    all_of_them = 20_000 if bench.quick else 1_000_000
    root = month_store(bench.folder, all_of_them).root
    usual = min(all_of_them, 100_000)
    rate(IntervalStore(root), 5_000)
    ours = usual / bench.timed(lambda: rate(IntervalStore(root), usual), times=5)
    one_core = IntervalStore(root, threads=1)
    per_month = bench.timed(lambda: rate(one_core, min(usual, 32_768)), times=3) / min(usual, 32_768)
    bench.say("pandas")
    path = long_parquet(bench.folder, few)
    _assert_close(bills_by_pandas(path), our_totals(few))
    pandas_rate = few / bench.timed(lambda: bills_by_pandas(path), times=3)
    bench.say("DuckDB")
    rates = {}
    for name, (meters, plan) in duckdb_plans(bench.folder, usual, many).items():
        duckdb_peer.assert_same(plan(), our_lines(meters))
        rates[f"DuckDB {name}"] = meters / bench.timed(plan, times=3)
    duckdb_rate = max(rates.values())
    bench.say("Polars")
    wide = wide_parquet(bench.folder, many)
    _assert_close(bills_by_polars(wide), our_totals(many))
    polars_rate = many / bench.timed(lambda: bills_by_polars(wide), times=3)
    bench.say("PySAM")
    pysam_s = bench.timed(pysam_year(), times=5)
    yield Result("rating_over_pandas", ours / pandas_rate, "x", 120, ratios={"pandas, meters/s": pandas_rate})
    yield Result(
        "rating_over_duckdb", ours / duckdb_rate, "x", 10, ratios={f"{k}, meters/s": v for k, v in rates.items()}
    )
    yield Result("rating_over_polars", ours / polars_rate, "x", None, ratios={"Polars, meters/s": polars_rate})
    yield Result(
        "rating_over_pysam", pysam_s / (12 * per_month), "x", 80,
        ratios={"PySAM, ms an account-year": pysam_s * 1e3}, note="per account and year, one core each",
    )  # fmt: skip


def _assert_close(theirs: np.ndarray, ours: np.ndarray) -> None:
    """Make sure that a peer reckons the same bills."""
    far = np.abs(theirs - ours) > SLACK * np.abs(ours) + 0.1
    if far.any():
        row = int(np.flatnonzero(far)[0])
        raise AssertionError(
            f"{int(far.sum())} bills differ; the first is meter {row}: {theirs[row]} against our {ours[row]}"
        )
