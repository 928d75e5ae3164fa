"""The lists of the billing desk: bill runs, and what to look at in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.accounts.queries import AccessDenied
from gridhall.apps.billing import actions
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.core.errors import BusinessError
from gridhall.interfaces.console import words, words_audit, words_billdesk
from gridhall.interfaces.console.holding import hold_bills
from gridhall.interfaces.console.lists import Asked, BulkAction, Column, Done, Filter, ListPage, Rows
from gridhall.interfaces.console.templatetags.console import moment
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word

READS_DESK = (Role.BILLING, Role.BILLING_APPROVER, Role.MANAGER, Role.AUDITOR)
PREPARES = (Role.BILLING,)
DECIDES = (Role.BILLING_APPROVER,)
WORKS_AT_DESK = (Role.BILLING, Role.BILLING_APPROVER)
RUNS_TO_CHOOSE = 12
HOLDS = {True: _("挂起"), False: _("提示")}


def _fetch_runs(asked: Asked) -> Rows:
    rows, total = billing.list_run_rows(
        viewer=asked.viewer, kind=asked.filters["kind"], status=asked.filters["status"], sort=asked.sort,
        descending=asked.descending, offset=asked.offset, limit=asked.limit,
    )  # fmt: skip
    return Rows(rows, total)


def _say(known: dict[str, Any]) -> Any:
    return lambda kind: str(get_word(known, kind))


def name_cycle(row: Any) -> str:
    """Give the name of a cycle in the language of the page."""
    return row.cycle if formats.is_chinese() else row.cycle_en or row.cycle


RUNS = ListPage(
    url="console:bill-run-list",
    name=_("出账"),
    columns=(
        Column(
            "month", _("月份"), lambda row: row.month, formats.month, sorts=True,
            address=lambda row: reverse("console:bill-run-detail", args=[row.mrid]),
        ),
        Column("kind", _("种类"), lambda row: row.kind, _say(words.RUNS)),
        Column("cycle", _("例日"), name_cycle, is_name=True),
        Column(
            "status", _("状态"), lambda row: row.status, _say(words.RUN_STATUSES),
            tone=lambda row: words.RUN_TONES[row.status],
        ),
        Column("bills", _("账单数"), lambda row: row.bills, lambda count: f"{count:,}", is_number=True),
        Column("found", _("要看的"), lambda row: row.to_look_at, lambda count: f"{count:,}", is_number=True),
        Column("progress", _("进度"), lambda row: f"{row.done}/{row.chunks}", is_number=True),
        Column("opened", _("开始时间"), lambda row: row.opened_at, moment, sorts=True),
        Column("opened_by", _("谁出账"), lambda row: words_audit.name_actor(row.opened_by), is_name=True),
        Column("approved_by", _("谁复核"), lambda row: words_audit.name_actor(row.approved_by), is_name=True),
        Column("issued", _("发行"), lambda row: row.issued_at, moment, is_shown=False),
    ),
    fetch=_fetch_runs,
    key=lambda row: str(row.mrid),
    filters=(
        Filter("kind", _("种类"), tuple(words.RUNS.items())),
        Filter("status", _("状态"), tuple(words.RUN_STATUSES.items())),
    ),
    sort="opened",
    starts_descending=True,
    empty=_("还没有出过账"),
)  # fmt: skip


def name_run(row: Any) -> str:
    """Give the name of a run: its month and kind."""
    return f"{formats.month(row.month)} {get_word(words.RUNS, str(row.kind))}"


def _fetch_exceptions(asked: Asked) -> Rows:
    chosen = asked.filters["run"]
    run = billing.find_run(mrid=UUID(chosen), viewer=asked.viewer) if chosen else None
    rows, total = billing.list_exception_rows(
        run=run, viewer=asked.viewer, kind=asked.filters["kind"], state=asked.filters["state"],
        offset=asked.offset, limit=asked.limit,
    )  # fmt: skip
    return Rows(rows, total)


@dataclass
class _Outcome:
    done: int = 0
    refused: str = ""

    def say(self, sentence: str) -> Done:
        """Say how many went well, and why the first of the others did not."""
        text = sentence % {"count": self.done}
        return Done(f"{text} {self.refused}" if self.refused else text)


def _each(request: HttpRequest, keys: list[str], do: Any) -> _Outcome:
    outcome = _Outcome()
    for bill in billing.list_bills_of_exceptions(keys=keys, viewer=request.user):
        try:
            do(bill)
        except BusinessError as refusal:
            outcome.refused = outcome.refused or words_billdesk.word(refusal)
        else:
            outcome.done += 1
    return outcome


def tell_who(request: Any) -> dict[str, Any]:
    """Give who acts and when, as actions ask for it."""
    return {"at": request.at, "actor": str(request.user.mrid)}


def _hold(request: HttpRequest, keys: list[str], text: str) -> Done:
    if len(text.strip()) < 2:
        return Done(gettext("请先写明挂起的原因。"))
    bills = billing.list_bills_of_exceptions(keys=keys, viewer=request.user)
    held, refused, undo = hold_bills(request, bills, text.strip())
    outcome = _Outcome(len(held), words_billdesk.word(refused[0][1]) if refused else "")
    return replace(outcome.say(gettext("挂起了 %(count)s 张。")), undo=undo)


def _release(request: HttpRequest, keys: list[str], _text: str) -> Done:
    found = _each(request, keys, lambda bill: actions.release_bill(bill=bill, **tell_who(request)))
    return found.say(gettext("重算并放行了 %(count)s 张。"))


def _review(row: Any) -> str:
    if row.bill_mrid is None:
        return reverse("console:account-detail", args=[row.account_number])
    return reverse("console:bill-review", args=[row.bill_mrid])


def make_exceptions(request: HttpRequest) -> ListPage:
    """Make the list of what to look at; its runs are those of now, and whichever was asked for."""
    rows, _total = billing.list_run_rows(viewer=request.user, limit=RUNS_TO_CHOOSE)
    runs = [(str(row.mrid), name_run(row)) for row in rows if row.status != "CANCELED"]
    chosen = request.GET.get("run", "")
    if chosen and chosen not in dict(runs):
        try:
            run = billing.find_run(mrid=UUID(chosen), viewer=request.user)
        except (ValueError, AccessDenied):
            run = None
        runs += [(chosen, name_run(run))] if run is not None else []
    return ListPage(
        url="console:bill-exception-list",
        name=_("要看的账单"),
        columns=(
            Column(
                "kind", _("什么问题"), lambda row: row.kind, _say(words_billdesk.EXCEPTIONS), address=_review
            ),
            Column("holds", _("挂起"), lambda row: row.holds, lambda holds: str(HOLDS[holds])),
            Column(
                "account", _("户号"), lambda row: row.account_number, formats.account_number,
                address=lambda row: reverse("console:account-detail", args=[row.account_number]),
            ),
            Column("name", _("户名"), lambda row: row.name_masked, is_name=True),
            Column("amount", _("金额"), lambda row: row.amount, formats.yuan, is_number=True),
            Column(
                "status", _("状态"), lambda row: row.status, _say(words.BILL_STATUSES),
                tone=lambda row: words_billdesk.STATUS_TONES.get(row.status, "plain"),
            ),
            Column("detail", _("说明"), lambda row: words_billdesk.word_detail(row.kind, row.detail), is_name=True),
            Column("by", _("谁"), lambda row: row.by, is_name=True),
            Column("number", _("账单号"), lambda row: row.bill_number, is_shown=False),
            Column("settled", _("处理时间"), lambda row: row.resolved_at, moment, is_shown=False),
        ),
        fetch=_fetch_exceptions,
        key=lambda row: row.key,
        filters=(
            Filter("run", _("批次"), tuple(runs)),
            Filter("kind", _("问题"), tuple(words_billdesk.EXCEPTIONS.items())),
            Filter("state", _("处理"), tuple(words_billdesk.STATES.items())),
        ),
        bulk_actions=(
            BulkAction("hold", _("先挂起"), _hold, icon="clock", asks=_("挂起的原因"), roles=WORKS_AT_DESK, keys="h"),
            BulkAction("release", _("重算放行"), _release, icon="check", roles=PREPARES, keys="r"),
        ),
        empty=_("没有要看的"),
    )  # fmt: skip
