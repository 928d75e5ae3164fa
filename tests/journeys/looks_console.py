"""
The pages of the staff console that are looked at, one row a page, and the work on the desks that they show.

`role` is who looks; `path` may name things of the work in braces; `prepare` does what a person would before looking.
What a picture shows is fixed: figures are drawn as zeros and marks of charts are left out, unless `is_fixed` says that
nothing on the page depends on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.utils import timezone

from gridhall.core.periods import Month, local_midnight
from gridhall.core.tests.threads import run_aside
from tests import company as made
from tests import snapshots
from tests.interfaces.examples import make_finding, make_import

if TYPE_CHECKING:
    from playwright.sync_api import Page

CURVE_DAY = date(2025, 6, 11)
SPIKE = slice(40, 44)
NUMBER = made.CUSTOMERS[0].number
SERIAL = f"22110{NUMBER[-8:]}"
CODE = "hubei-residential"


@dataclass(frozen=True, slots=True)
class DeskLook:
    """One page of the console to look at."""

    name: str
    path: str
    role: str | None
    prepare: Callable[[Page], None] | None = None
    is_fixed: bool = False


def _press(*keys: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")

    return prepare


def _find_in_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("tiandashan")
    page.wait_for_selector("#gh-palette-list .gh-customer")


def _open(summary: str) -> Callable[[Page], None]:
    return lambda page: page.click(f"{summary} >> nth=0")


def _send(button: str, **typed: str) -> Callable[[Page], None]:
    """Fill a form in and send it."""

    def prepare(page: Page) -> None:
        for name, value in typed.items():
            page.fill(f"main [name={name}]", value)
        with page.expect_navigation():
            page.click(f"main {button} >> nth=0")

    return prepare


def _send_file(page: Page) -> None:
    content = "手机号,姓名,邮箱,岗位,状态\n13700009811,陈工,,营业厅,\n13700009812,李工,nothing,营业厅;没有的岗位,\n"
    page.set_input_files("main [type=file]", {"name": "员工.csv", "mimeType": "text/csv", "buffer": content.encode()})
    with page.expect_navigation():
        page.click("main form button[type=submit] >> nth=0")


PICTURED = (
    DeskLook("desk", "/console/", "MANAGER"),
    DeskLook("accounts", "/console/accounts/", "CLERK"),
    DeskLook("account", f"/console/accounts/{NUMBER}/", "CLERK"),
    DeskLook("run", "/console/bills/runs/{run}/", "BILLING"),
    DeskLook("finding", "/console/findings/{curve}/", "METERING", is_fixed=True),
    DeskLook("tariff-compare", "/console/tariffs/{tariff}/compare/", "TARIFF"),
)
DESK_PAGES = (
    *PICTURED,
    DeskLook("sign-in", "/console/sign-in/", None),
    DeskLook("desk-clerk", "/console/", "CLERK"),
    DeskLook("desk-administrator", "/console/", "ADMINISTRATOR"),
    DeskLook("palette", "/console/", "CLERK", _find_in_palette),
    DeskLook("search", "/console/search/?q=tds", "CLERK"),
    DeskLook("search-nothing", "/console/search/?q=qqqq", "CLERK"),
    DeskLook("keyboard", "/console/keyboard/", "MANAGER"),
    DeskLook("keys-of-page", "/console/findings/", "METERING", _press("?")),
    DeskLook("accounts-columns", "/console/accounts/", "CLERK", _open(".gh-drop summary")),
    DeskLook("account-bills", f"/console/accounts/{NUMBER}/?tab=bills", "CLERK"),
    DeskLook("account-supply", f"/console/accounts/{NUMBER}/?tab=supply", "CLERK"),
    DeskLook("account-people", f"/console/accounts/{NUMBER}/?tab=people", "CLERK"),
    DeskLook("account-timeline", f"/console/accounts/{NUMBER}/?tab=timeline", "CLERK"),
    DeskLook("account-unmask", f"/console/accounts/{NUMBER}/", "CLERK", _open("#main .gh-under summary")),
    DeskLook("note-edit", "/console/notes/{note}/", "CLERK"),
    DeskLook("runs", "/console/bills/", "BILLING"),
    DeskLook("exceptions", "/console/bills/exceptions/", "BILLING_APPROVER"),
    DeskLook("run-comparison", "/console/bills/runs/{run}/comparison/", "BILLING"),
    DeskLook("sample", "/console/bills/runs/{run}/sample/", "BILLING_APPROVER"),
    DeskLook("run-cancel", "/console/bills/runs/{run}/cancel/", "BILLING"),
    DeskLook("bill-review", "/console/bills/{bill}/", "BILLING_APPROVER"),
    DeskLook("bill-cancel", "/console/bills/{issued}/cancel/", "BILLING"),
    DeskLook("rebill", "/console/bills/rebill/", "BILLING"),
    DeskLook("rebill-difference", f"/console/bills/rebill/?account={NUMBER}&first={{month}}", "BILLING"),
    DeskLook("close", "/console/bills/close/", "BILLING"),
    DeskLook("tariffs", "/console/tariffs/", "TARIFF"),
    DeskLook("tariff", "/console/tariffs/{tariff}/", "TARIFF"),
    DeskLook("tariff-text", "/console/tariffs/{tariff}/?tab=text", "TARIFF"),
    DeskLook("tariff-history", "/console/tariffs/{tariff}/?tab=history", "TARIFF"),
    DeskLook("tariff-effect", "/console/tariffs/{tariff}/effect/", "TARIFF"),
    DeskLook("tariff-approve", "/console/tariffs/{tariff}/approve/", "TARIFF_APPROVER"),
    DeskLook("tariff-upload", "/console/tariffs/upload/", "TARIFF"),
    DeskLook("tariff-wrong", "/console/tariffs/upload/", "TARIFF", _send("button[value=check]", text="tariff: 1")),
    DeskLook("findings", "/console/findings/", "METERING"),
    DeskLook("read-files", "/console/read-files/", "METERING"),
    DeskLook("read-file", "/console/read-files/{file}/", "METERING"),
    DeskLook("exchanges", "/console/meters/", "METERING"),
    DeskLook("exchange-write", "/console/meters/exchange/", "METERING"),
    DeskLook("meter", f"/console/meters/{SERIAL}/", "METERING"),
    DeskLook("balance", "/console/balance/", "METERING"),
    DeskLook("balance-feeder", "/console/balance/feeders/F1/", "METERING"),
    DeskLook("staff", "/console/staff/", "ADMINISTRATOR"),
    DeskLook("staff-member", "/console/staff/{member}/", "ADMINISTRATOR"),
    DeskLook("staff-new", "/console/staff/new/", "ADMINISTRATOR"),
    DeskLook("staff-import", "/console/staff/import/", "ADMINISTRATOR"),
    DeskLook("staff-preview", "/console/staff/import/", "ADMINISTRATOR", _send_file),
    DeskLook("sessions", "/console/sessions/", "ADMINISTRATOR"),
    DeskLook("audit", "/console/audit/", "AUDITOR"),
)  # fmt: skip
LATE = tuple(look for look in DESK_PAGES if look in PICTURED or look.name in ("runs", "findings", "tariffs", "search"))


def make_desk_work() -> Iterator[dict[str, Any]]:
    """Do a day's work on every desk; gives what the paths name, and afterwards puts everything back."""
    with snapshots.open_own() as own:
        kept = snapshots.keep(own, "kept_for_desks")
        try:
            (work,) = run_aside(_work)
            assert work is not None, "The work on the desks failed; the thread says why."
            yield work
        finally:
            kept.restore(own)
            snapshots.forget(own, kept)


