"""What is fuzzed: each target takes any bytes and must read them or refuse them, and nothing else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.summary import summarize
from gridhall.engines.intervals.series import ReadSeries
from gridhall.engines.rating.account_file import parse_account
from gridhall.engines.rating.catalogue import FOLDER, parse
from gridhall.engines.rating.explain import recompute
from gridhall.engines.rating.fold import EPOCH
from gridhall.engines.rating.report import bill_data
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.tariff import Tariff
from gridhall.engines.rating.terms import AccountTerms

Target = Callable[[bytes], None]

_CSV = (
    b"usage_point,timestamp,kwh,kvarh,quality\na,2026-01-01T00:00,0.25,0,actual\na,2026-01-01T00:15,0.5,0,estimated\n"
)
_CSV_HOURS = (
    "户号;日期;小时;单位;电量\n1;2026-01-01;1;kWh;0,5\n1;2026-01-01;2;kWh;0,25\n1;2026-01-01;24;Wh;7\n".encode()
)
_NEM12 = (
    b"100,NEM12,202601010000,A,B\n200,NMI0000001,E1,1,E1,N1,M1,kWh,30,\n300,20260101,"
    + b"1," * 48
    + b"V,,,20260102000000,\n400,1,48,F52,,\n900\n"
)
_NEM13 = (
    b"100,NEM13,200401101030,MDA1,Ret1\n250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,"
    b"007654.9,20040107100333,A,,,1312.1,kWh,20040407,20040108100333,20040109080000\n900\n"
)
_ESPI = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="R/1"/><content><ReadingType>'
    b"<uom>72</uom><powerOfTenMultiplier>0</powerOfTenMultiplier></ReadingType></content></entry><entry>"
    b'<link rel="self" href="M/1"/><link rel="related" href="R/1"/><content><MeterReading/></content></entry><entry>'
    b'<link rel="up" href="M/1/IntervalBlock"/><content><IntervalBlock><IntervalReading><timePeriod><duration>900'
    b"</duration><start>1767225600</start></timePeriod><value>7</value></IntervalReading></IntervalBlock></content>"
    b"</entry></feed>"
)
_TARIFF = """\
tariff: demo
label: {zh: 一, en: One}
currency: CNY
zone: Asia/Shanghai
holidays: cn
clauses: {c: {document: d, article: 一, text: t}}
periods: {day: 日, night: 夜}
schedules: {s: [{period: night}, {period: day, hours: ["08:00-22:00"], days: [working_day], months: [11-2, 7]}]}
tables: {t: [{months: 2026-01..2026-12, verified: false, prices: {day: 0.9, night: 0.4}, parts: {funds: 0.05}}]}
versions:
  - from: 2026-01-01
    source: {document: d, verified: true}
    components:
      - {kind: energy, code: e, table: t, schedule: s, cap: 2, parts: [{code: funds}], clause: c}
      - {kind: energy, code: tier, tier_basis: year, tiers: [{up_to: 100, price: 0}, {price: 0.05}]}
      - {kind: energy, code: x, direction: export, sign: credit, price: 0.4}
      - {kind: demand, code: d, tiers: [{up_to: 3, price: 1}, {price: 2}]}
      - {kind: capacity, code: k, price: 26, when: {demand_basis: capacity}}
      - {kind: power_factor, code: p, base: [e], excludes: [funds]}
      - {kind: fixed, code: f, amount: 3, per: day}
      - {kind: minimum, code: m, amount: 20, per: kVA}
      - {kind: tax, code: t, percent: 13}
