"""Loading, approving and reading tariffs, against the real database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.apps.tariffs import actions, queries
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.models import Event

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
HOME = """tariff: home
label: {zh: 居民, en: Homes}
clauses:
  tiers: {document: 鄂发改价管, article: 第一条, text: 阶梯}
versions:
  - from: 2025-01-01
    until: 2026-01-01
    source: {document: 文件}
    components:
      - {kind: energy, code: energy, label: {zh: 电费, en: Energy}, price: 0.5}
  - from: 2026-01-01
    source: {document: 文件}
    components:
      - kind: energy
        code: energy
        clause: tiers
        label: {zh: 电费, en: Energy}
        tier_basis: year
        tiers:
          - {up_to: 2160, price: 0.558}
          - {up_to: 4800, price: 0.608}
          - {price: 0.858}
"""


def load(path: Path, actor: str = "wang") -> actions.LoadReport:
    return actions.load_tariffs(folder=path, at=AT, actor=actor)


@pytest.fixture
def home(db: None, tmp_path: Path) -> TariffDocument:
    (tmp_path / "home.yaml").write_text(HOME)
    report = load(tmp_path)
    assert report.faults == []
    return report.loaded[0]


def approve(document: TariffDocument, actor: str = "li") -> TariffDocument:
    return actions.approve_tariff(document=document, at=AT, actor=actor)


def test_a_second_person_puts_it_in_force(home: TariffDocument) -> None:
    with pytest.raises(queries.TariffNotFound):
        queries.get_tariff("home")
    for actor in ("wang", ""):
        with pytest.raises(actions.UnableToApproveTariff) as refusal:
            approve(home, actor=actor)
        assert refusal.value.code == "same-person"
    home.refresh_from_db()
    assert home.status == "DRAFT" and list(Event.objects.values_list("kind", flat=True)) == ["TariffsLoaded"]
    approve(home)
    assert queries.get_tariff("home").label.zh == "居民"
    with pytest.raises(actions.UnableToApproveTariff) as refusal:
        approve(home, actor="zhao")
    assert refusal.value.code == "already-approved"


def test_again_changes_nothing_and_a_change_waits(home: TariffDocument, tmp_path: Path) -> None:
    approve(home)
    report = load(tmp_path)
    assert report.loaded == [] and report.unchanged == [home]
    (tmp_path / "home.yaml").write_text(HOME.replace("0.558", "0.600"))
    (new,) = load(tmp_path).loaded
    old_price = queries.get_version("home", day=date(2026, 1, 1)).components[0].ladders[""][0].prices[""]
    assert old_price == Decimal("0.558")
    approve(new)
    assert queries.get_version("home", day=date(2026, 1, 1)).components[0].ladders[""][0].prices[""] == Decimal("0.6")
    old = queries.get_tariff_by_sha("home", home.sha256)
    assert old.versions[1].components[0].ladders[""][0].prices[""] == Decimal("0.558")
    assert [row.status for row in queries.list_tariffs()] == ["APPROVED", "RETIRED"]
    with pytest.raises(queries.TariffNotFound):
        queries.get_tariff_by_sha("home", "0" * 64)


def test_versions_by_day_and_prices_in_words(home: TariffDocument) -> None:
    approve(home)
    with pytest.raises(queries.TariffNotFound):
        queries.get_version("home", day=date(2024, 12, 31))
    (flat,) = queries.list_prices("home", day=date(2025, 12, 31), language="en")
    assert (flat.label, flat.text) == ("Energy", "0.5 yuan/kWh")
    first, second, third = queries.list_prices("home", day=date(2026, 1, 1))
    assert first.label == "电费 · 第1档（每年 0–2160 千瓦时）" and first.text == "0.558 元/千瓦时"
    assert third.label == "电费 · 第3档（每年 >4800 千瓦时）" and second.clause.article == "第一条"


def test_a_faulty_file_is_named_by_line_and_field_and_the_others_load(db: None, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HOME.replace("0.608", "cheap"))
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.yaml").write_text(HOME)
    (tmp_path / "d.yaml").write_text(HOME + "# the same code again\n")
    (tmp_path / "notes.md").write_text("no tariff")
    report = load(tmp_path)
    assert [document.file_name for document in report.loaded] == ["c.yaml"]
    first = next(fault for fault in report.faults if fault.file == "a.yaml")
    assert first.line == 21 and "tiers" in first.field
    assert {fault.file for fault in report.faults} == {"a.yaml", "b.yaml", "d.yaml"}
    assert all(fault.line for fault in report.faults)
    with pytest.raises(actions.UnableToLoadTariffs):
        load(tmp_path / "nowhere")


def test_the_database_keeps_every_word(home: TariffDocument) -> None:
    approve(home)
    rows = TariffDocument.objects.filter(pk=home.pk)
    for change in ({"text": "x"}, {"sha256": "x"}, {"approved_by": "x"}, {"loaded_by": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


@given(data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_faults_never_a_traceback(db: None, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(data)
    report = load(path)
    assert report.faults and not report.loaded