def _work() -> dict[str, Any]:
    from gridhall.apps.identity.models import User
    from gridhall.apps.metering.models import ValidationFinding

    at = timezone.now()
    users = {role: User.objects.get(phone=phone) for role, phone in made.STAFF_PHONES.items()}
    ValidationFinding.objects.all().delete()
    work = _bill(at, users) | {"tariff": _try_tariff(at, users), "note": _note(at, users["CLERK"])}
    work |= {"file": make_import().pk, "curve": _make_curve(), "member": users["CLERK"].mrid}
    make_finding()
    return work


def _bill(at: Any, users: dict[str, Any]) -> dict[str, Any]:
    """Take the bills of the last month back and draft them again, with two things to look at and a sample."""
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.actions import runs
    from gridhall.apps.billing.models import Bill, BillException

    month = Month.of(timezone.localdate(at)).previous()
    for bill in Bill.objects.filter(is_current=True, first_day=month.first_day):
        actions.cancel_bill(bill=bill, reason="底数要核对", at=at, actor=str(users["BILLING"].mrid))
    run = runs.open_run(month=month, at=at, actor=str(users["BILLING"].mrid))
    run = runs.draft_run(run=run, at=at, actor=str(users["BILLING"].mrid), workers=1)
    bills = list(Bill.objects.filter(run=run).order_by("account__number"))
    BillException.objects.filter(run=run).delete()
    for bill in bills[:2]:
        BillException.objects.create(run=run, account=bill.account, bill=bill, kind="ZERO_USAGE", holds=False)
    actions.draw_sample(run=run, drawn_before=0, at=at, actor=str(users["BILLING_APPROVER"].mrid))
    issued = Bill.objects.filter(account=bills[0].account, status="ISSUED").order_by("-first_day").first()
    return {"run": run.mrid, "bill": bills[0].mrid, "issued": issued.mrid, "month": Month.of(issued.first_day)}  # type: ignore[union-attr]


