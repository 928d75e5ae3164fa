"""Saved views of lists belong to a person; what leaves the house through a list is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridhall.apps.identity.models import User
from gridhall.apps.workforce import actions, queries, rules
from gridhall.apps.workforce.models import SavedView
from gridhall.apps.workforce.tests.conftest import AT, Office
from gridhall.core.models import Event

PAGE = "console:account-list"


def save(by: User, name: str = "大用户", query: str = "kind=ENTERPRISE&sort=name", page: str = PAGE) -> SavedView:
    return actions.save_view(page=page, name=name, query=query, by=by, at=AT, actor="test")


def names(viewer: User, page: str = PAGE) -> list[str]:
    return [view.name for view in queries.list_views(page=page, viewer=viewer)]


def test_views_belong_to_a_person_and_a_page(office: Office) -> None:
    save(office.clerk, "  大   用户 ")
    save(office.clerk, "欠费", page="console:bill-list")
    save(office.second_clerk, "新装")
    assert names(office.clerk) == ["大 用户"] and names(office.clerk, "console:bill-list") == ["欠费"]
    assert names(office.second_clerk) == ["新装"] and names(office.customer) == []


def test_a_view_of_the_same_name_is_replaced(office: Office) -> None:
    save(office.clerk, query="kind=SHOP")
    kept = save(office.clerk, query="kind=RESIDENT")
    (view,) = queries.list_views(page=PAGE, viewer=office.clerk)
    assert (view.mrid, view.query) == (kept.mrid, "kind=RESIDENT")


@pytest.mark.parametrize(
    "name, query, code",
    [(" ", "", "no-name"), ("名" * 41, "", "no-name"), ("名" * 40, "q" * 1_001, "too-long")],
)
def test_a_view_that_does_not_fit_is_refused(office: Office, name: str, query: str, code: str) -> None:
    with pytest.raises(actions.UnableToSaveView) as refused:
        save(office.clerk, name, query)
    assert refused.value.code == code
    assert not SavedView.objects.exists() and not Event.objects.exists()


def test_customers_keep_no_views(office: Office) -> None:
    with pytest.raises(actions.UnableToSaveView) as refused:
        save(office.customer)
    assert refused.value.code == "not-staff" and not SavedView.objects.exists()


def test_a_person_keeps_so_many_views_of_a_page(office: Office) -> None:
    for number in range(rules.MOST_VIEWS):
        save(office.clerk, f"视图 {number}")
    with pytest.raises(actions.UnableToSaveView) as refused:
        save(office.clerk, "再来一个")
    assert refused.value.code == "too-many" and len(names(office.clerk)) == rules.MOST_VIEWS
    save(office.clerk, "视图 3", "kind=SHOP")  # replacing is no further one
    save(office.clerk, "另一页", page="console:bill-list")
    save(office.second_clerk, "另一人")


def test_a_deleted_view_comes_back(office: Office) -> None:
    view = save(office.clerk)
    assert actions.delete_view(mrid=view.mrid, by=office.second_clerk, at=AT, actor="test") is None
    page, step = actions.delete_view(mrid=view.mrid, by=office.clerk, at=AT, actor="test") or ("", None)
    assert page == PAGE and names(office.clerk) == []
    assert actions.delete_view(mrid=view.mrid, by=office.clerk, at=AT, actor="test") is None
    assert step is not None
    actions.undo_step(mrid=step, by=office.clerk, at=AT + timedelta(minutes=1), actor="test")
    (back,) = queries.list_views(page=PAGE, viewer=office.clerk)
    assert (back.name, back.query) == (view.name, view.query)


def test_a_view_does_not_come_back_over_a_new_one(office: Office) -> None:
    view = save(office.clerk, query="kind=SHOP")
    _page, step = actions.delete_view(mrid=view.mrid, by=office.clerk, at=AT, actor="test") or ("", view.mrid)
    save(office.clerk, query="kind=RESIDENT")
    with pytest.raises(actions.UnableToUndo) as refused:
        actions.undo_step(mrid=step, by=office.clerk, at=AT, actor="test")
    assert refused.value.code == "changed-meanwhile"
    assert [kept.query for kept in queries.list_views(page=PAGE, viewer=office.clerk)] == ["kind=RESIDENT"]


def test_an_export_is_told_without_what_it_held(office: Office) -> None:
    actions.tell_export(page=PAGE, rows=17, format="csv", query="q=" + "x" * 900, at=AT, actor=str(office.clerk.mrid))
    event = Event.objects.get(kind="ListExported")
    assert (event.payload["rows"], event.payload["format"], len(event.payload["query"])) == (17, "csv", 500)
    assert event.actor == str(office.clerk.mrid)
