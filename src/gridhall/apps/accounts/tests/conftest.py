"""A small town to test in: two villages, one feeder, two households and a workshop. Names are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from gridhall.apps.accounts import kinds, models
from gridhall.apps.identity.models import StaffRole, User

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@dataclass
class Town:
    village: models.Place
    transformer: models.Transformer
    feeder: models.Feeder
    zhang: models.Party
    li: models.Party
    home: models.CustomerAccount
    agreement: models.CustomerAgreement
    point: models.UsagePoint
    zhang_user: User
    li_user: User
    stranger: User
    staff: User


def make_party(name: str, phone: str) -> models.Party:
    party = models.Party.objects.create(kind=kinds.PartyKind.PERSON, name=name)
    models.Contact.objects.create(party=party, kind=kinds.ContactKind.PHONE, value=phone, is_primary=True)
    return party


def make_account(number: str, party: models.Party, village: models.Place, starts_on: date) -> models.CustomerAccount:
    account = models.CustomerAccount.objects.create(
        number=number, kind=kinds.CustomerKind.RESIDENT, name=party.name, opened_on=starts_on
    )
    agreement = models.CustomerAgreement.objects.create(account=account, party=party, starts_on=starts_on)
    models.AgreementTerms.objects.create(agreement=agreement, starts_on=starts_on, tariff_code="hubei_residential")
    location = models.ServiceLocation.objects.create(place=village, address=f"咸丰县高乐山镇龙潭路{number[-2:]}号")
    models.UsagePoint.objects.create(
        code=f"UP{number}", account=account, service_location=location, voltage="V220", connected_on=starts_on
    )
    return account


@pytest.fixture
def town(db: None) -> Town:
    county = models.Place.objects.create(code="422826", name="咸丰县", name_en="Xianfeng", kind="COUNTY")
    seat = models.Place.objects.create(code="422826100", name="高乐山镇", kind="TOWN", parent=county)
    village = models.Place.objects.create(code="422826100201", name="龙潭村", kind="VILLAGE", parent=seat)
    feeder = models.Feeder.objects.create(code="F1", name="龙潭线", substation="咸丰变")
    transformer = models.Transformer.objects.create(code="T1", name="龙潭台区", feeder=feeder, capacity_kva=200)
    zhang, li = make_party("张三", "13800001234"), make_party("李四", "13900005678")
    home = make_account("4228260000017", zhang, village, date(2025, 1, 1))
    point = home.usage_points.get()
    point.transformer = transformer
    point.save()

    def make_user(phone: str, name: str, **fields: object) -> User:
        return User.objects.create(phone=phone, name=name, phone_verified_at=AT, password="!", **fields)

    def make_clerk(phone: str, name: str) -> User:
        clerk = make_user(phone, name, is_staff=True)
        StaffRole.objects.create(user=clerk, role="CLERK", granted_at=AT)
        return clerk

    return Town(
        village=village,
        transformer=transformer,
        feeder=feeder,
        zhang=zhang,
        li=li,
        home=home,
        agreement=home.agreements.get(),
        point=point,
        zhang_user=make_user("13800001234", "张三"),
        li_user=make_user("13900005678", "李四"),
        stranger=make_user("13700000000", "王五"),
        staff=make_clerk("13600000000", "赵工"),
    )