def _try_tariff(at: Any, users: dict[str, Any]) -> int:
    from gridhall.apps.billing import actions as billing
    from gridhall.apps.tariffs import actions as tariffs

    actor = str(users["TARIFF"].mrid)
    text = (Path(settings.GRIDHALL_CATALOGUE) / "tariffs" / f"{CODE}.yaml").read_text(encoding="utf-8")
    text = text.replace("up_to: 2160, price: 0.558", "up_to: 2160, price: 0.578")
    document, _is_new = tariffs.load_tariff_text(content=text.encode(), file_name="new.yaml", at=at, actor=actor)
    month = Month.of(timezone.localdate(at)).previous().previous()
    trial = billing.ask_trial(
        document_id=document.pk, version_from=date(2013, 1, 1), month=month.first_day, at=at, actor=actor
    )
    billing.compute_trial(trial_id=trial.pk, attempt=trial.attempt, clock=timezone.now, actor="billing")
    return document.pk


def _note(at: Any, clerk: Any) -> Any:
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.workforce import actions
    from gridhall.apps.workforce.models import AccountNote

    AccountNote.objects.all().delete()
    account = CustomerAccount.objects.get(number=NUMBER)
    actions.write_note(account=account, text="客户说周六在家，来前打电话。", by=clerk, at=at, actor=str(clerk.mrid))
    return AccountNote.objects.get().mrid


def _make_curve() -> Any:
    """A meter that hangs nowhere, with a spike on a day that does not change: it looks the same every day."""
    from gridhall.apps.metering import actions, queries
    from gridhall.apps.metering.models import ValidationFinding

    at = timezone.now()
    meter = actions.register_meter(new=actions.NewMeter(serial_number="220000000017"), at=at, actor="tests")
    hours = np.arange(96) / 4
    usual = (90 + 60 * np.sin(hours / 24 * 2 * np.pi) + 180 * np.exp(-((hours - 19.5) ** 2) / 4)).astype(np.int32)
    nothing = np.zeros((1, 96), np.int32)
    for index in range(-7, 3):
        drawn = usual + (index % 3) * 12
        if index == 0:
            drawn[SPIKE] = 900
        queries.get_store().write_days(
            CURVE_DAY + timedelta(days=index), np.array([meter.series_id]), drawn[None], nothing, nothing,
            np.zeros((1, 96), np.uint8), known_at=at,
        )  # fmt: skip
    start = local_midnight(CURVE_DAY, ZoneInfo(settings.TIME_ZONE)) + timedelta(minutes=15 * SPIKE.start)
    return ValidationFinding.objects.create(
        meter=meter, rule="SPIKE", period_start_at=start, period_end_at=start + timedelta(hours=1), slots=4,
        measured_wh=3600, expected_wh=480, found_at=at,
    ).mrid  # fmt: skip
