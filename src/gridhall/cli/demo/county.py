"""The plan of the demo county: who lives where, on which feeder, under which tariff. Seeded, so always the same."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np

from gridhall.cli.demo import people
from gridhall.engines.profiles.synthesis import LoadKind

SEED = 422826
SUBSTATIONS = {"高乐山变电站": 8, "清坪变电站": 6, "坪坝营变电站": 5, "活龙坪变电站": 5}
POINTS_A_TRANSFORMER = 55
MOST_CHAIN_SHOPS = 30


@dataclass(frozen=True)
class PlaceRow:
    """One row of the list of places."""

    code: str
    name: str
    name_en: str
    kind: str
    parent: str
    area: str
    latitude: str
    longitude: str


@dataclass
class SupplyPoint:
    """One planned supply point: account, party, place, terms and load."""

    index: int
    kind: str
    party_name: str
    account_name: str
    industry: str
    village: PlaceRow
    address: str
    transformer: int | None
    feeder: int
    tariff: str
    voltage: str
    load: LoadKind
    mean_kw: float
    pv_kw: float = 0.0
    reactive_ratio: float = 0.0
    ct_ratio: int = 1
    pt_ratio: int = 1
    capacity_kva: int | None = None
    contract_demand_kw: int | None = None
    basic_charge: str = "NONE"
    power_factor_standard: str | None = None
    household_size: int = 0
    social: str = "NONE"
    transfer_on: date | None = None
    exchange_on: date | None = None


@dataclass
class CountyPlan:
    """Everything that is planned before a row is written."""

    places: list[PlaceRow]
    feeders: list[tuple[str, str, str]]  # code, name, substation
    transformers: list[tuple[str, str, int, int]]  # code, name, feeder, capacity kVA
    points: list[SupplyPoint] = field(default_factory=list)


def read_places(catalogue: Path) -> list[PlaceRow]:
    """Read the county's towns and villages."""
    with (catalogue / "places" / "xianfeng.csv").open(encoding="utf-8", newline="") as file:
        return [PlaceRow(**row) for row in csv.DictReader(file)]


def plan_county(*, catalogue: Path, points: int, first_day: date, end_day: date) -> CountyPlan:
    """
    Plan the county.

    :param points: how many supply points, of all five kinds.
    :param first_day, end_day: the half-open span of days that will have reads; transfers and exchanges fall inside.
    """
    random = Random(SEED)
    places = read_places(catalogue)
    villages = [place for place in places if place.kind == "VILLAGE"]
    feeders = _plan_feeders()
    plan = CountyPlan(places, feeders, [])
    weights = [5.0 if village.area == "CITY" else (0.7 if village.area == "REMOTE" else 1.0) for village in villages]
    total = sum(weights)
    left = points
    for position, village in enumerate(villages):
        last = position == len(villages) - 1
        here = left if last else min(left, round(points * weights[position] / total))
        left -= here
        feeder = position * len(feeders) // len(villages)
        for start in range(0, here, POINTS_A_TRANSFORMER):
            transformer = len(plan.transformers)
            capacity = random.choice([200, 315, 400]) if village.area == "CITY" else random.choice([100, 160, 200])
            short = people.shorten_village(village.name)
            name = f"{short}{start // POINTS_A_TRANSFORMER + 1}号台区"
            plan.transformers.append((f"TF{transformer:05d}", name, feeder, capacity))
            for _ in range(min(POINTS_A_TRANSFORMER, here - start)):
                plan.points.append(_plan_point(random, len(plan.points), village, transformer, feeder, places))
    _plan_changes(random, plan.points, first_day, end_day)
    for place, point in enumerate(list_chain(plan.points)):
        point.party_name = point.account_name = people.CHAIN_NAME
        if place:
            point.account_name = f"{people.CHAIN_SHOP}{place}店"
    return plan


def list_chain(points: list[SupplyPoint]) -> list[SupplyPoint]:
    """List the shops of the county's chain, its head office first."""
    shops = [point for point in points if point.kind == "SHOP" and not point.transfer_on and not point.exchange_on]
    return shops[1 : MOST_CHAIN_SHOPS + 2]


def _plan_feeders() -> list[tuple[str, str, str]]:
    feeders = []
    for substation, count in SUBSTATIONS.items():
        for number in range(1, count + 1):
            code = f"F{len(feeders) + 1:03d}"
            feeders.append((code, f"10kV {substation[:-3]}{number}线", substation))
    return feeders