""".encode()
_ACCOUNT = (
    b"capacity_kva: 315\ncontract_demand_kw: 200\ndemand_basis: capacity\nhousehold_size: 5\nmoved_in_on: 2026-01-02\n"
    b"year_to_date_kwh: 12.5\npower_factor_standard: 0.85\nct_ratio: 10\npt_ratio: 100\ntraits: {social: low_income}\n"
    b"special_days: {hot: [2026-01-02]}\n"
)
HOURS = 72


def _load() -> ReadSeries:
    """Give three days of January with reads of every channel."""
    start = (date(2026, 1, 30) - EPOCH).days * 86_400
    energy = (np.arange(HOURS, dtype=np.int64) * 7919 % 1000) * 10**7
    return ReadSeries(
        usage_point="fuzz",
        local_start_s=start + 3600 * np.arange(HOURS, dtype=np.int64),
        duration_s=3600,
        import_uwh=energy,
        quality=np.zeros(HOURS, np.uint8),
        export_uwh=energy[::-1].copy(),
        reactive_uvarh=energy // 3,
    )


LOAD = _load()


def price_load(tariff: Tariff, account: AccountTerms) -> None:
    """Price the load: refused, or a bill that adds up and explains itself."""
    try:
        bill = rate_series(tariff, LOAD, account)
    except BusinessError:
        return
    for month in bill.months:
        if sum((line.amount for line in month.lines), Decimal(0)) != month.total:
            raise AssertionError(f"{month.month}: lines do not add up to {month.total}")
        for line in (*month.lines, *month.notes):
            if recompute(line) != line.amount:
                raise AssertionError(f"{line.code} does not recompute")
    json.dumps(bill_data(bill))


def read_reads(content: bytes) -> None:
    """Read any bytes as a file of reads."""
    path = SCRATCH / "input"
    path.write_bytes(content)
    try:
        found = read_file(path, is_strict=False)
    except BusinessError:
        return
    for series in found.series:
        summarize(series)


SCRATCH = Path(tempfile.mkdtemp(prefix="gridhall-fuzz-"))


def read_tariff(content: bytes) -> None:
    """Read any bytes as a tariff, ours or URDB's, and price under it."""
    try:
        tariff = parse(content, "input.yaml")
    except BusinessError as refusal:
        if not all(fault.problem and fault.remedy for fault in getattr(refusal, "faults", ())):
            raise AssertionError(f"a fault without a remedy: {refusal.message}") from None
        return
    price_load(tariff, AccountTerms(capacity_kva=Decimal(10), power_factor_standard="0.90"))


def read_account(content: bytes) -> None:
    """Read any bytes as an account file, and price under its terms."""
    try:
        account = parse_account(content, "account.yaml")
    except BusinessError:
        return
    for tariff in PRICED:
        price_load(tariff, account)


PRICED = [parse(_TARIFF, "demo.yaml")]


def _rate() -> dict[str, Any]:
    tiers = [
        [{"rate": 0.1, "adj": 0.01, "max": 5, "unit": "kWh daily", "sell": 0.02}, {"rate": 0.2, "unit": "kWh daily"}],
        [{"rate": 0.3, "max": 5, "unit": "kWh daily"}, {"rate": 0.4, "unit": "kWh daily"}],
    ]
    day = [0] * 8 + [1] * 8 + [0] * 8
    return {
        "utility": "u", "name": "n", "dgrules": "Net Billing Hourly", "energyratestructure": tiers,
        "energyweekdayschedule": [day] * 12, "energyweekendschedule": [day] * 12,
        "flatdemandstructure": [[{"rate": 3, "max": 1}, {"rate": 4}]], "flatdemandmonths": [0] * 12,
        "demandratestructure": [[{"rate": 1}], [{"rate": 2}]], "demandweekdayschedule": [day] * 12,
        "demandweekendschedule": [day] * 12, "fixedchargefirstmeter": 1, "fixedchargeunits": "$/day",
        "mincharge": 5, "minchargeunits": "$/year", "lookbackpercent": 0,
    }  # fmt: skip


def _rates() -> list[bytes]:
    rules = ("Net Metering", "Net Billing Instantaneous", "Net Billing Hourly", "Buy All Sell All")
    rates = [json.dumps({**_rate(), "dgrules": rule}, separators=(",", ":")).encode() for rule in rules]
    export = {"energyRateStrux": [{"energyRateTiers": [{"rate": 1}]}], "effectiveDate": {"$date": "2024-01-01"}}
    book = {"energy": {"periods": [{"tiers": [{"rate": "0.1", "max": "5", "max_unit": "kWh"}]}]}, "schedule": {}}
    return [*rates, json.dumps([export]).encode(), json.dumps({"a": book}).encode(), b'{"items": []}']


def find_targets() -> dict[str, tuple[Target, list[bytes]]]:
    """All targets by name, each with the inputs it starts from."""
    shipped = [path.read_bytes() for path in sorted(FOLDER.glob("*.yaml"))[::4]]
    return {
        "csv": (read_reads, [_CSV, _CSV_HOURS]),
        "nem12": (read_reads, [_NEM12]),
        "nem13": (read_reads, [_NEM13]),
        "espi": (read_reads, [_ESPI]),
        "tariff": (read_tariff, [_TARIFF, *shipped]),
        "urdb": (read_tariff, _rates()),
        "account": (read_account, [_ACCOUNT, b'{"capacity_kva": 100}']),
    }
