"""The small company grown out of all measure: names of 60 characters, 400 meters, 400 sites. Put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from gridhall.core.tests.threads import run_aside
from tests import company as made
from tests.journeys.putting_back import put_everything_back

MANY = 400
LONG_NAME = ("恩施土家族苗族自治州咸丰县坪坝营茶叶种植加工专业合作社联合社有限责任公司" * 2)[:60]
LONG_LATIN = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk-GmbHx"
LONG_TAG = "爸妈在咸丰县高乐山镇龙潭村的老房子和旁边的小卖部" * 2


def make_large() -> Iterator[str]:
    """Let the company grow; gives the number of the account with 400 meters, and afterwards puts everything back."""
    with put_everything_back("kept_while_large"):
        run_aside(_grow)
        yield made.CUSTOMERS[3].number


def _tell() -> None:
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.core.models import Event

    at = timezone.now()
    Event.objects.bulk_create(
        Event(kind="tests-changed", payload={}, actor="tests", happened_at=at, delivered_at=at, scope=pk)
        for pk in CustomerAccount.objects.values_list("pk", flat=True)
    )


def _grow() -> None:
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount, Party
    from gridhall.apps.identity.models import User

    names = (LONG_NAME, LONG_LATIN)
    assert {len(name) for name in names} == {60}
    for place, account in enumerate(CustomerAccount.objects.order_by("number")):
        account.name = names[place % 2]
        account.save()
        Party.objects.filter(agreements__account=account).update(name=names[place % 2])
    for place, user in enumerate(User.objects.order_by("pk")):
        user.name = names[place % 2]
        user.save()
    tags = {made.CUSTOMERS[0].number: LONG_TAG[:40], made.CUSTOMERS[1].number: "W" * 40}
    for number, tag in tags.items():
        AccountAccess.objects.filter(account__number=number).update(tag=tag)
    head = CustomerAccount.objects.get(number=made.CUSTOMERS[3].number)
    _add_meters(head)
    _add_sites(head)
    _tell()


def _add_meters(account: Any) -> None:
    from gridhall.apps.accounts.models import UsagePoint
    from gridhall.apps.metering.models import Meter, MeterInstallation

    place, day = account.usage_points.get().service_location, account.opened_on
    place.address = "湖北省恩施土家族苗族自治州咸丰县高乐山镇龙潭村第七村民小组龙潭路与新街交叉口往北三百米茶叶加工厂区"
    place.save()
    points = UsagePoint.objects.bulk_create(
        UsagePoint(code=f"UP{index:018d}", account=account, service_location=place, voltage="KV10", connected_on=day)
        for index in range(1, MANY)
    )
    meters = Meter.objects.bulk_create(Meter(serial_number=f"{index:022d}") for index in range(1, MANY))
    MeterInstallation.objects.bulk_create(
        MeterInstallation(usage_point=point, meter=meter, starts_on=day)
        for point, meter in zip(points, meters, strict=True)
    )


def _add_sites(head: Any) -> None:
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
    from gridhall.apps.identity.models import User

    owner = User.objects.get(phone=made.OWNER_PHONE)
    CustomerAccount.objects.filter(number__in=[one.number for one in made.CUSTOMERS[2:5]]).exclude(pk=head.pk).update(
        group=head
    )
    rows = CustomerAccount.objects.bulk_create(
        CustomerAccount(
            number=f"42282611{index:05d}", kind="SHOP", name=LONG_NAME, group=head, opened_on=head.opened_on
        )
        for index in range(MANY)
    )
    AccountAccess.objects.bulk_create(
        AccountAccess(
            account=row, user=owner, role="AGENT", scopes=["VIEW_BILLS", "VIEW_USAGE"], method="COUNTER",
            starts_on=head.opened_on, tag=LONG_TAG[:40],
        )
        for row in rows
    )  # fmt: skip