def _plan_point(
    random: Random, index: int, village: PlaceRow, transformer: int, feeder: int, places: list[PlaceRow]
) -> SupplyPoint:
    roll = random.random()
    city = village.area == "CITY"
    town = next(place.name for place in places if place.code == village.parent)
    person = people.make_person_name(random)
    point = SupplyPoint(
        index=index, kind="RESIDENT", party_name=person, account_name=person, industry="", village=village,
        address=people.make_address(random, village=village.name, is_city=city), transformer=transformer, feeder=feeder,
        tariff="hubei-residential", voltage="V220", load=LoadKind.HOME,
        mean_kw=min(max(random.lognormvariate(-1.45, 0.55), 0.02), 2.5),
        household_size=random.choices([1, 2, 3, 4, 5, 6], [10, 24, 28, 22, 11, 5])[0],
    )  # fmt: skip
    if roll < 0.080:
        _make_shop(random, point)
    elif roll < 0.088:
        _make_enterprise(random, point, town)
    elif roll < 0.104:
        point.kind, point.load, point.tariff, point.mean_kw = "EV", LoadKind.CHARGER, "hubei-residential-ev", 7.0
        point.household_size = 0
        if random.random() < 0.3:
            point.mean_kw = 3.5
    elif roll < 0.120:
        point.kind, point.load, point.tariff = "PV", LoadKind.HOME_WITH_PV, "hubei-residential-pv"
        point.pv_kw = random.choice([3.0, 5.0, 8.0, 10.0])
    if point.household_size and index % 40 == 7:
        point.social = "FIVE_GUARANTEES" if point.household_size == 1 else "LOW_INCOME"
    return point


def _make_shop(random: Random, point: SupplyPoint) -> None:
    """A shop, workshop or farm on low voltage; one in four is priced by time of use."""
    point.kind, point.household_size, point.voltage = "SHOP", 0, random.choice(["V220", "V380"])
    point.account_name = people.make_shop_name(random)
    point.industry = random.choice(people.INDUSTRIES["shop"])
    point.mean_kw = min(max(random.lognormvariate(0.25, 0.7), 0.15), 18.0)
    point.load = LoadKind.SHOP
    point.tariff = "hubei-commercial-single-lt1kv" if random.random() < 0.25 else "hubei-commercial-single-lt1kv-flat"
    if random.random() < 0.12:
        point.load, point.tariff, point.industry = LoadKind.FARM, "hubei-agriculture", "0111"


def _make_enterprise(random: Random, point: SupplyPoint, town: str) -> None:
    """An enterprise on 10 or 35 kV with its own transformer, measured through CT and PT."""
    point.kind, point.household_size, point.transformer = "ENTERPRISE", 0, None
    point.account_name = point.party_name = people.make_firm_name(random, town)
    point.industry = random.choice(people.INDUSTRIES["enterprise"])
    capacity = random.choice([160, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600])
    at_35kv = capacity >= 1250
    point.voltage, point.capacity_kva = ("KV35" if at_35kv else "KV10"), capacity
    point.pt_ratio, point.ct_ratio = (350 if at_35kv else 100), (10 if capacity <= 400 else 20)
    point.load = LoadKind.THREE_SHIFTS if random.random() < 0.35 else LoadKind.DAY_SHIFT
    mean_kw = capacity * random.uniform(0.16, 0.42)
    point.mean_kw = mean_kw / (point.ct_ratio * point.pt_ratio)
    power_factor = random.choice([0.78, 0.84, 0.88, 0.90, 0.92, 0.95, 0.97])
    point.reactive_ratio = float(np.tan(np.arccos(power_factor)))
    point.power_factor_standard = "0.90"
    if capacity >= 315:
        point.tariff = "hubei-commercial-two-part-35kv" if at_35kv else "hubei-commercial-two-part-10kv"
        point.basic_charge = "DEMAND" if random.random() < 0.5 else "CAPACITY"
        if point.basic_charge == "DEMAND":
            point.contract_demand_kw = int(max(mean_kw * random.uniform(1.7, 2.6), capacity * 0.4) // 5 * 5)
    else:
        point.tariff = "hubei-commercial-single-10kv"


def _plan_changes(random: Random, points: list[SupplyPoint], first_day: date, end_day: date) -> None:
    """One account in a hundred changes hands, one meter in a hundred is exchanged, in the middle of a month."""
    days = (end_day - first_day).days
    for point in points:
        if point.index < 100 or days < 60:
            continue
        if random.random() < 0.01:
            point.transfer_on = first_day + timedelta(days=random.randint(35, days - 10))
        if random.random() < 0.01:
            point.exchange_on = first_day + timedelta(days=random.randint(35, days - 10))
