"""Files of reads at the metering desk: kept, brought in once, and what is wrong with them told in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from gridhall.apps.metering import actions
from gridhall.apps.metering.models import ReadImport
from tests import company as made
from tests.interfaces.examples import make_import
from tests.interfaces.pages import read_page

SERIAL = f"22110{made.CUSTOMERS[0].number[-8:]}"
ADDRESS = "/console/read-files/"


@pytest.fixture
def desk(staff: Callable[[str], Client], company: Any, settings: Any, tmp_path: Path) -> Client:
    """A member of the metering staff, with folders and a store of his own."""
    settings.DATA_DIR = tmp_path
    settings.GRIDHALL_READ_FILES = tmp_path / "read_files"
    settings.GRIDHALL_DROP_FOLDER = tmp_path / "drop"
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    return staff("METERING")


def _send(client: Client, content: bytes, name: str = "十月.csv", **more: str) -> Any:
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content), "usage_point": "", **more})


def _reads(*, bad: str = "") -> bytes:
    rows = [f"{SERIAL},2026-01-05 {at // 4:02d}:{at % 4 * 15:02d},0.{100 + at}" for at in range(96)]
    return "\n".join(["meter,timestamp,kwh", *rows, *filter(None, [bad])]).encode() + b"\n"


def test_read_file_list_takes_a_file_and_brings_it_in_once(
    desk: Client, settings: Any, django_assert_max_num_queries: Any
) -> None:
    answer = _send(desk, _reads(bad=f"{SERIAL},2026-01-06 00:00,abc"))
    record = ReadImport.objects.get(file_name="十月.csv")
    assert answer.headers["Location"] == f"{ADDRESS}{record.pk}/"
    assert "排队中" in read_page(desk.get(answer.headers["Location"])).text
    again = _send(desk, _reads(bad=f"{SERIAL},2026-01-06 00:00,abc"))  # pressed twice
    assert again.headers["Location"] == answer.headers["Location"]
    assert actions.import_received_files(at=timezone.now()) == 1
    assert actions.import_received_files(at=timezone.now()) == 0
    with django_assert_max_num_queries(12):
        page = read_page(desk.get(answer.headers["Location"])).text
    assert "已导入" in page and "不是数字" in page and "98" in page
    assert b"abc" in b"".join(desk.get(f"{ADDRESS}{record.pk}/faults/").streaming_content)
    assert not list(Path(settings.GRIDHALL_READ_FILES).iterdir())
    with django_assert_max_num_queries(12):
        assert "十月.csv" in desk.get(ADDRESS).content.decode()


def test_read_file_list_tells_of_a_file_that_came_before(desk: Client) -> None:
    _send(desk, _reads())
    actions.import_received_files(at=timezone.now())
    answer = _send(desk, _reads(), name="again.csv")
    assert "没有重复导入" in desk.get(answer.headers["Location"]).content.decode()
    assert ReadImport.objects.filter(actor__contains="-").count() == 1
    assert ReadImport.objects.get(actor__contains="-").rows_stored == 96


def _workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="content-types"/>')
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "是空的"),
        (b"%PDF-1.7\n\x00\x01\x02\x03\xff\xfe\x00\x00", "这不是读数文件"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01", "这不是读数文件"),
        (b"PK\x03\x04 broken", "压缩包打不开"),
        (_workbook(), "请另存为 CSV"),
        (b"x" * 5_000, "文件太大"),
    ],
)
def test_read_file_list_refuses_wrong_files_in_words(desk: Client, settings: Any, content: bytes, words: str) -> None:
    settings.GRIDHALL_LARGEST_READ_FILE = 4_000
    answer = _send(desk, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ReadImport.objects.filter(status="WAITING").exists()
    folder = Path(settings.GRIDHALL_READ_FILES)
    assert not folder.is_dir() or not list(folder.iterdir())


def test_read_file_detail_says_why_a_text_is_no_file_of_reads(desk: Client) -> None:
    answer = _send(desk, "各位同事：\n明天上午开会。\n".encode() * 20, name="../../通知.txt")
    actions.import_received_files(at=timezone.now())
    page = read_page(desk.get(answer.headers["Location"])).text
    assert "没有导入" in page and "通知.txt" in page
    assert ReadImport.objects.get(file_name="通知.txt").faults.exists()


def test_read_file_for_a_meter_that_the_file_does_not_name(desk: Client) -> None:
    content = b"timestamp,kwh\n" + b"".join(
        f"2026-01-05 {at // 4:02d}:{at % 4 * 15:02d},0.25\n".encode() for at in range(96)
    )
    answer = _send(desk, content, name="one.csv", usage_point=SERIAL)
    actions.import_received_files(at=timezone.now())
    assert "已导入" in desk.get(answer.headers["Location"]).content.decode()
    assert ReadImport.objects.get(file_name="one.csv").rows_stored == 96


def test_read_file_list_shows_what_waits_in_the_drop_folder(desk: Client, tmp_path: Path) -> None:
    (tmp_path / "drop" / "in").mkdir(parents=True)
    (tmp_path / "drop" / "in" / "dropped.csv").write_bytes(_reads())
    assert "dropped.csv" in desk.get(ADDRESS).content.decode()


def test_read_file_list_takes_none_from_who_only_reads(sign_in: Callable[[str], Client], company: Any) -> None:
    manager = sign_in(made.STAFF_PHONES["MANAGER"])
    assert "传一个文件" not in manager.get(ADDRESS).content.decode()
    assert _send(manager, _reads()).status_code == 403


def test_read_file_faults_exist_only_with_faults(desk: Client) -> None:
    record = make_import()
    assert desk.get(f"{ADDRESS}{record.pk}/faults/").status_code == 200
    Path(record.faults_file).unlink()
    assert desk.get(f"{ADDRESS}{record.pk}/faults/").status_code == 404
    assert desk.get(f"{ADDRESS}999999/").status_code == 404
