"""Usage as files: they read back with the same numbers, tell who took them, and give nobody what he may not see."""

from __future__ import annotations

import csv
import gc
import gzip
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from lxml import etree

from gridhall.engines.intervals.formats.reading import read_file
from gridhall.interfaces.portal.export_places import ExportPlaces
from tests import company as made
from tests.interfaces.pages import read_page

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous:Warning")


@pytest.fixture(autouse=True)
def nobody_downloads() -> Iterator[None]:
    """A file that a test did not read to its end keeps no place from the next, as it would not in a closed request."""
    from gridhall.interfaces.portal.views import exports

    yield
    exports.PLACES = ExportPlaces(4)


@pytest.fixture
def month_days(company: made.Company) -> tuple[date, date]:
    """The eighth billed month, which has estimates: first and last day."""
    month = company.billed[7]
    return month.first_day, month.next().first_day - timedelta(days=1)


def take(client: Client, first: date, last: date, kind: str = "CSV", resolution: str = "QUARTER_HOUR") -> Any:
    """Ask for a file as the form does."""
    asked = {"first_day": first, "last_day": last, "format": kind, "resolution": resolution}
    return client.post("/usage/export/", asked)


def read_body(answer: Any) -> bytes:
    """Give the whole of a streamed answer."""
    assert answer.status_code == 200 and answer.streaming
    return b"".join(answer)


def sum_of(company: made.Company, index: int, customer: int = 0) -> int:
    imports, _ = made.draw_reads(made.CUSTOMERS[customer], company.billed[index])
    return int(imports.sum())


def test_usage_export_as_csv_reads_back(
    owner: Client, company: made.Company, month_days: tuple[date, date], tmp_path: Path
) -> None:
    answer = take(owner, *month_days)
    assert answer.headers["Content-Type"].startswith("text/csv")
    name = unquote(answer.headers["Content-Disposition"])
    assert company.numbers[0] in name and "用电" in name and "每15分钟" in name and name.endswith(".csv")
    path = tmp_path / "out.csv"
    path.write_bytes(read_body(answer))
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert len(rows) == company.billed[7].days * 96
    assert rows[0]["timestamp"] == f"{month_days[0]}T00:00:00+08:00"
    assert sum(row["quality"] == "estimated_linear" for row in rows) == 24
    [series] = read_file(path).series
    assert int(series.import_uwh.sum()) == sum_of(company, 7) * 10**6


@pytest.mark.parametrize("position", [0, 3, 5])
def test_usage_export_as_green_button_reads_back_with_bills(
    owner: Client, company: made.Company, month_days: tuple[date, date], tmp_path: Path, position: int
) -> None:
    from gridhall.apps.billing.models import Bill

    owner.post("/accounts/switch/", {"account": company.numbers[position]})
    path = tmp_path / "out.xml"
    path.write_bytes(read_body(take(owner, *month_days, "GREEN_BUTTON")))
    [series] = read_file(path).series
    customer = made.CUSTOMERS[position]
    imports, exports = made.draw_reads(customer, company.billed[7])
    times = customer.multiplier * 10**6
    assert (series.import_uwh == imports.reshape(-1).astype("int64") * times).all()
    if position == 5:
        assert int(series.export_uwh.sum()) == int(exports.sum()) * times
    assert series.local_start_s[0] == (month_days[0] - date(1970, 1, 1)).days * 86_400
    tree = etree.parse(str(path))
    bill = Bill.objects.get(account__number=company.numbers[position], first_day=month_days[0])
    [told] = tree.iter("{http://naesb.org/espi}billLastPeriod")
    assert Decimal(told.text).scaleb(-5) == bill.charge_total
    lines = [int(one.text) for one in tree.iter("{http://naesb.org/espi}amount")]
    assert Decimal(sum(lines)).scaleb(-5) == bill.charge_total


@pytest.mark.shared_data
@pytest.mark.parametrize("resolution", ["QUARTER_HOUR", "DAY"])
def test_usage_export_as_green_button_is_valid_against_the_schema(
    owner: Client, company: made.Company, month_days: tuple[date, date], shared_data: Path, resolution: str
) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[3]})
    body = read_body(take(owner, *month_days, "GREEN_BUTTON", resolution))
    text = gzip.decompress((shared_data / "greenbutton_samples" / "espi.xsd.gz").read_bytes())
    schema = etree.XMLSchema(etree.fromstring(re.sub(rb"<xs:import[^>]*/>", b"", text)))
    kinds = set()
    for content in etree.fromstring(body).iter("{http://www.w3.org/2005/Atom}content"):
        schema.assertValid(etree.fromstring(etree.tostring(content[0])))
        kinds.add(etree.QName(content[0]).localname)
    assert kinds == {
        "UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType", "IntervalBlock", "UsageSummary",
    }  # fmt: skip


def test_usage_export_of_days_adds_up(owner: Client, company: made.Company, month_days: tuple[date, date]) -> None:
    text = read_body(take(owner, *month_days, "CSV", "DAY")).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == company.billed[7].days
    assert sum(Decimal(row["kwh"]) for row in rows) * 1000 == sum_of(company, 7)
    assert [row["quality"] for row in rows].count("estimated") == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_usage_export_as_workbook_holds_numbers_and_what_they_are(
    owner: Client, company: made.Company, month_days: tuple[date, date], language: str
) -> None:
    owner.post("/mine/preferences/", {"language": language})
    answer = take(owner, *month_days, "XLSX", "DAY")
    book = zipfile.ZipFile(io.BytesIO(read_body(answer)))
    sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert "<f>" not in "".join(sheets)
    values = [Decimal(value) for value in re.findall(r'<c r="D\d+"[^>]*><v>([\d.]+)</v>', sheets[0])]
    assert round(sum(values) * 1000) == sum_of(company, 7)
    words = "".join(book.read(name).decode() for name in book.namelist() if "heet" in name or "hared" in name)
    assert "Asia/Shanghai" in words and "kvarh" in words and company.numbers[0] in words
    assert ("含估算" in words) == (language == "zh-hans")


