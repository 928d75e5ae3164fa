"""Notes on accounts: who writes and changes them, what is told, and how each is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.accounts.queries import AccessDenied
from gridhall.apps.workforce import actions, queries, rules
from gridhall.apps.workforce.models import AccountNote, UndoableStep
from gridhall.apps.workforce.tests.conftest import AT, Office
from gridhall.core.models import Event

LATER = AT + timedelta(minutes=3)


def write(office: Office, text: str = "客户来电，询问阶梯电价") -> AccountNote:
    actions.write_note(account=office.account, text=text, by=office.clerk, at=AT, actor="test")
    return AccountNote.objects.latest("id")


def told() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def texts(office: Office) -> list[str]:
    return [note.text for note in queries.list_notes(account=office.account, viewer=office.second_clerk)]


@given(st.text(max_size=300))
def test_a_cleaned_note_stays_as_it_is(text: str) -> None:
    cleaned = rules.clean_note(text)
    assert rules.clean_note(cleaned) == cleaned
    assert "\x00" not in cleaned and "\n\n\n" not in cleaned and cleaned == cleaned.strip()


def test_a_note_is_read_by_colleagues_and_is_its_writers(office: Office) -> None:
    write(office, "  先查表计\r\n\r\n\r\n再回电  ")
    (seen,) = queries.list_notes(account=office.account, viewer=office.second_clerk)
    assert (seen.text, seen.written_by, seen.is_own) == ("先查表计\n\n再回电", "赵工", False)
    (own,) = queries.list_notes(account=office.account, viewer=office.clerk)
    assert own.is_own and queries.get_note(mrid=own.mrid, viewer=office.clerk) == own
    assert queries.list_notes(account=office.other_account, viewer=office.clerk) == []
    event = Event.objects.get(kind="NoteWritten")
    assert event.payload == {"note_mrid": str(own.mrid), "account_id": office.account.pk}
    assert "先查" not in str(event.payload)  # what a note says stays in the note


@pytest.mark.parametrize(
    "text, code", [("", "empty"), (" \r\n\t ", "empty"), ("\x00", "empty"), ("长" * 2_001, "too-long")]
)
def test_a_note_without_text_or_too_long_is_refused(office: Office, text: str, code: str) -> None:
    with pytest.raises(actions.UnableToWriteNote) as refused:
        write(office, text)
    assert refused.value.code == code
    assert not AccountNote.objects.exists() and not UndoableStep.objects.exists() and told() == []
    write(office, "长" * 2_000)


@pytest.mark.parametrize("who", ["auditor", "administrator", "customer"])
def test_who_leaves_no_notes_writes_none(office: Office, who: str) -> None:
    with pytest.raises(actions.UnableToWriteNote) as refused:
        actions.write_note(account=office.account, text="记下", by=getattr(office, who), at=AT, actor="test")
    assert refused.value.code == "no-role"
    assert not AccountNote.objects.exists() and told() == []


@pytest.mark.parametrize("who", ["administrator", "customer"])
def test_who_has_nothing_to_do_with_customers_reads_no_notes(office: Office, who: str) -> None:
    note = write(office)
    for viewer in (getattr(office, who), AnonymousUser()):
        with pytest.raises(AccessDenied):
            queries.list_notes(account=office.account, viewer=viewer)
        with pytest.raises(AccessDenied):
            queries.get_note(mrid=note.mrid, viewer=viewer)
    with pytest.raises(AccessDenied):
        queries.get_note(mrid=uuid4(), viewer=office.clerk)


def test_notes_are_listed_newest_first(office: Office) -> None:
    for minute, text in enumerate("甲乙丙"):
        actions.write_note(
            account=office.account, text=text, by=office.clerk, at=AT + timedelta(minutes=minute), actor="test"
        )
    assert texts(office) == ["丙", "乙", "甲"]
    short = queries.list_notes(account=office.account, viewer=office.clerk, limit=2)
    assert [note.text for note in short] == ["丙", "乙"]


def test_only_its_writer_changes_a_note(office: Office) -> None:
    note = write(office, "原文")
    for change in (
        lambda: actions.edit_note(mrid=note.mrid, text="改", by=office.second_clerk, at=LATER, actor="test"),
        lambda: actions.delete_note(mrid=note.mrid, by=office.second_clerk, at=LATER, actor="test"),
    ):
        with pytest.raises(actions.UnableToChangeNote) as refused:
            change()
        assert refused.value.code == "not-own"
    assert texts(office) == ["原文"] and told() == ["NoteWritten"]


def test_an_edit_is_taken_back_unless_it_was_edited_again(office: Office) -> None:
    note = write(office, "一")
    first = actions.edit_note(mrid=note.mrid, text="二", by=office.clerk, at=LATER, actor="test")
    second = actions.edit_note(mrid=note.mrid, text="三", by=office.clerk, at=LATER, actor="test")
    with pytest.raises(actions.UnableToUndo) as refused:
        actions.undo_step(mrid=first, by=office.clerk, at=LATER, actor="test")
    assert refused.value.code == "changed-meanwhile" and texts(office) == ["三"]
    assert UndoableStep.objects.get(mrid=first).undone_at is None
    for step, text in ((second, "二"), (first, "一")):
        assert actions.undo_step(mrid=step, by=office.clerk, at=LATER, actor="test") == "NOTE_EDITED"
        assert texts(office) == [text]
    note.refresh_from_db()
    assert note.edited_at is None
    assert told()[-4:] == ["NoteRestored", "StepUndone", "NoteRestored", "StepUndone"]


def test_a_refused_edit_leaves_the_note(office: Office) -> None:
    note = write(office, "原文")
    with pytest.raises(actions.UnableToWriteNote):
        actions.edit_note(mrid=note.mrid, text="  ", by=office.clerk, at=LATER, actor="test")
    assert texts(office) == ["原文"] and UndoableStep.objects.count() == 1


def test_a_deleted_note_is_gone_until_it_comes_back(office: Office) -> None:
    note = write(office)
    step = actions.delete_note(mrid=note.mrid, by=office.clerk, at=LATER, actor="test")
    assert texts(office) == []
    for change in (
        lambda: actions.edit_note(mrid=note.mrid, text="改", by=office.clerk, at=LATER, actor="test"),
        lambda: actions.delete_note(mrid=note.mrid, by=office.clerk, at=LATER, actor="test"),
    ):
        with pytest.raises(actions.UnableToChangeNote) as refused:
            change()
        assert refused.value.code == "no-note"
    with pytest.raises(AccessDenied):
        queries.get_note(mrid=note.mrid, viewer=office.clerk)
    actions.undo_step(mrid=step, by=office.clerk, at=LATER, actor="test")
    assert texts(office) == [note.text]
    assert told() == ["NoteWritten", "NoteDeleted", "NoteRestored", "StepUndone"]


def test_the_same_note_on_several_accounts_is_one_step(office: Office) -> None:
    numbers = [office.account.number, office.other_account.number, "4228269999999", office.account.number]
    count, step = actions.write_notes(numbers=numbers, text="计划停电已告知", by=office.clerk, at=AT, actor="test")
    assert count == 2 and told() == ["NoteWritten", "NoteWritten"]
    kept = AccountNote.objects.get(account=office.account)
    actions.delete_note(mrid=kept.mrid, by=office.clerk, at=LATER, actor="test")
    actions.undo_step(mrid=step, by=office.clerk, at=LATER, actor="test")
    assert not AccountNote.objects.filter(deleted_at=None).exists()
    assert told().count("NoteDeleted") == 2  # the one deleted by hand is not deleted twice


@pytest.mark.parametrize("many", [0, 501])
def test_none_or_too_many_accounts_get_no_note(office: Office, many: int) -> None:
    with pytest.raises(actions.UnableToWriteNote) as refused:
        actions.write_notes(
            numbers=[office.account.number] * many, text="计划停电", by=office.clerk, at=AT, actor="test"
        )  # fmt: skip
    assert refused.value.code == "how-many"
    assert not AccountNote.objects.exists() and told() == []


def test_a_note_pressed_twice_is_written_once(office: Office) -> None:
    def press(text: str, at: datetime = AT) -> object:
        return actions.write_note(account=office.account, text=text, by=office.clerk, at=at, actor="test")

    first = press("客户来电")
    assert press("客户来电") == press("客户来电", AT + timedelta(seconds=5)) == first
    assert AccountNote.objects.count() == UndoableStep.objects.count() == len(told()) == 1
    assert press("客户又来电") != first and press("客户来电", LATER) != first
    assert AccountNote.objects.count() == 3


def test_a_note_on_many_accounts_pressed_twice_is_written_once(office: Office) -> None:
    numbers = [office.account.number, office.other_account.number]
    facts = {"text": "停电通知", "by": office.clerk, "at": AT, "actor": "test"}
    first = actions.write_notes(numbers=numbers, **facts)
    assert actions.write_notes(numbers=numbers, **facts) == first and AccountNote.objects.count() == 2
    assert actions.write_notes(numbers=numbers[:1], **facts)[1] != first[1]


def test_a_change_of_a_note_pressed_twice_is_one_step(office: Office) -> None:
    note = write(office)
    facts = {"mrid": note.mrid, "text": "改过", "by": office.clerk, "at": AT, "actor": "test"}
    assert actions.edit_note(**facts) == actions.edit_note(**facts)
    assert UndoableStep.objects.filter(kind="NOTE_EDITED").count() == 1
