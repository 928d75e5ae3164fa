"""The audit trail is read by keys, never changed, and its indexes carry every way of asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, connection, transaction

from gridhall.core import events, trail
from gridhall.core.models import Event

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class DoorOpened:
    """Told of a user."""

    user_id: int
    changes_pages: ClassVar[bool] = False


@dataclass(frozen=True)
class PaneBroke:
    """Told of an account, whose pages it does not change."""

    account_id: int
    changes_pages: ClassVar[bool] = False


@dataclass(frozen=True)
class LampLit:
    """Told of an account."""

    account_id: int


def tell(*told: Any, actor: str = "a") -> None:
    for minute, event in enumerate(told):
        events.publish(event, actor=actor, at=AT + timedelta(minutes=minute))


def kinds(**asked: Any) -> list[str]:
    return [one.kind for one in trail.list_trail(trail.Asked(**asked), limit=10)]


def test_pages_go_on_where_the_last_one_ended() -> None:
    for _unused in range(3):
        tell(DoorOpened(1), PaneBroke(1), LampLit(1))  # three of each moment: the order within it is that of ids
    seen: list[int] = []
    before = None
    while page := trail.list_trail(trail.Asked(), limit=2, before_id=before):
        seen += [one.id for one in page]
        before = page[-1].id
    inside = list(Event.objects.order_by("-happened_at", "-id").values_list("id", flat=True))
    assert seen == inside and len(seen) == 9
    assert [one.id for one in trail.list_trail(trail.Asked(), limit=9, before_id=1 << 61)] == inside


def test_every_way_of_asking_narrows() -> None:
    tell(DoorOpened(7), PaneBroke(3), LampLit(3))
    tell(DoorOpened(8), LampLit(4), actor="b")
    assert kinds(kinds=("LampLit", "PaneBroke")) == ["LampLit", "LampLit", "PaneBroke"]
    assert kinds(actors=("b",)) == ["LampLit", "DoorOpened"]
    assert kinds(actors=("b",), user_ids=(7,)) == ["LampLit", "DoorOpened", "DoorOpened"]
    assert kinds(actors=("b",), kinds=("DoorOpened",)) == ["DoorOpened"]
    assert kinds(account_id=3) == ["LampLit", "PaneBroke"]
    assert kinds(account_id=3, actors=("b",)) == []
    assert kinds(since=AT + timedelta(minutes=2)) == ["LampLit"]
    assert sorted(kinds(until=AT + timedelta(minutes=1))) == ["DoorOpened", "DoorOpened"]
    assert kinds(account_id=3, kinds=("LampLit",), since=AT + timedelta(minutes=2)) == ["LampLit"]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "core_event_in_time"),
        ({"since": AT, "until": AT + timedelta(days=1)}, "core_event_in_time"),
        ({"kinds": ("LampLit", "DoorOpened")}, "core_event_of_a_kind"),
        ({"actors": ("b",)}, "core_event_by_actor"),
        ({"user_ids": (7,)}, "core_event_user"),
        ({"account_id": 3}, "core_event_account"),
    ],
)
def test_no_way_of_asking_reads_everything(asked: dict[str, Any], index: str) -> None:
    tell(DoorOpened(7), PaneBroke(3), LampLit(3))
    seen: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT id, kind"):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                seen.extend(row[0] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        trail.list_trail(trail.Asked(**asked), limit=10, before_id=Event.objects.latest("id").pk)
    plan = "\n".join(seen)
    assert index in plan and "Seq Scan on core_event" not in plan, plan


def test_nobody_changes_or_deletes_an_event() -> None:
    tell(LampLit(1))
    kept = Event.objects.get()
    assert trail.is_protected()
    changes = {"kind": "x", "payload": {}, "actor": "x", "happened_at": AT - timedelta(days=1), "scope": 9}
    for field, value in changes.items():
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.update(**{field: value})
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_event")
    same = Event.objects.get()
    assert (same.kind, same.payload, same.actor, same.scope) == (kept.kind, kept.payload, kept.actor, kept.scope)


def test_protection_that_is_gone_is_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER USER")
    assert not trail.is_protected()
