"""Importing: good rows in, bad rows listed by line; again changes nothing; nobody gets at another's account."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.actions.importing import files as importing
from gridhall.apps.accounts.queries.parties import read_id_number
from gridhall.apps.accounts.rules import columns
from gridhall.apps.accounts.tests.conftest import AT
from gridhall.apps.identity.models import User
from gridhall.core.models import Event

FILES = {
    "places": """code,name,kind,parent_code,area
422826,咸丰县,COUNTY,,
422826100,高乐山镇,镇,422826,CITY
422826100201,龙潭村,村,422826100,
""",
    "feeders": "编码,名称,变电站\nF1,龙潭线,咸丰变\n",
    "transformers": "编码,名称,线路编号,容量（kVA）\nT1,龙潭台区,F1,200\n",
    "parties": """code,kind,name,phone,email,id_number,real_name_level
P1,个人,张三,+86 138 0000 1234,zhang@example.com,11010519491231002X,DOCUMENT
P2,PERSON,李四,13900005678,,,
P3,单位,"山水,茶叶公司",0718-6822345,,,
""",
    "contacts": "party_code,kind,value\nP1,PHONE,13511112222\nP1,POSTAL,恩施市某路\n",
    "accounts": """户号,类型,户名,行业,立户日期,集团户号
4228260000017,居民,张三,,2025-01-01,
4228260000025,企业,"山水,茶叶公司",1530,20250101,4228260000033
4228260000033,企业,"山水,茶叶公司",1530,2025/1/1,
""",
    "agreements": """account_number,party_code,starts_on,ends_on
4228260000017,P2,2025-01-01,2026-01-01
4228260000017,P1,2026-01-01,
4228260000025,P3,2025-01-01,
4228260000033,P3,2025-01-01,
""",
    "terms": """account_number,starts_on,ends_on,tariff_code,合同容量,contract_demand,basic_charge,人口数,社会救助
4228260000017,2025-01-01,,hubei_residential,,,,4,低保
4228260000017,2026-01-01,,hubei_residential,,,,,
4228260000017,2026-02-01,,hubei_residential_tou,,,,,
4228260000025,2025-01-01,,hubei_two_part,315,,CAPACITY,,
4228260000033,2025-01-01,,hubei_two_part,630,500,按需量,,
""",
    "usage_points": """code,account_number,place_code,address,voltage,transformer_code,feeder_code,connected_on,status
U1,4228260000017,422826100201,龙潭村三组12号,220V,T1,,2025-01-01,
U2,4228260000025,422826100201,"工业园,1号",10kV,,F1,2025-01-01,在用
U3,4228260000025,422826100201,"工业园,1号",10kV,,F1,2025-01-01,
""",
    "customer_transformers": "usage_point_code,name,capacity_kva,starts_on\nU2,1号变,315,2025-01-01\n",
    "aliases": "户号,类型,来源,旧号\n4228260000017,旧户号,旧营销系统,0012345\n4228260000017,OLD_CHANNEL,wechat,oX-1\n",
    "consents": "party_code,kind,given_at,source\nP1,MARKETING,2026-01-05 08:00,营业厅\n",
    "accesses": """account_number,phone,role,scopes,tag,starts_on,ends_on
