"""Balances at the metering desk: figures as counted by hand, what is missing told plainly."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from gridhall.core.periods import Month
from tests import company as made
from tests.interfaces.examples import make_balances, make_finding
from tests.interfaces.pages import read_page

HOUSES = made.CUSTOMERS[:2]
FACTORY = made.CUSTOMERS[3]
SLOTS = 96


class Network:
    """Feeder F1 with the factory, transformer T1 with two houses, T2 with none; each but T2 with a check meter."""

    def __init__(self) -> None:
        from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint
        from gridhall.apps.metering import actions

        self.at = timezone.now()
        self.month = Month.of(timezone.localdate(self.at)).previous()
        feeder = Feeder.objects.get(code="F1")
        area, self.empty = (
            Transformer.objects.create(code=code, name=name, feeder=feeder, capacity_kva=Decimal(200))
            for code, name in (("T/1", "龙潭台区"), ("T2", "空台区"))
        )
        for house in HOUSES:
            UsagePoint.objects.filter(account__number=house.number).update(transformer=area)
        self.checks = [
            actions.register_meter(
                new=actions.NewMeter(f"CHECK{name}", check_multiplier=ratio, **place), at=self.at, actor="tests"
            )
            for name, ratio, place in (("F", 10, {"feeder": feeder}), ("T", 1, {"transformer": area}))
        ]
        self.houses_wh = sum(self.count(house) for house in HOUSES)
        self.total_wh = self.houses_wh + self.count(FACTORY)

    def count(self, customer: made.Customer) -> int:
        """What a customer took in the month, from the reads as they were drawn."""
        imported, exported = made.draw_reads(customer, self.month)
        return customer.multiplier * int(imported.sum() - exported.sum())

    def write(self, which: int, energy_wh: int, *, missing: int = 0) -> None:
        """Give a check meter a month whose reads come to some energy."""
        from gridhall.apps.metering import queries

        cells = self.month.days * SLOTS
        values = np.full(cells, energy_wh // cells, np.int32)
        values[-1] += energy_wh % cells
        quality = np.zeros(cells, np.uint8)
        quality[:missing], values[:missing] = 255, 0
        shape = (1, self.month.days, SLOTS)
        queries.get_store().write_month(
            self.month, np.array([self.checks[which].series_id]), values.reshape(shape),
            quality=quality.reshape(shape), known_at=self.at,
        )  # fmt: skip

    def balance(self) -> None:
        """Compute what a night computes."""
        from gridhall.apps.metering import actions

        actions.balance_network(at=self.at)


@pytest.fixture
def network(company: Any, settings: Any, shared_store: Path, tmp_path: Path, db: None) -> Iterator[Network]:
    """The network in an interval store of its own."""
    copy = tmp_path / "intervals"
    shutil.copytree(shared_store, copy)
    settings.GRIDHALL_INTERVAL_STORE = copy
    yield Network()


@pytest.fixture
def desk(sign_in: Callable[[str], Client]) -> Client:
    """A member of the metering staff."""
    client = sign_in(made.STAFF_PHONES["METERING"])
    client.get("/console/keyboard/")
    return client


def whole(energy_wh: int) -> str:
    """An energy as the pages say it: whole kWh, halves away from zero."""
    kwh = (Decimal(energy_wh) / 1000).quantize(Decimal(1), rounding="ROUND_HALF_UP")
    return f"{kwh:,}".replace("-", "\u2212")


def loss(supplied_wh: int, delivered_wh: int) -> str:
    """A loss in percent as the pages say it."""
    percent = (Decimal(100) * (supplied_wh - delivered_wh) / supplied_wh).quantize(Decimal("0.01"))
    return f"{percent}%".replace("-", "\u2212")


def test_balance_list_says_what_is_lost(desk: Client, network: Network, django_assert_max_num_queries: Any) -> None:
    supplied = network.total_wh // 10 * 104 // 100  # as the meter shows it, before its ratio of ten
    network.write(0, supplied)
    network.balance()
    with django_assert_max_num_queries(12):
        page = read_page(desk.get("/console/balance/"))
    row = next(row for row in page.rows() if row[0] == "龙潭线")
    lost = supplied * 10 - network.total_wh
    assert row[1:7] == [
        *(loss(supplied * 10, network.total_wh), "读数齐全", whole(lost)),
        *(whole(supplied * 10), whole(network.total_wh), "3"),
    ]
    assert row[7:9] == ["100%", "100%"]
    assert f"/console/balance/feeders/F1/?month={network.month}" in page.links()
    assert "gh-chart" in desk.get("/console/balance/").content.decode()


def test_balance_list_tells_missing_reads_plainly(desk: Client, network: Network) -> None:
    network.write(0, network.total_wh // 10 * 104 // 100, missing=40)
    network.balance()
    page = read_page(desk.get("/console/balance/"))
    row = next(row for row in page.rows() if row[0] == "龙潭线")
    assert row[2] == "读数不全，损耗仅供参考"
    assert row[8] == f"{Decimal(10_000 * (network.month.days * SLOTS - 40) // (network.month.days * SLOTS)) / 100}%"
    assert "没有一处读数齐全" in page.text
    detail = read_page(desk.get("/console/balance/feeders/F1/"))
    assert "读数不全，损耗仅供参考。" in detail.text
    assert f"/console/findings/?rule=MISSING&month={network.month}&feeder=F1" in detail.links()


def test_balance_list_switches_months_narrows_and_sorts(desk: Client, network: Network) -> None:
    network.write(0, network.total_wh // 10 * 104 // 100)
    network.balance()
    page = read_page(desk.get("/console/balance/"))
    before = network.month.previous()
    assert f"/console/balance/?month={before}" in page.links()
    then = read_page(desk.get("/console/balance/", {"month": str(before)}))
    assert any(
        row[0] == "龙潭线" and row[2].startswith("读数不全") for row in then.rows()
    )  # the check meter was silent
    assert f"/console/balance/?month={before.previous()}" in then.links() and "/console/balance/?" in then.links()
    assert not any(row[:1] == ["龙潭线"] for row in read_page(desk.get("/console/balance/?state=NEGATIVE")).rows())
    assert any(row[:1] == ["龙潭线"] for row in read_page(desk.get("/console/balance/?name=咸丰变")).rows())
    for strange in ("99", "2026-13", "0000-01", "'", "%"):
        read_page(desk.get("/console/balance/", {"month": strange, "state": strange, "name": strange, "sort": strange}))
    for column in ("percent", "loss", "supplied", "delivered", "meters", "name"):
        for sign in ("", "-"):
            read_page(desk.get("/console/balance/transformers/", {"sort": f"{sign}{column}"}))


def test_balance_list_exports_what_is_seen(desk: Client, network: Network) -> None:
    network.write(0, network.total_wh // 10 * 104 // 100)
    network.balance()
    answer = desk.get("/console/balance/", {"export": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["线路", "龙潭线"]
    assert desk.get("/console/balance/", {"export": "xlsx"}).status_code == 200
    of_feeder = desk.get("/console/balance/feeders/F1/", {"export": "csv"})
    names = {row[0] for row in csv.reader(io.StringIO(of_feeder.content.decode("utf-8-sig")))}
    assert names == {"台区", "龙潭台区", "空台区"}


def test_balance_list_before_the_first_night(desk: Client, company: Any) -> None:
    for path in ("/console/balance/", "/console/balance/transformers/", "/console/balance/feeders/F1/"):
        page = read_page(desk.get(path))
        assert "还没有算过" in page.text
    assert "gridhall meters balance" in read_page(desk.get("/console/balance/")).text


def test_balance_transformer_list_ranks_all_areas(
    desk: Client, network: Network, django_assert_max_num_queries: Any
) -> None:
    network.write(1, network.houses_wh * 102 // 100)
    network.balance()
    with django_assert_max_num_queries(12):
        page = read_page(desk.get("/console/balance/transformers/"))
    rows = [row for row in page.rows() if row[0] in ("龙潭台区", "空台区")]
    assert [row[0] for row in rows] == ["龙潭台区", "空台区"]  # what has no loss comes last
    assert rows[0][1] == loss(network.houses_wh * 102 // 100, network.houses_wh)
    assert rows[1][1:3] == ["–", "没有考核表"]
    assert f"/console/balance/transformers/T/1/?month={network.month}" in page.links()


def test_balance_feeder_shows_days_areas_and_check_meters(
    desk: Client, network: Network, django_assert_max_num_queries: Any
) -> None:
    network.write(0, network.total_wh // 10 * 104 // 100)
    network.write(1, network.houses_wh * 98 // 100)
    network.balance()
    with django_assert_max_num_queries(12):
        page = read_page(desk.get("/console/balance/feeders/F1/"))
    assert page.heading == "龙潭线"
    rows = page.rows()
    assert any(row[0] == "龙潭台区" and row[2] == "负损，要查" for row in rows)
    assert "这些台区供出比供入多" in page.text
    days = [row for row in rows if len(row) == 6 and row[0].endswith("日")]
    assert len(days) == network.month.days
    delivered = [
        sum(one.multiplier * int(made.draw_reads(one, network.month)[0][day].sum()) for one in (*HOUSES, FACTORY))
        for day in range(network.month.days)
    ]
    assert [row[2] for row in days] == [whole(energy_wh) for energy_wh in delivered]
    factory = next(row for row in rows if row[0] == f"22110{FACTORY.number[-8:]}")
    assert factory[3] == str(FACTORY.multiplier)
    check = next(row for row in rows if row[0] == "CHECKF")
    assert check[1] == "10" and check[3] == "100%"
    assert desk.get("/console/balance/feeders/NONE/").status_code == 404


def test_balance_transformer_names_its_meters_largest_first(
    desk: Client, network: Network, django_assert_max_num_queries: Any
) -> None:
    network.write(1, network.houses_wh * 102 // 100)
    network.balance()
    finding = make_finding(days_ago=timezone.localdate().day + 3)
    with django_assert_max_num_queries(12):
        page = read_page(desk.get("/console/balance/transformers/T/1/"))
    serials = [f"22110{house.number[-8:]}" for house in sorted(HOUSES, key=network.count, reverse=True)]
    rows = [row for row in page.rows() if row[0] in serials]
    assert [row[0] for row in rows] == serials
    assert [row[5] for row in rows] == ["100%", "100%"]
    assert [row[6] for row in rows if row[0] == finding.meter.serial_number] == ["1"]
    assert any(link.startswith(f"/console/meters/{serials[0]}/?day=") for link in page.links())
    assert f"/console/accounts/{HOUSES[0].number}/" in page.links()
    assert f"/console/balance/feeders/F1/?month={network.month}" in page.links()
    assert "没有考核表" in read_page(desk.get("/console/balance/transformers/T2/")).text
    assert desk.get("/console/balance/transformers/NONE/").status_code == 404
    read_page(desk.get("/console/balance/transformers/T/1/", {"page": "9", "month": "nonsense"}))


def test_balance_transformer_says_what_to_check_where_more_came_out(desk: Client, network: Network) -> None:
    network.write(1, network.houses_wh * 9 // 10)
    network.balance()
    page = read_page(desk.get("/console/balance/transformers/T/1/"))
    surplus = network.houses_wh - network.houses_wh * 9 // 10
    assert f"供出比供入多 {whole(surplus)} kWh" in page.text
    for cause in ("考核表的倍率：系统里是 1", "用户表的倍率", "其实由别的台区供电", "断了或接反"):
        assert cause in page.text


def test_balance_pages_follow_late_reads(desk: Client, network: Network) -> None:
    from gridhall.apps.metering import queries
    from gridhall.apps.metering.models import Meter

    network.write(1, network.houses_wh * 102 // 100)
    network.balance()
    meter = Meter.objects.get(serial_number=f"22110{HOUSES[0].number[-8:]}")
    before = int(made.draw_reads(HOUSES[0], network.month)[0][2, 40])
    queries.get_store().write_reads(
        np.array([meter.series_id]), np.array([network.month.first_day + timedelta(days=2)], "datetime64[D]"),
        np.array([40]), np.array([before + 5_000], np.int32), known_at=timezone.now(),
    )  # fmt: skip
    assert "今晚重算" in desk.get("/console/balance/transformers/T/1/").content.decode()
    network.balance()
    assert "今晚重算" not in desk.get("/console/balance/transformers/T/1/").content.decode()
    row = next(row for row in read_page(desk.get("/console/balance/transformers/")).rows() if row[0] == "龙潭台区")
    assert row[5] == whole(network.houses_wh + 5_000)


@pytest.mark.parametrize(("role", "status"), [("METERING", 200), ("MANAGER", 200), ("AUDITOR", 200), ("CLERK", 403)])
def test_balance_list_is_for_those_who_read_meters(
    sign_in: Callable[[str], Client], company: Any, role: str, status: int
) -> None:
    make_balances()
    client = sign_in(made.STAFF_PHONES[role])
    paths = ("", "transformers/", "feeders/F1/", "transformers/T1/")
    assert {client.get(f"/console/balance/{path}").status_code for path in paths} == {status}
