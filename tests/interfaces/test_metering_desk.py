"""The metering desk: failures are judged, meters exchanged and looked at; each by who may, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.examples import make_finding
from tests.interfaces.pages import read_page

SERIAL = f"22110{made.CUSTOMERS[0].number[-8:]}"


@pytest.fixture
def desk(staff: Callable[[str], Client]) -> Client:
    """A member of the metering staff."""
    return staff("METERING")


@pytest.fixture
def own_reads(settings: Any, shared_store: Path, tmp_path: Path) -> Iterator[None]:
    """A copy of the interval store: what is mended here is not seen by other tests."""
    import shutil

    copy = tmp_path / "intervals"
    shutil.copytree(shared_store, copy)
    settings.GRIDHALL_INTERVAL_STORE = copy
    yield


def test_finding_list_is_narrowed(desk: Client, company: Any, django_assert_max_num_queries: Any) -> None:
    spike, missing = make_finding(), make_finding(rule="MISSING", customer=3)
    with django_assert_max_num_queries(12):
        page = desk.get("/console/findings/").content.decode()
    assert str(spike.mrid) in page and str(missing.mrid) in page
    narrowed = desk.get("/console/findings/", {"rule": "SPIKE", "meter": SERIAL}).content.decode()
    assert str(spike.mrid) in narrowed and str(missing.mrid) not in narrowed
    on_feeder = desk.get("/console/findings/", {"feeder": "F1"}).content.decode()
    assert str(missing.mrid) in on_feeder and str(spike.mrid) not in on_feeder
    month = timezone.localtime(spike.period_start_at).strftime("%Y-%m")
    assert str(spike.mrid) in desk.get("/console/findings/", {"month": month, "rule": "SPIKE"}).content.decode()
    assert str(spike.mrid) not in desk.get("/console/findings/", {"status": "ACCEPTED"}).content.decode()
    for strange in ("99", "2026-13", "0000-01", "'"):
        read_page(desk.get("/console/findings/", {"month": strange, "rule": strange, "page": strange}))


def test_finding_detail_shows_the_curve_and_leads_on(
    desk: Client, company: Any, django_assert_max_num_queries: Any
) -> None:
    first, second = make_finding(days_ago=12), make_finding(days_ago=9)
    with django_assert_max_num_queries(12):
        page = desk.get(f"/console/findings/{first.mrid}/?rule=SPIKE").content.decode()
    assert "gh-chart" in page and "按实测认可" in page and "前后读数连线" in page
    assert f'data-keys="j" href="/console/findings/{second.mrid}/?rule=SPIKE"' in page
    assert desk.get("/console/findings/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_finding_settle_accepts_once_and_takes_back(desk: Client, company: Any) -> None:
    first, second = make_finding(days_ago=12), make_finding(days_ago=9)
    address = f"/console/findings/{first.mrid}/settle/?rule=SPIKE"
    answer = desk.post(address, {"way": "accept"})
    assert answer.headers["Location"] == f"/console/findings/{second.mrid}/?rule=SPIKE"
    page = desk.get(answer.headers["Location"]).content.decode()
    assert "已认可 1 条" in page
    again = desk.post(address, {"way": "accept"}, follow=True)
    assert "已经处理过了" in again.content.decode()
    first.refresh_from_db()
    assert first.status == "ACCEPTED"
    undo = page.split('action="/console/steps/')[1].split("/")[0]
    assert "已撤销" in desk.post(f"/console/steps/{undo}/undo/", follow=True).content.decode()
    first.refresh_from_db()
    assert (first.status, first.resolved_by) == ("OPEN", "")


def test_finding_settle_takes_nothing_back_that_changed(desk: Client, company: Any) -> None:
    finding = make_finding()
    page = desk.post(f"/console/findings/{finding.mrid}/settle/", {"way": "accept"}, follow=True).content.decode()
    undo = page.split('action="/console/steps/')[1].split("/")[0]
    type(finding).objects.filter(pk=finding.pk).update(status="OPEN", resolved_at=None)
    assert "之后又有改动" in desk.post(f"/console/steps/{undo}/undo/", follow=True).content.decode()


def test_finding_settle_by_value(desk: Client, company: Any, own_reads: None) -> None:
    from gridhall.apps.metering import queries

    finding = make_finding()
    address = f"/console/findings/{finding.mrid}/settle/"
    for wrong in ("", "abc", "1.2345", "-1", "1e30", "NaN"):
        assert "这个电量不可能" in desk.post(address, {"way": "value", "kwh": wrong}, follow=True).content.decode()
    assert "已按填写的电量修正" in desk.post(address, {"way": "value", "kwh": "1.234"}, follow=True).content.decode()
    assert "已经处理过了" in desk.post(address, {"way": "value", "kwh": "9"}, follow=True).content.decode()
    day = timezone.localtime(finding.period_start_at).date()
    reads = queries.read_as_of(meter=finding.meter, first_day=day, end_day=day + timedelta(days=1))
    assert int(reads.import_wh[0, 40:44].sum()) == 1234
    assert "人工填写" in desk.get(f"/console/findings/{finding.mrid}/").content.decode()


def test_finding_settle_by_estimate(desk: Client, company: Any, own_reads: None) -> None:
    finding = make_finding()
    address = f"/console/findings/{finding.mrid}/settle/"
    assert "没有可依据的" in desk.post(address, {"way": "NO_SUCH_METHOD"}, follow=True).content.decode()
    page = desk.get(f"/console/findings/{finding.mrid}/").content.decode()
    way = page.split('data-keys="m"')[0].rsplit('value="', 1)[1].split('"')[0]
    assert "已用估算值修正" in desk.post(address, {"way": way}, follow=True).content.decode()
    finding.refresh_from_db()
    assert (finding.status, finding.method) == ("ESTIMATED", way)
    assert "已经处理过了" in desk.post(address, {"way": "accept"}, follow=True).content.decode()


def test_finding_list_settles_many(desk: Client, company: Any) -> None:
    found = [make_finding(days_ago=ago) for ago in (9, 12, 15)]
    missing = make_finding(rule="MISSING")
    keys = [str(one.pk) for one in (*found[:2], missing)]
    page = desk.post("/console/findings/", {"action": "accept", "key": [*keys, "x"]}, follow=True)
    assert "已认可 2 条" in page.content.decode()
    page = desk.post("/console/findings/accept/?rule=SPIKE", follow=True)
    assert "已认可 1 条" in page.content.decode()
    assert "没有一条可以认可" in desk.post("/console/findings/accept/?rule=SPIKE", follow=True).content.decode()
    missing.refresh_from_db()
    assert missing.status == "OPEN"


def test_finding_accept_rule_needs_a_rule(desk: Client, company: Any) -> None:
    finding = make_finding()
    assert desk.post("/console/findings/accept/").status_code == 302
    finding.refresh_from_db()
    assert finding.status == "OPEN"


def test_who_only_reads_settles_nothing(sign_in: Callable[[str], Client], company: Any) -> None:
    finding = make_finding()
    for role in ("MANAGER", "AUDITOR"):
        client = sign_in(made.STAFF_PHONES[role])
        assert "怎么处理" not in client.get(f"/console/findings/{finding.mrid}/").content.decode()
        assert client.post(f"/console/findings/{finding.mrid}/settle/", {"way": "accept"}).status_code == 403
        answer = client.post("/console/findings/", {"action": "accept", "key": [str(finding.pk)]})
        assert answer.status_code == 404
    finding.refresh_from_db()
    assert finding.status == "OPEN"


def test_meter_detail_shows_what_is_known(desk: Client, company: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(desk.get(f"/console/meters/{SERIAL}/")).text
    assert "现行" in page and "正向有功" in page
    for day in ("", "x", "0001-01-01", "9999-12-31", "2015-05-05"):
        read_page(desk.get(f"/console/meters/{SERIAL}/", {"day": day}))
    assert desk.get("/console/meters/NONE/").status_code == 404


def _exchange(**changes: str) -> dict[str, str]:
    day = timezone.localdate() - timedelta(days=2)
    return {
        "old_serial": SERIAL, "closing": "99000", "new_serial": "N-1", "opening": "0.5", "on": day.isoformat(),
        "ct_ratio": "", "pt_ratio": "",
    } | changes  # fmt: skip


def test_exchange_write_says_first_what_it_will_do(desk: Client, company: Any) -> None:
    from gridhall.apps.metering.models import Meter

    page = read_page(desk.post("/console/meters/exchange/", _exchange())).text
    assert "将这样记下" in page and "新登记" in page and "0.500 kWh" in page
    assert not Meter.objects.filter(serial_number="N-1").exists()
    done = desk.post("/console/meters/exchange/", _exchange(step="do"))
    assert done.headers["Location"] == "/console/meters/N-1/"
    again = desk.post("/console/meters/exchange/", _exchange(step="do"), follow=True)
    assert "已经做好了" in again.content.decode()
    assert Meter.objects.get(serial_number="N-1").installations.count() == 1
    listed = desk.get("/console/meters/").content.decode()
    assert "N-1" in listed and SERIAL in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"old_serial": "NONE"}, "没有挂着这块表"),
        ({"new_serial": SERIAL}, "新表号和旧表号相同"),
        ({"new_serial": f"22110{made.CUSTOMERS[1].number[-8:]}"}, "还挂在别处"),
        ({"closing": "1"}, "比上次抄见的表底还小"),
        ({"closing": "1000000"}, "显示不出这个数"),
        ({"opening": "1.2345"}, "最多三位小数"),
        ({"closing": "-1"}, "不能小于"),
        ({"on": "2999-01-01"}, "日期还没到"),
        ({"ct_ratio": "0"}, "不能小于"),
        ({"closing": ""}, "请填写"),
    ],
)
def test_exchange_write_refuses_in_words(desk: Client, company: Any, changes: dict[str, str], words: str) -> None:
    answer = desk.post("/console/meters/exchange/", _exchange(step="do", **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_exchange_list_finds_a_meter(desk: Client, company: Any, django_assert_max_num_queries: Any) -> None:
    assert desk.get("/console/meters/", {"meter": SERIAL}).headers["Location"] == f"/console/meters/{SERIAL}/"
    with django_assert_max_num_queries(12):
        assert "没有这块表" in desk.get("/console/meters/", {"meter": "NONE"}).content.decode()
