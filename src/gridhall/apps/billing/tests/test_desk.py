"""The billing desk: work that the queue does, the sample, approval by a second person, comparison."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from gridhall.apps.billing import actions, queries, tasks
from gridhall.apps.billing.actions import checking, runs
from gridhall.apps.billing.models import Bill, BillRun, BillRunWork
from gridhall.apps.billing.rules.sampling import draw
from gridhall.apps.billing.tests import world
from gridhall.apps.identity import actions as identity
from gridhall.core.models import Event
from gridhall.core.periods import Month

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)


@pytest.fixture
def manager(db: Any) -> Any:
    made: dict[str, Any] = {"at": world.AT, "actor": "tests"}
    user = identity.create_staff(phone="13700000001", name="赵工", password="a quiet valley at night", **made)
    identity.grant_role(user=user, role="MANAGER", granted_by=None, **made)
    return user


def ask(month: Month = JANUARY, actor: str = "ann") -> BillRun:
    return actions.ask_for_run(month=month, cycle="MONTHLY", at=world.AT, actor=actor)


def work(run: BillRun) -> BillRun:
    actions.work_on_run(work_id=run.works.get(ended_at=None).pk, at=world.AT, workers=1)
    run.refresh_from_db()
    return run


def check_all(run: BillRun, actor: str = "bob") -> None:
    actions.draw_sample(run=run, drawn_before=0, at=world.AT, actor=actor)
    for check in run.checks.all():
        actions.check_bill(check=check, outcome="RIGHT", remark="", at=world.AT, actor=actor)


def test_run_is_computed_and_issued_by_the_queue(company: list[Any], manager: Any) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    progress = queries.get_run_progress(run=run, viewer=manager)
    assert (progress.work, progress.done, progress.chunks, progress.asked_by) == ("DRAFT", 0, 1, "ann")
    assert ProcrastinateJob.objects.get(task_name=actions.WORK_TASK).args == {"work_id": run.works.get().pk}
    assert work(run).status == "DRAFTED"
    assert queries.get_run_progress(run=run, viewer=manager).share == 1
    check_all(run)
    actions.approve_checked_run(run=run, at=world.AT, actor="bob")
    actions.ask_for_issue(run=run, at=world.AT, actor="bob")
    tasks.work_on_run(work_id=run.works.get(ended_at=None).pk)
    run.refresh_from_db()
    assert (run.status, run.issued_by) == ("ISSUED", "bob")
    detail = queries.get_run_detail(mrid=run.mrid, viewer=manager)
    assert (detail.totals.issued, detail.sample.right, detail.progress.refusal) == (6, 6, "")
    assert detail.totals.amount == sum(Bill.objects.values_list("amount", flat=True))
    assert actions.ask_for_issue(run=run, at=world.AT, actor="bob") is None


def test_work_asked_for_twice_is_done_once(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    first = run.works.get()
    assert actions.ask_for_draft(run=run, at=world.AT, actor="ann") == first
    assert ProcrastinateJob.objects.filter(task_name=actions.WORK_TASK).count() == 1
    work(run)
    actions.work_on_run(work_id=first.pk, at=world.AT)  # the same job once more
    assert Bill.objects.count() == 6
    with pytest.raises(actions.UnableToDraftRun):
        actions.ask_for_draft(run=run, at=world.AT, actor="ann")


def test_killed_work_goes_on_where_it_was(company: list[Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(runs, "ACCOUNTS_A_CHUNK", 2)
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    actions.runs.draft_chunk(chunk=run.chunks.get(position=0), at=world.AT)  # then the worker was killed
    assert work(run).status == "DRAFTED"
    assert Bill.objects.count() == 6
    assert set(run.chunks.values_list("bills", flat=True)) == {2}


def test_work_whose_job_is_gone_can_be_asked_for_again(company: list[Any], manager: Any) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    ProcrastinateJob.objects.filter(task_name=actions.WORK_TASK)._raw_delete("default")
    again = actions.ask_for_draft(run=run, at=world.LATE, actor="cid")
    assert BillRunWork.objects.exclude(pk=again.pk).get().refusal == "lost"
    assert work(run).status == "DRAFTED"


def test_refusal_of_the_work_is_kept_for_who_asked(company: list[Any], manager: Any) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    actions.cancel_run(run=run, at=world.AT, actor="ann")
    work(run)
    assert queries.get_run_progress(run=run, viewer=manager).refusal == "not-open"
    assert not Bill.objects.exists()


def test_fault_in_the_work_is_kept_and_raised(company: list[Any], manager: Any, monkeypatch: Any) -> None:
    run = ask()

    def fail(**_asked: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("gridhall.apps.billing.actions.working.draft_run", fail)
    with pytest.raises(OSError, match="disk"):
        work(run)
    assert queries.get_run_progress(run=run, viewer=manager).refusal == "failed"


def test_sample_of_a_large_run_comes_from_some_of_its_chunks(
    company: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    monkeypatch.setattr(runs, "ACCOUNTS_A_CHUNK", 2)
    monkeypatch.setattr(checking, "MOST_POOL", 2)
    monkeypatch.setattr(checking, "POOL_CHUNKS", 1)
    run = work(ask())
    assert run.chunks.count() == 3
    drawn: list[int] = []
    while len(drawn) < 6:  # in the end every draft was drawn, each once
        more = actions.draw_sample(run=run, drawn_before=len(drawn), at=world.AT, actor="bob")
        assert 0 < more <= 3
        drawn = list(run.checks.order_by("position").values_list("bill_id", flat=True))
        assert len(set(drawn)) == len(drawn)
    with pytest.raises(actions.UnableToDrawSample):
        actions.draw_sample(run=run, drawn_before=6, at=world.AT, actor="bob")


def test_approval_needs_a_second_person_and_a_checked_sample(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = work(ask())
    approve: dict[str, Any] = {"run": run, "at": world.AT}

    def refused(actor: str) -> str:
        with pytest.raises(actions.UnableToApproveRun) as refusal:
            actions.approve_checked_run(**approve, actor=actor)
        run.refresh_from_db()
        assert run.status == "DRAFTED"
        return refusal.value.code

    assert refused("ann") == "same-person"
    assert refused("bob") == "no-sample"
    assert actions.draw_sample(run=run, drawn_before=0, at=world.AT, actor="bob") == 6
    assert actions.draw_sample(run=run, drawn_before=0, at=world.AT, actor="bob") == 0  # the second click
    assert refused("bob") == "sample-open"
    first, *others = run.checks.order_by("position")
    told: dict[str, Any] = {"at": world.AT, "actor": "bob"}
    with pytest.raises(actions.UnableToCheckBill, match="someone else"):
        actions.check_bill(check=first, outcome="RIGHT", remark="", at=world.AT, actor="ann")
    with pytest.raises(actions.UnableToCheckBill, match="not right"):
        actions.check_bill(check=first, outcome="WRONG", remark=" ", **told)
    with pytest.raises(actions.UnableToCheckBill):
        actions.check_bill(check=first, outcome="OPEN", remark="", **told)
    for check in others:
        actions.check_bill(check=check, outcome="RIGHT", remark="", **told)
    for _twice in range(2):
        actions.check_bill(check=first, outcome="WRONG", remark="表号对不上", **told)
    assert Event.objects.filter(kind="BillChecked", payload__outcome="WRONG").count() == 1
    assert refused("bob") == "sample-wrong"
    actions.hold_bill(bill=first.bill, reason="表号对不上", **told)
    assert refused("ann") == "same-person"
    assert actions.approve_checked_run(**approve, actor="bob").status == "APPROVED"
    with pytest.raises(actions.UnableToCheckBill):
        actions.check_bill(check=first, outcome="RIGHT", remark="", **told)
    with pytest.raises(actions.UnableToDrawSample):
        actions.draw_sample(run=run, drawn_before=6, at=world.AT, actor="bob")


def test_who_lets_a_bill_go_has_prepared_the_run(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = work(ask())
    check_all(run, actor="cid")
    bill = actions.hold_bill(bill=Bill.objects.earliest("id"), reason="a look", at=world.AT, actor="ann")
    actions.release_bill(bill=bill, at=world.AT, actor="bob", as_is=True)
    with pytest.raises(actions.UnableToApproveRun, match="someone else"):
        actions.approve_checked_run(run=run, at=world.AT, actor="bob")
    actions.approve_checked_run(run=run, at=world.AT, actor="cid")
    with pytest.raises(actions.UnableToIssueRun, match="someone else"):
        actions.ask_for_issue(run=run, at=world.AT, actor="bob")


def test_run_is_set_beside_the_month_before(company: list[Any], manager: Any) -> None:
    reads = world.make_reads(JANUARY, 6)
    world.store_month(JANUARY, reads)
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    february = np.ascontiguousarray(reads[:, :28])
    february[0] *= 4
    world.store_month(FEBRUARY, february)
    run = work(ask(FEBRUARY))
    compared = queries.compare_run(run=run, viewer=manager)
    assert compared.before == JANUARY
    assert {(one.tariff, one.bills, one.bills_before) for one in compared.sums} == {("home", 4, 4), ("shop", 2, 2)}
    now = Bill.objects.filter(run=run)
    assert sum(one.amount for one in compared.sums) == sum(bill.charge_total for bill in now)
    before = Bill.objects.exclude(run=run)
    assert sum(one.amount_before for one in compared.sums) == sum(bill.charge_total for bill in before)
    assert compared.changes[0].account_number == company[0].number
    assert compared.changes[0].change > Decimal(100)
    assert sum(compared.counts) == 6 and compared.counts[-1] == 1
    assert compared.unmatched == 0


def test_adjustments_are_set_beside_what_they_replace(company: list[Any], manager: Any) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    world.store_month(JANUARY, np.full((1, 31, 96), 900, np.int32))
    changes = list(actions.preview_rebill(account_ids=[company[0].pk], first=JANUARY, with_lines=True))
    (change,) = changes
    assert sum(line.difference for line in change.lines) == change.difference == sum(c[3] for c in change.causes)
    run, _changes = actions.rebill(account_ids=[company[0].pk], first=JANUARY, at=world.AT, actor="ann")
    assert run is not None
    compared = queries.compare_run(run=run, viewer=manager)
    assert compared.before is None
    ((mrid, difference),) = [(one.mrid, one.change) for one in compared.changes]
    bill = Bill.objects.get(mrid=mrid)
    assert difference == bill.amount == change.difference
    assert queries.find_waiting_run(account_id=company[0].pk, kind="REBILL", viewer=manager) == run


def test_exceptions_are_counted_by_kind(company: list[Any], manager: Any) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 4))  # two meters without reads
    run = work(ask())
    (missing,) = queries.count_exceptions(run=run, viewer=manager)
    assert (missing.kind, missing.open, missing.holding, missing.settled) == ("MISSING_READS", 2, 2, 0)
    rows, total = queries.list_exception_rows(run=run, viewer=manager, kind="MISSING_READS")
    assert (len(rows), total, rows[0].status) == (2, 2, "HELD")
    bill = Bill.objects.get(mrid=rows[0].bill_mrid)
    actions.release_bill(bill=bill, at=world.AT, actor="ann", as_is=True)
    assert queries.list_exception_rows(run=run, viewer=manager, state="settled")[0][0].by == "ann"
    assert queries.list_exception_rows(run=run, viewer=manager, state="holding")[1] == 1


def test_bill_stands_beside_its_readings(company: list[Any], manager: Any) -> None:
    reads = world.make_reads(JANUARY, 6)
    world.store_month(JANUARY, reads)
    work(ask())
    bill = Bill.objects.get(account=company[0])
    sheet = queries.get_bill_beside_reads(mrid=bill.mrid, viewer=manager)
    assert sum(day.energy_kwh or 0 for day in sheet.days) == sheet.energy_kwh == Decimal(int(reads[0].sum())) / 1000
    assert [(serial, times, missing) for serial, times, _kwh, missing in sheet.meters] == [("M000000000", 1, 0)]
    assert sheet.before is None and sheet.check is None


def test_closing_is_told_before_it_is_done(company: list[Any]) -> None:
    from datetime import date

    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    told: dict[str, Any] = {"account": company[0], "ends_on": date(2026, 1, 20), "at": world.AT, "actor": "ann"}
    preview = actions.preview_closing(**told)
    assert not BillRun.objects.exists() and not Event.objects.filter(kind="AgreementEnded").exists()
    run = actions.close_agreement(**told)
    assert preview.amount == sum(Bill.objects.filter(run=run).values_list("amount", flat=True))


def test_nobody_but_staff_sees_the_desk(company: list[Any], django_user_model: Any) -> None:
    stranger = django_user_model.objects.create_user(phone="13900000099")
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = ask()
    for refused in (
        lambda: queries.find_run(mrid=run.mrid, viewer=stranger),
        lambda: queries.list_run_rows(viewer=stranger),
        lambda: queries.compare_run(run=run, viewer=stranger),
        lambda: queries.count_exceptions(run=run, viewer=stranger),
        lambda: queries.list_checks(run=run, viewer=stranger),
    ):
        with pytest.raises(queries.AccessDenied):
            refused()


@given(st.integers(0, 200), st.integers(0, 40), st.text(max_size=8))
def test_draw_gives_each_at_most_once_and_the_same_again(bills: int, count: int, seed: str) -> None:
    ids = np.arange(10, 10 + bills)
    weights = np.linspace(1, 9, bills)
    drawn = draw(ids, weights, count, seed=seed)
    assert len(drawn) == len(set(drawn)) == min(bills, count)
    assert drawn == draw(ids, weights, count, seed=seed)


def test_draw_favors_the_heavy() -> None:
    weights = np.array([1.0] * 50 + [20.0] * 50)
    drawn = [one for turn in range(200) for one in draw(np.arange(100), weights, 10, seed=str(turn))]
    assert 0.85 < np.mean(np.array(drawn) >= 50) < 1
