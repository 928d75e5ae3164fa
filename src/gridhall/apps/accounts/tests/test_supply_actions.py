"""Opening, connecting, hanging, grouping, old numbers."""

from __future__ import annotations

from datetime import date

import pytest

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.tests.conftest import AT, Town, make_account
from gridhall.core.models import Event

BY = {"at": AT, "actor": "test"}


def count() -> tuple[int, ...]:
    tables = (models.CustomerAccount, models.UsagePoint, models.ServiceLocation, models.AccountAlias, Event)
    return tuple(table.objects.count() for table in tables)


def test_open_connect_and_follow_the_path(town: Town) -> None:
    account = actions.open_account(number="4228260000025", kind="SHOP", name="小店", opened_on=date(2026, 1, 1), **BY)
    point = actions.connect_usage_point(
        account=account,
        code="UP2",
        place=town.village,
        address="咸丰县高乐山镇龙潭路17号",
        voltage="V380",
        connected_on=date(2026, 1, 2),
        transformer=town.transformer,
        **BY,
    )
    assert point.service_location == town.point.service_location  # one place, two meters
    path = queries.get_network_path(usage_point=point, viewer=town.staff, at=AT)
    assert (path.transformer, path.feeder, path.substation) == (town.transformer, town.feeder, "咸丰变")
    assert [place.name for place in path.places] == ["龙潭村", "高乐山镇", "咸丰县"]
    with pytest.raises(queries.AccessDenied):
        queries.get_network_path(usage_point=point, viewer=town.stranger, at=AT)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "123"}, "no-number"),
        ({"number": "４２２８２６００００"}, "no-number"),
        ({"number": "4228260000017"}, "number-taken"),
        ({"number": "4228260009999"}, "old-number"),
        ({"kind": "KING"}, "unknown-kind"),
        ({"name": " "}, "no-name"),
    ],
)
def test_open_refusals(town: Town, changes: dict, code: str) -> None:
    actions.register_alias(account=town.home, kind="OLD_NUMBER", source="old", value="4228260009999", **BY)
    before = count()
    given = {"number": "4228260000033", "kind": "RESIDENT", "name": "张三", "opened_on": date(2026, 1, 1), **BY}
    with pytest.raises(actions.UnableToOpenAccount) as refusal:
        actions.open_account(**{**given, **changes})
    assert refusal.value.code == code and count() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "UP4228260000017"}, "code-taken"),
        ({"voltage": "KV10"}, "path-does-not-fit"),
        ({"connected_on": date(2020, 1, 1)}, "not-open"),
        ({"voltage": "V1"}, "form"),
        ({"address": ""}, "form"),
    ],
)
def test_connect_refusals(town: Town, changes: dict, code: str) -> None:
    before = count()
    given = {
        "account": town.home,
        "code": "UP9",
        "place": town.village,
        "address": "新址",
        "voltage": "V220",
        "connected_on": date(2026, 1, 1),
        "transformer": town.transformer,
        **BY,
    }
    with pytest.raises(actions.UnableToConnectUsagePoint) as refusal:
        actions.connect_usage_point(**{**given, **changes})
    assert refusal.value.code == code and count() == before


def test_assign_network_path(town: Town) -> None:
    for path in ({}, {"feeder": town.feeder}, {"feeder": town.feeder, "transformer": town.transformer}):
        with pytest.raises(actions.UnableToAssignNetworkPath):
            actions.assign_network_path(usage_point=town.point, **path, **BY)
    other = models.Transformer.objects.create(code="T2", name="二号", feeder=town.feeder, capacity_kva=100)
    assert actions.assign_network_path(usage_point=town.point, transformer=other, **BY).transformer == other
    actions.assign_network_path(usage_point=town.point, transformer=other, **BY)
    assert Event.objects.count() == 1


def test_groups_have_one_level(town: Town) -> None:
    second, third = (make_account(n, town.li, town.village, date(2025, 1, 1)) for n in ("4228260002", "4228260003"))
    actions.group_account(account=second, head=town.home, **BY)
    assert queries.list_group(account=town.home, viewer=town.staff, at=AT) == [second]
    for account, head, code in [
        (town.home, town.home, "itself"),
        (third, second, "levels"),
        (town.home, third, "levels"),
        (second, third, "in-a-group"),
    ]:
        with pytest.raises(actions.UnableToGroupAccount) as refusal:
            actions.group_account(account=account, head=head, **BY)
        assert refusal.value.code == code
    actions.ungroup_account(account=second, **BY)
    with pytest.raises(actions.UnableToGroupAccount):
        actions.ungroup_account(account=second, **BY)
    assert queries.list_group(account=town.home, viewer=town.staff, at=AT) == []


def test_close(town: Town) -> None:
    def close(day: date) -> None:
        actions.close_account(account=town.home, closed_on=day, **BY)

    with pytest.raises(actions.UnableToCloseAccount) as refusal:
        close(date(2026, 3, 1))
    assert refusal.value.code == "not-vacant"
    actions.end_agreement(agreement=town.agreement, ends_on=date(2026, 3, 1), **BY)
    with pytest.raises(actions.UnableToCloseAccount) as refusal:
        close(date(2026, 3, 1))
    assert refusal.value.code == "connected"
    models.UsagePoint.objects.update(status="REMOVED")
    close(date(2026, 3, 1))
    with pytest.raises(actions.UnableToCloseAccount):
        close(date(2026, 3, 1))


def test_alias_never_changes_hands(town: Town) -> None:
    other = make_account("4228260002", town.li, town.village, date(2025, 1, 1))

    def register(account: models.CustomerAccount, value: str, kind: str = "OLD_NUMBER", source: str = "mis") -> object:
        return actions.register_alias(account=account, kind=kind, source=source, value=value, **BY)

    first = register(town.home, "0012345")
    assert register(town.home, "0012345") == first
    assert queries.get_account(number="0012345", viewer=town.staff, at=AT) == town.home
    before = count()
    for value, source, code in [
        ("0012345", "mis", "leads-elsewhere"),
        ("0012345", "another system", "leads-elsewhere"),
        ("4228260000017", "mis", "number-of-another"),
        ("", "mis", "form"),
    ]:
        with pytest.raises(actions.UnableToRegisterAlias) as refusal:
            register(other, value, source=source)
        assert refusal.value.code == code
    assert count() == before
