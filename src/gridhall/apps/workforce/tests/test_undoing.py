"""Steps are taken back by who did them, once, within ten minutes; half a reversal is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from gridhall.apps.workforce import actions, rules
from gridhall.apps.workforce.actions.undoing import Reversal, register_reversal
from gridhall.apps.workforce.models import AccountNote, UndoableStep
from gridhall.apps.workforce.tests.conftest import AT, Office
from gridhall.core.models import Event


def write(office: Office) -> UUID:
    return actions.write_note(account=office.account, text="已回电", by=office.clerk, at=AT, actor="test")


@pytest.mark.parametrize(
    "minutes, undone, allowed",
    [(0, False, True), (10, False, True), (10.01, False, False), (-1, False, False), (5, True, False)],
)
def test_how_long_a_step_can_be_undone(minutes: float, undone: bool, allowed: bool) -> None:
    moment = AT + timedelta(minutes=minutes)
    assert rules.may_undo(done_at=AT, undone_at=AT if undone else None, at=moment) is allowed


def test_a_step_is_undone_once_and_in_time(office: Office) -> None:
    step = write(office)
    with pytest.raises(actions.UnableToUndo) as refused:
        actions.undo_step(mrid=step, by=office.clerk, at=AT + timedelta(minutes=11), actor="test")
    assert refused.value.code == "too-late" and AccountNote.objects.get().deleted_at is None
    assert actions.undo_step(mrid=step, by=office.clerk, at=AT + timedelta(minutes=9), actor="test") == "NOTE_WRITTEN"
    with pytest.raises(actions.UnableToUndo) as refused:
        actions.undo_step(mrid=step, by=office.clerk, at=AT + timedelta(minutes=9), actor="test")
    assert refused.value.code == "undone"
    kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["NoteWritten", "NoteDeleted", "StepUndone"]


def test_nobody_undoes_what_another_did(office: Office) -> None:
    step = write(office)
    for mrid, who in ((step, office.second_clerk), (uuid4(), office.clerk)):
        with pytest.raises(actions.UnableToUndo) as refused:
            actions.undo_step(mrid=mrid, by=who, at=AT, actor="test")
        assert refused.value.code == "no-step"
    assert AccountNote.objects.get().deleted_at is None and UndoableStep.objects.get().undone_at is None


def test_a_step_nobody_can_reverse_is_not_remembered(office: Office) -> None:
    with pytest.raises(ValueError, match="WALL_PAINTED"):
        actions.remember_step(kind="WALL_PAINTED", payload={}, by=office.clerk, at=AT)
    assert not UndoableStep.objects.exists()


def test_a_reversal_that_refuses_changes_nothing(office: Office) -> None:
    def reverse(step: Reversal) -> None:
        AccountNote.objects.all().update(text="half done")
        raise actions.UnableToUndo("The world moved on.", code="changed-meanwhile")

    register_reversal("TEST_HALF_DONE", reverse)
    write(office)
    step = actions.remember_step(kind="TEST_HALF_DONE", payload={"a": 1}, by=office.clerk, at=AT)
    with pytest.raises(actions.UnableToUndo):
        actions.undo_step(mrid=step, by=office.clerk, at=AT, actor="test")
    assert AccountNote.objects.get().text == "已回电" and UndoableStep.objects.get(mrid=step).undone_at is None
    assert not Event.objects.filter(kind="StepUndone").exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_undo_once(office: Office) -> None:
    step = write(office)

    def click(_: int) -> str:
        try:
            return actions.undo_step(mrid=step, by=office.clerk, at=AT, actor="test")
        except actions.UnableToUndo as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(click, range(4)))
    assert answers == ["NOTE_WRITTEN", "undone", "undone", "undone"]
    assert Event.objects.filter(kind="NoteDeleted").count() == 1
