"""What was told of an account changes its version when it is committed, in whatever order it began."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.db import connection, transaction

from gridhall.core import events
from gridhall.core.changes import CompanyChanges, count_changes
from gridhall.core.models import Event

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)


@dataclass(frozen=True)
class DoorOpened:
    """Of one account."""

    account_id: int


@dataclass(frozen=True)
class SunRose:
    """Of all."""


@dataclass(frozen=True)
class LeafFell:
    """Of nobody."""

    account_id: int
    changes_pages: ClassVar[bool] = False


@pytest.mark.django_db
def test_event_counts_for_whom_it_concerns() -> None:
    company = CompanyChanges.count_now()
    events.publish_many([DoorOpened(7), DoorOpened(7), DoorOpened(8), LeafFell(7)], actor="a", at=AT)
    assert count_changes([7, 8, 9]) == {7: 2, 8: 1} and CompanyChanges.count_now() == company
    events.publish(SunRose(), actor="a", at=AT)
    assert CompanyChanges.count_now() == company + 1 and count_changes([7]) == {7: 2}
    assert "changes_pages" not in Event.objects.get(kind="LeafFell").payload


@pytest.mark.django_db
def test_many_events_at_once_count_alike() -> None:
    events.publish_many([DoorOpened(number % 3 + 1) for number in range(300)] + [LeafFell(1)], actor="a", at=AT)
    assert count_changes([1, 2, 3]) == {1: 100, 2: 100, 3: 100}


@pytest.mark.django_db(transaction=True)
def test_event_that_commits_late_under_a_lower_number_changes_the_version() -> None:
    published, let_go = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def begin_first_commit_last() -> None:
        try:
            with transaction.atomic():
                events.publish(DoorOpened(7), actor="slow", at=AT)
                published.set()
                assert let_go.wait(20)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    slow = threading.Thread(target=begin_first_commit_last)
    slow.start()
    try:
        assert published.wait(20)
        before = count_changes([7]).get(7, 0)
        events.publish(DoorOpened(7), actor="quick", at=AT)  # begins later, does not wait for the other
        between = count_changes([7])[7]
    finally:
        let_go.set()
        slow.join(20)
    assert not failures
    after = count_changes([7])[7]
    assert (before, between, after) == (0, 1, 2)
    actors = Event.objects.filter(kind="DoorOpened").order_by("id").values_list("actor", flat=True)
    assert list(actors) == ["slow", "quick"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        events.publish(DoorOpened(7), actor="a", at=AT)
        raise RuntimeError("changed our mind")
    assert count_changes([7]) == {}
