"""Search by whatever a caller can say: numbers, names, pinyin, addresses; masked, and only for who may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from gridhall.apps.accounts import models
from gridhall.apps.accounts.queries import AccessDenied, search_accounts
from gridhall.apps.identity import actions as identity

PEOPLE = {
    "4228260000017": ("张大山", "13800001234", "高乐山镇龙潭路12号3单元501室"),
    "4228260000025": ("单秋水", "13800005678", "高乐山镇解放路8号"),
    "4228260000033": ("覃芳", "13900001111", "唐崖镇南河村五组"),
    "4228260000041": ("覃芳", "13900002222", "高乐山镇龙潭路14号"),
    "4228260000058": ("重庆银行咸丰支行", "07186822345", "高乐山镇龙潭路88号"),
    "4228260000066": ("Tesla 充电站", "13700003333", "忠堡镇幸福大道1号"),
}


@pytest.fixture
def people(db: None) -> None:
    """Six accounts, each held by a party of its name."""
    place = models.Place.objects.create(code="422826", name="咸丰县", kind="COUNTY")
    for number, (name, phone, address) in PEOPLE.items():
        party = models.Party.objects.create(kind="PERSON", name=name)
        party.contacts.create(kind="PHONE", value=phone, is_primary=True)
        account = models.CustomerAccount.objects.create(
            number=number, kind="RESIDENT", name=name, opened_on=date(2020, 1, 1)
        )
        account.agreements.create(party=party, starts_on=date(2020, 1, 1))
        location = models.ServiceLocation.objects.create(place=place, address=address)
        account.usage_points.create(
            code=f"UP{number[-4:]}", service_location=location, voltage="V220", connected_on=date(2020, 1, 1)
        )


def _make_staff(role: str) -> Any:
    made = {"at": timezone.now(), "actor": "tests"}
    user = identity.create_staff(phone="13700009999", name="赵工", password=None, **made)
    identity.grant_role(user=user, role=role, granted_by=None, **made)
    return user


@pytest.fixture
def clerk(people: None) -> Any:
    """A clerk at the counter."""
    return _make_staff("CLERK")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("4228260000017", ["张大山"]),
        ("4228 2600 00017", ["张大山"]),
        ("+86 138-0000-1234", ["张大山"]),
        ("1380000", ["单秋水", "张大山"]),
        ("张大", ["张大山"]),
        ("覃芳", ["覃芳", "覃芳"]),
        ("大山镇", []),
        ("zhangdashan", ["张大山"]),
        ("Zhang Da", ["张大山"]),
        ("zds", ["张大山"]),
        ("shanqiu", ["单秋水"]),  # a surname is read as one
        ("qinfang", ["覃芳", "覃芳"]),
        ("qf", ["覃芳", "覃芳"]),
        ("chongqingyinhang", ["重庆银行咸丰支行"]),
        ("cqyhxf", ["重庆银行咸丰支行"]),
        ("tesla", ["Tesla 充电站"]),
        ("龙潭路", ["重庆银行咸丰支行", "覃芳", "张大山"]),
        ("龙潭路12号", ["张大山"]),
        ("高乐山镇 龙潭路 12号", ["张大山"]),
        ("覃芳 龙潭路", ["覃芳"]),
        ("银行咸丰", ["重庆银行咸丰支行"]),
        ("UP0033", ["覃芳"]),
        ("100%", []),
        ("___", []),
        ("\x00\\", []),
        ("'; DROP TABLE", []),
    ],
)
def test_finds_by_what_is_said(text: str, names: list[str], clerk: Any) -> None:
    found = search_accounts(text=text, viewer=clerk, at=timezone.now())
    assert [row.account.name for row in found] == names


def test_name_and_address_find_the_one_of_several(clerk: Any) -> None:
    (found,) = search_accounts(text="覃芳 龙潭路", viewer=clerk, at=timezone.now())
    assert found.number == "4228260000041"
    assert "NAME_ADDRESS" in found.found_by


def test_what_is_found_is_masked(clerk: Any) -> None:
    (found,) = search_accounts(text="zds", viewer=clerk, at=timezone.now())
    assert (found.name_masked, found.phone_masked, found.address_masked) == (
        "张**", "138****1234", "高乐山镇龙潭路****",
    )  # fmt: skip
    assert found.found_by == ("PINYIN",)


def test_an_earlier_holder_is_not_found_by_his_name(clerk: Any) -> None:
    agreement = models.CustomerAgreement.objects.get(party__name="张大山")
    agreement.ends_on = date(2021, 1, 1)
    agreement.save()
    models.CustomerAccount.objects.filter(number="4228260000017").update(name="新户")
    assert search_accounts(text="张大山", viewer=clerk, at=timezone.now()) == []
    assert [row.account.name for row in search_accounts(text="xinhu", viewer=clerk, at=timezone.now())] == ["新户"]


@pytest.mark.parametrize("role", ["ADMINISTRATOR", "TARIFF", "TARIFF_APPROVER"])
def test_who_has_nothing_to_do_with_customers_finds_nobody(role: str, people: None) -> None:
    with pytest.raises(AccessDenied):
        search_accounts(text="张大山", viewer=_make_staff(role), at=timezone.now())


def test_names_sort_by_pinyin(people: None) -> None:
    names = models.Party.objects.order_by("name_pinyin").values_list("name", flat=True)
    assert list(names) == ["重庆银行咸丰支行", "覃芳", "覃芳", "单秋水", "Tesla 充电站", "张大山"]


def test_a_name_of_sixty_characters_is_read(people: None) -> None:
    name = "咸丰县高乐山镇龙潭路" * 6
    party = models.Party.objects.create(kind="ORGANIZATION", name=name)
    party.refresh_from_db()
    assert len(party.name_initials) == 60 and party.name_pinyin.startswith("xian feng xian gao le shan")
