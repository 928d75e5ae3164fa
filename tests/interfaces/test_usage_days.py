"""A day by the quarter hour: what it shows, how it marks, where it leads, who may see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.pages import read_amount, read_page


@pytest.fixture
def day(company: made.Company) -> Any:
    """A day in the middle of the last billed month."""
    return company.billed[-1].first_day + timedelta(days=14)


def find_meter(number: str) -> Any:
    """Give the meter of an account."""
    from gridhall.apps.metering.models import MeterInstallation

    return MeterInstallation.objects.select_related("meter").get(usage_point__account__number=number).meter


def list_slots(page: Any) -> list[list[str]]:
    """Give the rows of the table of quarter hours."""
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for row in page.tree.xpath("//table[@id='slots']/tbody/tr")
    ]


def test_usage_day_shows_every_quarter_hour_of_the_reads(owner: Client, company: made.Company, day: Any) -> None:
    page = read_page(owner.get(f"/usage/{day}/"))
    imports, _ = made.draw_reads(made.CUSTOMERS[0], company.billed[-1])
    slots = list_slots(page)
    assert len(slots) == 96 and slots[31][0].startswith("07:45")
    assert [read_amount(row[2]) for row in slots] == [Decimal(int(wh)) / 1000 for wh in imports[14]]
    assert [read_amount(row[1]) for row in slots] == [Decimal(int(wh)) * 4 / 1000 for wh in imports[14]]
    assert "数据完整" in page.text
    assert formats.energy(Decimal(int(imports[14].sum())) / 1000) in page.text


def test_usage_day_is_drawn_in_the_colors_of_its_periods(owner: Client, day: Any) -> None:
    page = read_page(owner.get(f"/usage/{day}/"))
    drawn = {name for name in page.tree.xpath("//figure//*[local-name()='path']/@class") if "fill" in name}
    assert drawn == {"gh-fill-peak", "gh-fill-flat", "gh-fill-valley"}
    shares = [read_amount(text) for text in page.tree.xpath("//ul[@class='gh-legend']//b/text()")]
    assert len(shares) == 3


def test_usage_day_stands_beside_three_others(owner: Client, company: made.Company, day: Any) -> None:
    page = read_page(owner.get(f"/usage/{day}/"))
    said = page.tree.xpath("//section[@aria-labelledby='beside-title']")[0].text_content()
    imports, _ = made.draw_reads(made.CUSTOMERS[0], company.billed[-1])
    for index in (13, 7):
        assert formats.energy(Decimal(int(imports[index].sum())) / 1000) in said
    assert "前 28 天平均" in said


def test_usage_day_marks_estimates_and_gaps(owner: Client, company: made.Company) -> None:
    from gridhall.apps.metering.queries import get_store

    estimated = company.billed[7].first_day + timedelta(days=4)
    page = read_page(owner.get(f"/usage/{estimated}/"))
    assert sum("估" in row[0] for row in list_slots(page)) == 24
    assert "24 个刻钟是估算的" in page.text and page.tree.xpath("//*[@class='gh-hatch']")
    # Half of today, nothing yet for the other half.
    today = company.end_day
    energy = np.full((1, 96), 50, np.int32)
    quality = np.where(np.arange(96) < 40, 0, 255).astype(np.uint8)[None]
    series = np.array([find_meter(company.numbers[0]).series_id])
    get_store().write_days(today, series, energy, quality=quality, known_at=timezone.now())
    page = read_page(owner.get(f"/usage/{today}/"))
    assert "完整到 10:00" in page.text and "56 个刻钟还没有读数" in page.text
    assert page.tree.xpath("//*[@class='gh-gap']")
    rows = list_slots(page)
    assert rows[39][2] == "0.05" and rows[40][2] == "–" and "缺" in rows[40][0]
    assert "只比两边都有读数的时候" in page.text  # half a day is not compared with a whole one


def test_usage_day_leads_to_the_days_around_it_and_no_further(owner: Client, company: made.Company, day: Any) -> None:
    page = read_page(owner.get(f"/usage/{day}/"))
    assert page.tree.xpath("//a[@rel='prev']/@href") == [f"/usage/{day - timedelta(days=1)}/"]
    assert page.tree.xpath("//a[@rel='next']/@href") == [f"/usage/{day + timedelta(days=1)}/"]
    assert not read_page(owner.get(f"/usage/{company.first_day}/")).tree.xpath("//a[@rel='prev']")
    assert not read_page(owner.get(f"/usage/{company.end_day}/")).tree.xpath("//a[@rel='next']")
    before = read_page(owner.get(f"/usage/{company.first_day - timedelta(days=1)}/"))
    assert "这一天没有用电数据" in before.text and not before.tree.xpath("//a[@rel='prev']")
    assert owner.get("/usage/2026-02-30/").status_code == 404


def test_usage_choice_leads_to_the_day(owner: Client) -> None:
    assert owner.get("/usage/choice/?day=2026-01-15").headers["Location"] == "/usage/2026-01-15/"
    for wrong in ("", "2026-02-30", "0001-01-01", "x"):
        assert owner.get("/usage/choice/", {"day": wrong}).headers["Location"] == "/usage/"
    hostile = owner.get("/usage/choice/?day=2026-01-15&point=//evil.example")
    assert hostile.headers["Location"] == "/usage/2026-01-15/"


def test_usage_day_of_solar_hangs_what_was_fed_in(owner: Client, company: made.Company, day: Any) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[5]})
    page = read_page(owner.get(f"/usage/{day}/"))
    assert "零线以下是上网" in page.text and page.tree.xpath("//figure//*[@class='gh-fill-export']")


def test_usage_day_and_month_of_an_enterprise_tell_demand_and_power_factor(
    owner: Client, company: made.Company, day: Any
) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[3]})
    month = company.billed[-1]
    imports, _ = made.draw_reads(made.CUSTOMERS[3], month)
    page = read_page(owner.get(f"/usage/{month}/"))
    assert formats.power(Decimal(int(imports.max())) * 60 * 4 / 1000) in page.text
    reactive = (imports * 0.35).astype(np.int32).sum()
    factor = imports.sum() / np.hypot(float(imports.sum()), float(reactive))
    assert f"{factor:.3f}".rstrip("0") in page.text
    assert "当日平均功率因数" in read_page(owner.get(f"/usage/{day}/")).text


def test_usage_day_of_two_meters_shows_the_sum_and_each(owner: Client, company: made.Company, day: Any) -> None:
    code, serial = add_second_meter(company, day)
    both = read_page(owner.get(f"/usage/{day}/"))
    one = read_page(owner.get(f"/usage/{day}/?point={code}"))
    imports, _ = made.draw_reads(made.CUSTOMERS[0], company.billed[-1])
    assert read_amount(list_slots(both)[0][2]) == Decimal(int(imports[14, 0]) + 1000) / 1000
    assert {row[2] for row in list_slots(one)} == {"1"}
    assert serial in both.text and f"/usage/{day}/?point={code}" in both.links()
    month = read_page(owner.get(f"/usage/{company.billed[-1]}/?point={code}"))
    assert "96.0" in month.text and "¥" not in month.text
    # A meter that falls silent leaves the other's figures, and says so.
    assert "有的电表缺读数" in read_page(owner.get(f"/usage/{day + timedelta(days=1)}/")).text


def add_second_meter(company: made.Company, day: Any) -> tuple[str, str]:
    """Hang a second meter with one day of reads: 1 kWh every quarter hour."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import CustomerAccount, Place
    from gridhall.apps.metering import actions as metering
    from gridhall.apps.metering.queries import get_store

    told: dict[str, Any] = {"at": timezone.now(), "actor": "tests"}
    account = CustomerAccount.objects.get(number=company.numbers[0])
    point = accounts.connect_usage_point(
        account=account, code="UP-SECOND", place=Place.objects.get(kind="VILLAGE"), address="龙潭路二号", voltage="V220",
        connected_on=day, **told,
    )  # fmt: skip
    meter = metering.register_meter(new=metering.NewMeter(serial_number="SECOND-METER"), **told)
    metering.install_meter(usage_point=point, meter=meter, on=day, ct_ratio=10, **told)
    energy = np.full((1, 96), 100, np.int32)
    get_store().write_days(day, np.array([meter.series_id]), energy, known_at=told["at"])
    return "UP-SECOND", "SECOND-METER"


def test_usage_year_in_yuan_draws_what_was_billed(owner: Client, sign_in: Callable[[str], Client]) -> None:
    page = read_page(owner.get("/usage/?unit=yuan"))
    assert "元是已出账单的金额" in page.text
    assert all("kWh" not in title for title in page.tree.xpath("//figure//*[local-name()='title']/text()"))
    family = read_page(sign_in(made.FAMILY_PHONE).get("/usage/?unit=yuan"))
    assert "¥" not in family.text


def test_usage_year_tells_the_tiers(owner: Client, company: made.Company) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[1]})
    page = read_page(owner.get("/usage/"))
    assert "年阶梯" in page.text and len(page.tree.xpath("//section[@aria-labelledby='tiers-title']//dl/div")) == 3


@pytest.mark.parametrize("position", range(6))
def test_pages_of_usage_and_bills_ask_little(
    owner: Client, company: made.Company, day: Any, position: int, django_assert_max_num_queries: Any
) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[position]})
    for path in (f"/usage/{day}/", f"/usage/{company.billed[-1]}/", "/usage/", "/bills/", "/usage/export/"):
        owner.get(path)
        with django_assert_max_num_queries(12):
            assert owner.get(path).status_code == 200