def test_usage_export_is_told(owner: Client, company: made.Company, month_days: tuple[date, date]) -> None:
    from gridhall.apps.identity.models import User
    from gridhall.core.models import Event

    take(owner, *month_days, "GREEN_BUTTON")
    told = Event.objects.filter(kind="UsageExported").latest("id")
    user = User.objects.get(phone=made.OWNER_PHONE)
    assert told.actor == str(user.mrid) and told.payload["viewer_id"] == user.pk
    assert told.payload["account_number"] == company.numbers[0] and told.payload["format"] == "GREEN_BUTTON"
    assert told.payload["first_day"] == str(month_days[0]) and told.payload["has_bills"]


def test_usage_export_for_family_holds_no_bill(
    sign_in: Callable[[str], Client], company: made.Company, month_days: tuple[date, date]
) -> None:
    body = read_body(take(sign_in(made.FAMILY_PHONE), *month_days, "GREEN_BUTTON"))
    assert b"IntervalBlock" in body and b"UsageSummary" not in body and b"billLastPeriod" not in body


def test_usage_export_says_why_there_is_no_file(owner: Client, company: made.Company) -> None:
    day = company.first_day
    for first, last, words in (
        (day + timedelta(days=9), day, "结束的日期比开始早"),
        (day - timedelta(days=2000), day, "一次最多下载三年"),
        (day - timedelta(days=9), day - timedelta(days=1), "没有读数"),
    ):
        page = read_page(take(owner, first, last))
        assert words in page.text
        assert page.tree.xpath("//input[@name='first_day']/@value") == [str(first)]  # nothing is lost
    assert "请选择" in read_page(owner.post("/usage/export/", {})).text
    assert read_page(take(owner, day, day, kind="EXE")).tree.xpath("//form")


def test_usage_export_proposes_what_the_page_showed(owner: Client, company: made.Company) -> None:
    month = company.billed[-1]
    page = read_page(owner.get(f"/usage/export/?span=month&of={month}"))
    assert page.tree.xpath("//input[@name='first_day']/@value") == [str(month.first_day)]
    assert page.tree.xpath("//input[@name='last_day']/@value") == [str(month.next().first_day - timedelta(days=1))]
    for strange in ("span=day&of=x", "span=month&of=2026-99", "span=day", ""):
        assert owner.get(f"/usage/export/?{strange}").status_code == 200


def test_a_hostile_code_is_no_formula(owner: Client, company: made.Company) -> None:
    from gridhall.apps.accounts.models import UsagePoint

    UsagePoint.objects.filter(account__number=company.numbers[0]).update(code='=HYPERLINK("http://x","y")')
    day = company.billed[-1].first_day
    text = read_body(take(owner, day, day)).decode()
    assert "\n\"'=HYPERLINK" in text and "\n=" not in text and '\n"=' not in text
    book = zipfile.ZipFile(io.BytesIO(read_body(take(owner, day, day, "XLSX"))))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert b"&lt;" not in read_body(take(owner, day, day, "GREEN_BUTTON"))[:200]


def test_usage_export_goes_one_at_a_time_for_each_person(
    owner: Client, company: made.Company, month_days: tuple[date, date]
) -> None:
    first = take(owner, *month_days)
    refused = take(owner, *month_days)
    assert refused.status_code == 429
    assert "请过一分钟再试" in refused.content.decode()
    assert read_body(first).count(b"\n") > 96
    assert take(owner, *month_days, "XLSX", "DAY").status_code == 200


def test_usage_export_that_nobody_waits_for_makes_room(
    owner: Client, company: made.Company, month_days: tuple[date, date]
) -> None:
    left = take(owner, *month_days)
    # As a server closes what nobody waits for; but the test's connection to the database stays open.
    request_finished.disconnect(close_old_connections)
    try:
        left.close()
    finally:
        request_finished.connect(close_old_connections)
    assert take(owner, month_days[1], month_days[0]).status_code == 200
    assert read_body(take(owner, *month_days))


@pytest.mark.parametrize("kind", ["CSV", "GREEN_BUTTON", "XLSX"])
def test_a_year_is_written_in_no_more_memory_than_a_month(company: made.Company, kind: str, tmp_path: Path) -> None:
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing.queries.exports import WorkbookWords, prepare_usage_export
    from gridhall.apps.identity.models import User

    asked = {
        "account": CustomerAccount.objects.get(number=company.numbers[0]),
        "viewer": User.objects.get(phone=made.OWNER_PHONE),
        "resolution": "QUARTER_HOUR",
        "at": timezone.now(),
    }
    words = WorkbookWords("a", "b", ["c"] * 7, {}, [])

    def measure(first: date, end: date) -> int:
        export = prepare_usage_export(first_day=first, end_day=end, **asked)
        gc.collect()
        tracemalloc.start()
        try:
            if kind == "XLSX":
                export.write_workbook(tmp_path / f"{end}.xlsx", words)
            else:
                pieces = export.stream_csv() if kind == "CSV" else export.stream_green_button(title="")
                assert sum(map(len, pieces)) > 96 * 31 * 30
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    month, year = company.billed[1], (company.billed[1].first_day, company.billed[-1].first_day)
    measure(month.first_day, month.next().first_day)
    small = measure(month.first_day, month.next().first_day)
    large = measure(*year)
    assert large < small + 400_000
