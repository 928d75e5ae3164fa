"""Events are committed with the change, told after it, and told again when the first time failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from gridhall.core import events
from gridhall.core.models import Event

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)


@dataclass(frozen=True)
class LampLit:
    """Somebody lit a lamp."""

    number: int
    price: Decimal = Decimal("1.50")


@dataclass(frozen=True)
class LampBroke:
    """Nobody listens to this."""

    number: int


@pytest.fixture
def heard() -> Iterator[list[LampLit]]:
    """What a handler heard; a negative number makes it fail."""
    found: list[LampLit] = []

    @events.on(LampLit)
    def note(event: LampLit) -> None:
        if event.number < 0:
            raise RuntimeError("deaf")
        found.append(event)

    yield found
    events._handlers.pop("LampLit")
    events._types.pop("LampLit")


@pytest.mark.django_db(transaction=True)
def test_event_is_told_after_commit_and_not_on_rollback(heard: list[LampLit]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        events.publish(LampLit(1), actor="a", at=AT)
        raise RuntimeError("changed our mind")
    assert not heard and not Event.objects.exists()
    with transaction.atomic():
        events.publish(LampLit(2), actor="a", at=AT)
        assert not heard
    assert [event.number for event in heard] == [2] and heard[0].price == "1.50"
    assert Event.objects.get().delivered_at == AT


@pytest.mark.django_db
def test_event_that_nobody_hears_is_not_left_waiting() -> None:
    events.publish(LampBroke(1), actor="a", at=AT)
    assert Event.objects.get().delivered_at == AT


@pytest.mark.django_db(transaction=True)
def test_events_that_fail_do_not_keep_later_ones_waiting(heard: list[LampLit]) -> None:
    events.publish_many([LampLit(-1), LampLit(-2), LampLit(-3)], actor="a", at=AT)
    Event.objects.create(kind="LampLit", payload={"number": 7, "price": "1.50"}, actor="a", happened_at=AT)
    assert events.deliver_pending(at=AT, batch=2) == 4
    assert [event.number for event in heard] == [7]
    assert Event.objects.filter(delivered_at=None).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"kind": "Other"}, {"payload": {}}, {"actor": "b"}])
def test_event_is_never_changed(change: dict[str, object]) -> None:
    events.publish(LampBroke(1), actor="a", at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()
