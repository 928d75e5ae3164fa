"""
DuckDB's way to the same bills: whole numbers, every line with quantity and amount, equal to ours to the fen.

The better of three plans counts: 96 columns a day in a table of its own, the same from Parquet, and a row a read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.rating import PLAN, STANDARD_HUNDREDTHS
from gridhall.engines.rating.plan import LineTable
from gridhall.engines.rating.tariff import PowerFactorAdjustment

Lines = dict[str, np.ndarray]


def _power_factor_table() -> list[int]:
    tables = next(one.tables for one in PLAN.components if isinstance(one, PowerFactorAdjustment))
    return next(list(table) for name, table in tables.items() if round(float(name) * 100) == STANDARD_HUNDREDTHS)


def _half_up(product: str, by: int) -> str:
    """Divide whole numbers that may be negative, halves away from zero."""
    return f"(sign({product}) * ((2 * abs({product}) + {by}) // {2 * by}))::bigint"


def final_sql(source: str, prices: dict[str, tuple[float, ...]], tiers_wh: tuple[int, ...], demand_fen: int) -> str:
    """
    Give the query from sums of Wh a meter to lines.

    :param source: gives meter, one column of Wh a period, the largest interval `demand` and `varh`.
    """
    names = list(prices)
    below = [f"least({top}, total)" for top in tiers_wh]
    filled = [
        f"coalesce((2 * {name} * ({low}) + total) // nullif(2 * total, 0), 0) as {name}_{tier}"
        for name in names for tier, low in enumerate(below, 1)
    ]  # fmt: skip
    quantities, amounts = [], []
    for name in names:
        edges = ["0", *(f"{name}_{tier}" for tier in range(1, len(below) + 1)), name]
        for tier, price in enumerate(prices[name], 1):
            quantities.append(f"{edges[tier]} - {edges[tier - 1]} as q_{name}_{tier}")
            amounts.append(_half_up(f"q_{name}_{tier} * {round(price * 100)}", 1_000) + f" as a_{name}_{tier}")
    lines = [f"a_{name}_{tier}" for name in names for tier in range(1, len(below) + 2)]
    base = " + ".join([*lines, "a_demand"])
    apparent = "sqrt(total::double ^ 2 + varh::double ^ 2)"
    factor = f"case when {apparent} = 0 then 100 else floor(100 * total / {apparent} + 0.5) end"
    demand = _half_up(f"q_demand * {demand_fen}", 1_000)
    table = f"list_value({', '.join(map(str, _power_factor_table()))})"
    # Materialized, or each step would reckon the ones before it anew.
    return f"""
      with sums as materialized ({source}),
      filled as materialized (select *, {", ".join(filled)} from (select *, {" + ".join(names)} as total from sums)),
      shared as materialized (select *, {", ".join(quantities)}, 4 * demand as q_demand, {factor}::int as factor
                              from filled),
      charged as materialized (select *, {", ".join(amounts)}, {demand} as a_demand from shared),
      based as materialized (select *, {base} as base, {table}[factor + 1] as percent from charged),
      adjusted as (select *, {_half_up("base * percent", 10_000)} as a_power_factor from based)
      select meter, {", ".join(f"q{line[1:]}" for line in lines)}, q_demand, factor,
             {", ".join(lines)}, a_demand, a_power_factor, base + a_power_factor as bill
      from adjusted order by meter
    """


def wide_source(table: str, period_of_slot: np.ndarray, names: tuple[str, ...]) -> str:
    """Give the sums over 96 columns of Wh and 96 of varh."""
    sums = ", ".join(
        f"sum({' + '.join(f's{slot}' for slot in np.flatnonzero(period_of_slot == name))})::bigint as {name}"
        for name in names
    )
    every = ", ".join(f"s{slot}" for slot in range(96))
    varh = " + ".join(f"r{slot}" for slot in range(96))
    return (
        f"select meter, {sums}, max(greatest({every}))::bigint as demand, sum({varh})::bigint as varh "
        f"from {table} group by meter"
    )


def long_source(period_of_slot: np.ndarray, names: tuple[str, ...]) -> str:
    """Give the sums over one row a read; periods by the hour, without a join."""
    hour = "(hour(timestamp) * 4 + minute(timestamp) // 15)"
    code = f"list_value({', '.join(repr(str(name)) for name in period_of_slot)})[{hour} + 1]"
    sums = ", ".join(f"coalesce(sum(wh) filter (where period = '{name}'), 0)::bigint as {name}" for name in names)
    return (
        f"select meter, {sums}, max(wh)::bigint as demand, sum(varh)::bigint as varh "
        f"from (select *, {code} as period from long) group by meter"
    )


def plan(path: Path, sql: str) -> Callable[[], Lines]:
    """Give what runs a query. Each run opens the file anew, as ours opens the store: both begin with files."""
    import duckdb

    def run() -> Lines:
        with duckdb.connect(str(path), read_only=True) as base:
            base.execute("set threads = 2")
            return base.execute(sql).fetchnumpy()

    return run


def assert_same(theirs: Lines, ours: LineTable) -> None:
    """Make sure that every line of every bill is the same."""
    for spec, quantity, amount in zip(ours.specs, ours.quantity, ours.amount_minor, strict=True):
        name = "_".join([spec.period, str(spec.tier)]) if spec.period else spec.code
        columns = [(f"a_{name}", amount)]
        if name != "power_factor":  # theirs stand in Wh and W
            columns.append((f"q_{name}", np.asarray(quantity) // (spec.quantity_scale // 1_000)))
        for column, mine in columns:
            if not np.array_equal(theirs[column], np.asarray(mine)):
                row = int(np.flatnonzero(theirs[column] != mine)[0])
                raise AssertionError(f"meter {row}, {column}: DuckDB {theirs[column][row]}, ours {mine[row]}")