4228260000017,13800001234,OWNER,VIEW_BILLS|VIEW_USAGE|PAY|APPLY|MANAGE,家,2026-01-01,
4228260000017,13700000000,家人,看账单 缴费,,2026-01-01,2027-01-01
""",
}
TABLES = [
    models.Place, models.Feeder, models.Transformer, models.Party, models.Contact, models.CustomerAccount,
    models.CustomerAgreement, models.AgreementTerms, models.ServiceLocation, models.UsagePoint,
    models.CustomerTransformer, models.AccountAlias, models.Consent, models.AccountAccess, User,
]  # fmt: skip


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def run(path: Path, **more: object) -> actions.ImportReport:
    return actions.import_accounts(path=path, at=AT, actor="test", **more)


def snapshot() -> list[list[dict]]:
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def lines(report: actions.ImportReport) -> list[tuple[str, int | None, str | None]]:
    return [(fault.file, fault.line, fault.field) for fault in report.faults if not fault.is_warning]


def totals(report: actions.ImportReport) -> tuple[int, int, int]:
    return tuple(sum(getattr(file.counts, name) for file in report.files) for name in ("created", "updated", "faulty"))


@pytest.fixture
def imported(db: None, tmp_path: Path) -> Path:
    report = run(write(tmp_path, FILES))
    assert report.faults == []
    return tmp_path


def test_all_of_it_comes_in(imported: Path) -> None:
    staff = User.objects.create(phone="13600000000", is_staff=True, is_superuser=True)
    home = queries.get_account(number="0012345", viewer=staff, at=AT)
    assert home.number == "4228260000017"
    terms = models.AgreementTerms.objects.filter(agreement__account=home).order_by("starts_on")
    assert list(terms.values_list("social", flat=True)) == ["LOW_INCOME", "NONE", "NONE"]
    party = queries.get_agreement(account=home, day=date(2026, 3, 1), viewer=staff, at=AT).party
    assert (party.name, party.real_name_level, read_id_number(party)) == ("张三", "DOCUMENT", "11010519491231002X")
    assert b"11010519491231002X" not in bytes(party.id_number_encrypted)
    assert queries.get_agreement(account=home, day=date(2025, 12, 31), viewer=staff, at=AT).party.name == "李四"
    rows = models.AgreementTerms.objects.filter(agreement__account=home).order_by("starts_on")
    assert [(row.starts_on, row.ends_on) for row in rows] == [
        (date(2025, 1, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 2, 1), None),
    ]
    head = models.CustomerAccount.objects.get(number="4228260000033")
    assert [member.number for member in head.members.all()] == ["4228260000025"]
    point = models.UsagePoint.objects.get(code="U2")
    path = queries.get_network_path(usage_point=point, viewer=staff, at=AT)
    assert path.substation == "咸丰变" and [place.name for place in path.places][-1] == "咸丰县"
    assert models.ServiceLocation.objects.count() == 2
    owner = User.objects.get(phone="13800001234")
    (view,) = queries.list_accounts(viewer=owner, at=AT)
    assert (view.role, view.is_main, view.tag) == ("OWNER", True, "家")
    assert not owner.has_usable_password()


def test_again_changes_nothing(imported: Path) -> None:
    before, told = snapshot(), Event.objects.count()
    report = run(imported)
    assert totals(report) == (0, 0, 0) and report.fault_count == 0
    assert snapshot() == before and Event.objects.count() == told


def test_export_and_import_change_nothing(imported: Path, tmp_path: Path) -> None:
    staff = User.objects.create(phone="13600000000", is_staff=True, is_superuser=True)
    with pytest.raises(queries.AccessDenied):
        queries.export_accounts(folder=tmp_path / "out", viewer=None)
    queries.export_accounts(folder=tmp_path / "out", viewer=staff)
    assert (tmp_path / "out" / "parties.csv").stat().st_mode & 0o077 == 0
    before = snapshot()
    report = run(tmp_path / "out")
    assert report.faults == [] and totals(report) == (0, 0, 0) and snapshot() == before


def test_dry_run_leaves_no_trace(db: None, tmp_path: Path) -> None:
    report = run(write(tmp_path, FILES), is_dry_run=True)
    assert totals(report)[0] > 20 and report.faults == []
    assert all(not rows for rows in snapshot()) and not Event.objects.exists()


def test_gbk_bom_and_small_batches_give_the_same(imported: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    before = snapshot()
    again = tmp_path / "gbk"
    again.mkdir()
    texts = {name: text.encode("gb18030") for name, text in FILES.items()}
    texts["accounts"] = "\ufeff".encode() + FILES["accounts"].encode()
    report = run(write(again, texts))
    assert report.faults == [] and totals(report) == (0, 0, 0) and snapshot() == before


def test_utf_16_gives_the_same_and_loses_broken_lines_alone(imported: Path, tmp_path: Path) -> None:
    before = snapshot()
    again = tmp_path / "wide"
    again.mkdir()
    report = run(write(again, {name: text.replace(",", "\t").encode("utf-16") for name, text in FILES.items()
                               if '"' not in text}))  # fmt: skip
    assert report.faults == [] and totals(report) == (0, 0, 0) and snapshot() == before
    broken = (
        "code\tname\tsubstation\nF8\t八\t变\n".encode("utf-16")
        + b"F\x00\x00\xdc9\x00\n\x00"
        + "F9\t九\t变".encode("utf-16-le")
    )
    report = run(write(again, {"feeders": broken}) / "feeders.csv")
    assert lines(report) == [("feeders.csv", 3, None)] and totals(report) == (2, 0, 1)
    long = ("code,name,substation\nF10," + "长" * 70_000 + ",变\nF11,短,变\n").encode("utf-16")
    report = run(write(again, {"feeders": long}) / "feeders.csv")
    assert lines(report) == [("feeders.csv", 2, None)] and totals(report) == (1, 0, 1)


@pytest.mark.parametrize("delimiter", [";", "\t", "，"])
def test_groups_come_in_however_the_columns_are_parted(db: None, tmp_path: Path, delimiter: str) -> None:
    text = "\n\n account_number , kind , name , opened_on , group_number\n" + "".join(
        f"{number},ENTERPRISE,某厂,2025-01-01,{head}\n"
        for number, head in (("1000000001", ""), ("1000000002", "1000000001"))
    )
    report = run(write(tmp_path, {"accounts": text.replace(",", delimiter)}))
    assert report.faults == [] and models.CustomerAccount.objects.get(number="1000000002").group.number == "1000000001"


def test_blank_terms_say_nothing_of_what_stands(imported: Path) -> None:
    before = snapshot()
    rows = "4228260000017,2025-01-01,hubei_residential\n4228260000033,2025-01-01,hubei_two_part\n"
    bare = f"account_number,starts_on,tariff_code\n{rows}"
    report = run(write(imported, {"terms": bare}) / "terms.csv")
    assert report.faults == [] and totals(report) == (0, 0, 0) and snapshot() == before
    other = "account_number,starts_on,tariff_code,social\n4228260000017,2025-01-01,hubei_residential,五保\n"
    report = run(write(imported, {"terms": other}) / "terms.csv")
    assert lines(report) == [("terms.csv", 2, "starts_on")] and snapshot() == before


@pytest.mark.parametrize(
    "value", ["2025-01-02", "2025/1/2", "2025年1月2日", "20250102", "2025.01.02", "2025/1/2 0:00:00"]
)
def test_a_day_is_read_as_people_write_it(value: str) -> None:
    assert columns.day("starts_on").read(value) == date(2025, 1, 2)


@pytest.mark.parametrize(
    "value", ["2025111", "2025-111", "2025-1/2", "202512", "2025-02-29", "2025-01-02 08:00", "02/01/2025"]
)
def test_a_day_that_could_be_another_is_refused(value: str) -> None:
    with pytest.raises(columns.Mistake):
        columns.day("starts_on").read(value)


@pytest.mark.parametrize(
    ("value", "is_good"), [("90", True), ("-90", True), ("90.1", False), ("-91", False), ("x", False)]
)
def test_a_latitude_lies_on_the_globe(value: str, is_good: bool) -> None:
    column = columns.degrees("latitude", 90)
    if is_good:
        assert column.read(value) == int(value)
    else:
        with pytest.raises(columns.Mistake):
            column.read(value)


def test_half_a_coordinate_is_refused(db: None, tmp_path: Path) -> None:
    report = run(write(tmp_path, {"places": "code,name,kind,latitude,longitude\n422826,咸丰县,COUNTY,29.7,\n"}))
    assert lines(report) == [("places.csv", 2, "longitude")]


def test_a_moment_is_read_as_spreadsheets_write_it() -> None:
    read = columns.moment("given_at").read
    assert read("2026/1/5 8:00") == read("2026-01-05 08:00") == read("2026-01-05T08:00:00+08:00")


def test_an_owner_whose_papers_were_seen_comes_in_with_any_phone(imported: Path, tmp_path: Path) -> None:
    row = "4228260000025,13600000099,OWNER,VIEW_BILLS|MANAGE,{},2026-01-01\n"
    head = "account_number,phone,role,scopes,method,starts_on\n"
    report = run(write(tmp_path, {"accesses": head + row.format("AUTO_MATCH")}) / "accesses.csv")
    assert lines(report) == [("accesses.csv", 2, "phone")]
    report = run(write(tmp_path, {"accesses": head + row.format("柜台")}) / "accesses.csv")
    assert report.faults == [] and models.AccountAccess.objects.get(user__phone="13600000099").method == "COUNTER"
    staff = User.objects.create(phone="13600000000", is_staff=True, is_superuser=True)
    queries.export_accounts(folder=tmp_path / "out", viewer=staff)
    kept = sorted(models.AccountAccess.objects.values_list("account_id", "user_id", "role", "method"))
    models.AccountAccess.objects.all().delete()
    report = run(tmp_path / "out" / "accesses.csv")
    assert report.faults == []
    assert sorted(models.AccountAccess.objects.values_list("account_id", "user_id", "role", "method")) == kept


def test_changed_rows_are_updated_where_it_is_safe(imported: Path) -> None:
    changed = {
        "parties": FILES["parties"].replace("13900005678", "13900009999").replace(",,,\nP3", ",,,PHONE\nP3"),
        "usage_points": FILES["usage_points"].replace("三组12号", "三组13号"),
        "transformers": FILES["transformers"].replace("200", "315"),
    }
    report = run(write(imported, changed))
    assert report.faults == [] and totals(report) == (0, 3, 0)
    li = models.Party.objects.get(code="P2")
    assert set(li.contacts.values_list("value", "is_primary")) == {("13900005678", False), ("13900009999", True)}
    assert models.UsagePoint.objects.get(code="U1").service_location.address == "龙潭村三组13号"


def test_transfer_by_file_ends_what_the_old_holder_saw(imported: Path) -> None:
    text = FILES["agreements"].replace("P1,2026-01-01,", "P1,2026-01-01,2026-03-01\n4228260000017,P2,2026-03-01,")
    report = run(write(imported, {"agreements": text}))
    assert report.faults == []
    assert not models.AccountAccess.objects.filter(revoked_at=None).exists()
    assert models.CustomerAccount.objects.get(number="4228260000017").name == "李四"
    for _ in range(2):  # the same accesses do not come back
        report = run(imported / "accesses.csv")
        assert totals(report) == (0, 0, 0)
    assert not models.AccountAccess.objects.filter(revoked_at=None).exists()


BAD = {
    "parties": (
        "P1,PERSON,张三丰,,,,", "name"), "parties ": ("P2,PERSON,李四,,,11010519491231002X,", "id_number"),
    "parties  ": ("P1,PERSON,张三,,,,PHONE", "real_name_level"), "parties   ": ("P9,PERSON,王五,123,,,", "phone"),
    "parties    ": ("P9,PERSON,王五,,,110105194912310021,", "id_number"),
    "agreements": ("4228260000017,P2,2026-01-01,", "party_code"),
    "agreements ": ("4228260000017,P2,2025-06-01,", "starts_on"),
    "agreements  ": ("4228260000017,P2,2025-01-01,2026-06-01", "ends_on"),
    "agreements   ": ("4228260000017,P9,2027-01-01,", "party_code"),
    "agreements    ": ("4228260000017,P2,2024-01-01,2025-01-01", "starts_on"),
    "terms": ("4228260000017,2025-01-01,,cheaper,,,,4,低保", "starts_on"),
    "terms ": ("4228260000017,2026-03-01,,x,,,CAPACITY,,", "contract_capacity_kva"),
    "terms   ": ("4228260000017,2026-03-01,,x,,,,,富裕", "social"),
    "terms  ": ("4228260000017,2020-01-01,,x,,,,,", "starts_on"),
    "usage_points": ("U1,4228260000025,422826100201,a,220V,T1,,2025-01-01,", "account_number"),
    "usage_points ": ("U9,4228260000025,422826100201,a,10kV,T1,,2025-01-01,", "transformer_code"),
    "usage_points  ": ("U9,4228260000099,422826100201,a,220V,,,2025-01-01,", "account_number"),
    "usage_points   ": ("U9,4228260000017,9999999,a,220V,,,2025-01-01,", "place_code"),
    "aliases": ("4228260000025,OLD_NUMBER,旧营销系统,0012345", "value"),
    "aliases ": ("4228260000025,OLD_NUMBER,另一系统,0012345", "value"),
    "aliases  ": ("4228260000025,OLD_NUMBER,x,4228260000017", "value"),
    "accesses": ("4228260000017,13700000000,OWNER,PAY,,2026-02-01,", "phone"),
    "accesses ": ("4228260000017,13511112222,OWNER,PAY,,2026-02-01,", "role"),
    "accesses  ": ("4228260000017,13700000000,FAMILY,MANAGE,,2026-01-01,2027-01-01", "role"),
    "accesses   ": ("4228260000017,13700000000,FAMILY,PAY,,2026-02-02,", "phone"),
    "consents": ("P1,MARKETING,2026-02-05 08:00,,x", "given_at"),
    "places": ("422827,来凤县,COUNTY,422826,", "parent_code"),
    "places ": ("422826999,无根镇,TOWN,4299,", "parent_code"),
    "accounts": ("0012345000,RESIDENT,张三,,2025-13-01,", "opened_on"),
    "accounts ": ("4228260000017,RESIDENT,张三,,2024-01-01,", "opened_on"),
    "accounts  ": ("4228260000041,RESIDENT,张三,,2024-01-01,4228260000025", "group_number"),
}  # fmt: skip
HEADS = {"consents": "party_code,kind,given_at,withdrawn_at,source"}


@pytest.mark.parametrize("case", BAD)
def test_bad_rows_are_listed_and_change_nothing(imported: Path, case: str) -> None:
    row, field = BAD[case]
    name = case.strip()
    head = HEADS.get(name, FILES[name].splitlines()[0])
    before = snapshot()
    report = run(write(imported, {name: f"{head}\n{row}\n"}) / f"{name}.csv")
    assert lines(report) == [(f"{name}.csv", 2, field)]
    if case != "accounts  ":  # the account itself is good; its group is not
        assert snapshot() == before


def test_good_rows_are_kept_beside_bad_lines(db: None, tmp_path: Path) -> None:
    text = (
        "code,name,substation,colour\n"
        "F1,一,变\n"
        "F1,二,变,红\n"
        'F2,"三,变,红\n'
        "F3,四,变,红,绿\n"
        "\n"
        ",五,变,红\n"
        f"F4,{'长' * 81},变,红\n"
        'F5,"六 ""号""",变,红\n'
        "F1,七,变,红\n"
    )
    data = text.encode() + b"F6,\x00,a,b\nF7,\xff\xfe,a,b\n" + b"F8," + b"x" * 70_000 + b"\nF9,last,a,b"
    report = run(write(tmp_path, {"feeders": data}))
    assert sorted(line for _, line, _ in lines(report)) == [2, 4, 5, 7, 8, 10, 11, 12, 13]
    assert set(models.Feeder.objects.values_list("code", "name")) == {("F1", "二"), ("F5", '六 "号"'), ("F9", "last")}
    assert report.warning_count == 1


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\xff\xfea\x00", b"colour\nred\n", b"code,code,name,substation\n", b'"\n']
)
def test_unusable_files_are_said_to_be_so(db: None, tmp_path: Path, data: bytes) -> None:
    report = run(write(tmp_path, {"feeders": data}))
    assert report.files[0].is_unusable and report.fault_count
    assert not models.Feeder.objects.exists()


def test_nothing_to_import_is_refused(db: None, tmp_path: Path) -> None:
    for path, more in ((tmp_path, {}), (tmp_path / "none", {}), (tmp_path, {"kind": "stars"})):
        with pytest.raises(actions.UnableToImport):
            run(path, **more)
