"""Files laid into the drop folder come in once and leave a trace."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from gridhall.apps.metering import actions, tasks
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import held, rows_of
from gridhall.core.errors import FaultyInput

DAY = date(2026, 1, 5)


@pytest.fixture
def folder(settings) -> actions.DropFolder:
    return actions.DropFolder(Path(settings.GRIDHALL_DROP_FOLDER))


def lay(folder: actions.DropFolder, name: str, text: str, *, age_s: float = 60) -> Path:
    path = folder.root / "in" / name
    path.write_text(text)
    os.utime(path, (AT.timestamp() - age_s,) * 2)
    return path


def take_all(folder: actions.DropFolder, at=AT):
    return [
        actions.import_dropped_file(folder=folder, path=path, at=at, actor="t") for path in folder.list_ready(at=at)
    ]


def test_good_file_is_brought_in_and_moved(town, folder):
    _, meter = town.metered("M1")
    rows = "\n".join(["meter,timestamp,kwh", *rows_of("M1", DAY, [0.25] * 96)])
    lay(folder, "a.csv", rows)
    assert [one.summary.stored for one in take_all(folder)] == [96]
    assert int(held(meter.series_id).import_wh.sum()) == 24_000
    assert [path.name for path in (folder.root / "done").iterdir()] == ["a.csv"]
    lay(folder, "a.csv", rows)
    assert [one.summary.is_repeat for one in take_all(folder)] == [True]
    assert sorted(path.name for path in (folder.root / "done").iterdir()) == ["a-2.csv", "a.csv"]
    assert not list((folder.root / "in").iterdir())


def test_bad_rows_stand_beside_the_file(town, folder):
    town.metered("M1")
    rows = ["meter,timestamp,kwh", *rows_of("M1", DAY, [0.25] * 96), "M1,2026-01-06 00:00,oops"]
    lay(folder, "a.csv", "\n".join(rows))
    assert take_all(folder)[0].summary.rejected == 1
    assert ",98," in (folder.root / "done" / "a.csv.faults.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("text", ["", "no reads at all", "\x00\x01\x02" * 50, "a,b,c\n1,2,3\n"])
def test_useless_file_goes_to_failed(db, folder, text):
    lay(folder, "bad.csv", text)
    assert take_all(folder)[0].summary is None
    names = sorted(path.name for path in (folder.root / "failed").iterdir())
    assert names == ["bad.csv", "bad.csv.faults.csv"]
    assert len((folder.root / "failed" / "bad.csv.faults.csv").read_text(encoding="utf-8-sig").splitlines()) > 1


def test_files_being_written_are_left_alone(db, folder):
    lay(folder, "a.csv.part", "x")
    lay(folder, ".hidden.csv", "x")
    young = lay(folder, "young.csv", "x", age_s=1)
    assert folder.list_ready(at=AT) == []
    young.write_text("xy")
    os.utime(young, (AT.timestamp(),) * 2)
    assert folder.list_ready(at=AT + timedelta(seconds=1)) == []
    assert folder.list_ready(at=AT + timedelta(seconds=2)) == [young]


def test_name_in_gbk_neither_stops_the_others_nor_gets_lost(town, folder):
    _, meter = town.metered("M1")
    for name, day, text in (("读数.csv".encode("gbk"), DAY, "gbk"), (b"z.csv", DAY + timedelta(days=1), "plain")):
        path = lay(folder, os.fsdecode(name), "\n".join(["meter,timestamp,kwh", *rows_of("M1", day, [0.25] * 96)]))
        assert path.exists(), text
    with pytest.raises(FaultyInput, match="rename"):
        actions.import_reads(path=folder.root / "in" / os.fsdecode("读数.csv".encode("gbk")), at=AT, actor="t")
    tasks.scan_drop_folder(0)
    jobs = ProcrastinateJob.objects.filter(task_name="metering.import_dropped").order_by("id")
    assert [job.args["name"] for job in jobs] == ["z.csv", "读数.csv"]
    for job in jobs:
        tasks.import_dropped(name=job.args["name"])
    assert int(held(meter.series_id).import_wh.sum()) == 2 * 24_000
    assert sorted(path.name for path in (folder.root / "done").iterdir()) == ["z.csv", "读数.csv"]
