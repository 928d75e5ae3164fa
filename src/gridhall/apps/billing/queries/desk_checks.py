"""The sample of a run: which drafts were drawn, what was found; and one bill beside its readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import CheckOutcomeKind
from gridhall.apps.billing.models import Bill, BillCheck, BillRun
from gridhall.apps.billing.queries.access import find_bill
from gridhall.apps.billing.queries.bills import line_view, list_lines, view_of
from gridhall.apps.billing.queries.preparing import list_preparers
from gridhall.apps.billing.queries.views import BillView, LineView
from gridhall.apps.identity.queries import name_staff
from gridhall.apps.metering import queries as metering
from gridhall.core.units import kwh_from_wh


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A draft that was drawn; `remark` says what is not right."""

    mrid: UUID
    position: int
    drawn_for: str
    outcome: str
    remark: str
    checked_at: datetime | None
    checked_by: str
    bill_mrid: UUID
    bill_number: str
    bill_status: str
    amount: Decimal
    energy_kwh: Decimal
    account_number: str
    name_masked: str
    account_kind: str


@dataclass(frozen=True, slots=True)
class ReadDay:
    """What was read on a day of a bill, all meters together with their ratios; None where nothing was."""

    day: date
    energy_kwh: Decimal | None
    export_kwh: Decimal
    is_estimated: bool
    is_missing: bool


@dataclass(frozen=True)
class BillBesideReads:
    """
    A bill as the desk looks at it: lines, what they were computed from, the days that were read.

    :param before: the bill of the same agreement before it; of an adjustment the bill that it replaces.
    :param meters: serial number, ratio, kWh and missing quarter hours of each meter.
    :param check: where it was drawn for the sample.
    """

    bill_id: int
    bill: BillView
    run: BillRun
    run_status: str
    name_masked: str
    account_kind: str
    lines: list[LineView]
    days: list[ReadDay]
    meters: list[tuple[str, int, Decimal, int]]
    energy_kwh: Decimal
    export_kwh: Decimal
    measured_slots: int
    estimated_slots: int
    missing_slots: int
    before: BillView | None
    check: CheckRow | None
    is_preparer: bool
    has_adjustment: bool

    @property
    def change(self) -> Decimal | None:
        """What its days cost more than those of the bill before."""
        return None if self.before is None else self.bill.charge_total - self.before.charge_total


def list_checks(*, run: BillRun, viewer: Any) -> list[CheckRow]:
    """
    List the drafts of a run that were drawn, in the order of drawing.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    return _show(list(BillCheck.objects.filter(run=run).select_related("bill__account").order_by("position")))


def _show(rows: list[BillCheck]) -> list[CheckRow]:
    names = name_staff([row.checked_by for row in rows if row.checked_by])
    return [
        CheckRow(
            row.mrid, row.position, str(row.drawn_for), str(row.outcome), row.remark, row.checked_at,
            names.get(row.checked_by, ""), row.bill.mrid, row.bill.number, str(row.bill.status), row.bill.amount,
            kwh_from_wh(row.bill.energy_wh), row.bill.account.number, masking.mask_name(row.bill.account.name),
            str(row.bill.account.kind),
        )
        for row in rows
    ]  # fmt: skip


def find_check(*, mrid: UUID, viewer: Any) -> BillCheck:
    """Find a drawn draft by its bill. :raises AccessDenied: if it was not drawn, or to one who may not look."""
    accounts.check_reader(viewer)
    check = BillCheck.objects.select_related("run", "bill").filter(bill__mrid=mrid).first()
    if check is None:
        raise accounts.AccessDenied
    return check


def find_next_check(*, check: BillCheck) -> UUID | None:
    """Give the next bill of the sample that was not looked at, the first one again after the last; None if all were."""
    left = BillCheck.objects.filter(run_id=check.run_id, outcome=CheckOutcomeKind.OPEN).exclude(pk=check.pk)
    ordered = list(left.order_by("position").values_list("position", "bill__mrid"))
    after = next((mrid for position, mrid in ordered if position > check.position), None)
    return after or (ordered[0][1] if ordered else None)


def find_desk_bill(*, mrid: UUID, viewer: Any) -> Bill:
    """Find any bill for the desk. :raises AccessDenied: if there is none, or to one who may not look."""
    accounts.check_reader(viewer)
    return find_bill(mrid=mrid, viewer=viewer)


def get_bill_beside_reads(*, mrid: UUID, viewer: Any) -> BillBesideReads:
    """
    Give a bill with its lines and the readings of its days.

    :raises AccessDenied: if there is none, or the viewer's work is not with customers.
    """
    bill = find_desk_bill(mrid=mrid, viewer=viewer)
    days, meters = _read_days(bill)
    check = BillCheck.objects.filter(bill=bill).select_related("bill__account").first()
    later = Bill.objects.filter(replaces_id=bill.pk).exclude(status="CANCELED")
    return BillBesideReads(
        bill_id=bill.pk, bill=view_of(bill), run=bill.run, run_status=str(bill.run.status),
        name_masked=masking.mask_name(bill.account.name), account_kind=str(bill.account.kind),
        lines=[line_view(line) for line in list_lines((bill.pk,))],
        days=days, meters=meters, energy_kwh=kwh_from_wh(bill.energy_wh), export_kwh=kwh_from_wh(bill.export_wh),
        measured_slots=bill.measured_slots, estimated_slots=bill.estimated_slots, missing_slots=bill.missing_slots,
        before=_find_before(bill), check=_show([check])[0] if check is not None else None,
        is_preparer=str(viewer.mrid) in list_preparers(bill.run),
        has_adjustment=later.exists(),
    )  # fmt: skip


def _find_before(bill: Bill) -> BillView | None:
    others = Bill.objects.select_related("account", "run")
    if bill.replaces_id is not None:
        found = others.filter(pk=bill.replaces_id).first()
    else:
        found = (
            others.filter(account_id=bill.account_id, agreement_id=bill.agreement_id, is_current=True)
            .filter(first_day__lt=bill.first_day)
            .order_by("-first_day")
            .first()
        )
    return view_of(found) if found is not None else None


def _read_days(bill: Bill) -> tuple[list[ReadDay], list[tuple[str, int, Decimal, int]]]:
    first, end = bill.first_day, bill.end_day
    stretches = metering.list_stretches(account_ids=[bill.account_id], first_day=first, end_day=end)
    curve = metering.add_up(stretches, first_day=first, end_day=end)
    days = []
    for index in range((end - first).days):
        expected, missing = int(curve.expected[index].sum()), int(curve.missing[index].sum())
        is_read = expected > missing
        days.append(
            ReadDay(
                first + timedelta(days=index),
                kwh_from_wh(int(curve.import_wh[index].sum())) if is_read else None,
                kwh_from_wh(int(curve.export_wh[index].sum())),
                bool(curve.estimated[index].any()),
                missing > 0 or not expected,
            )
        )
    meters = []
    for stretch in stretches:
        begin, until = max(stretch.first_day, first), min(stretch.end_day, end)
        daily = metering.get_store().read_daily(stretch.series_id, begin, until)
        energy = kwh_from_wh(int(daily.import_wh.sum()) * stretch.multiplier)
        meters.append((stretch.meter_serial, stretch.multiplier, energy, int(daily.missing_slots.sum())))
    return days, meters


def get_last_issued_month(*, account_id: int, viewer: Any) -> date | None:
    """
    Give the first day of the last month of an account that was issued.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    standing = Bill.objects.filter(account_id=account_id, is_current=True, issued_at__isnull=False)
    return standing.aggregate(last=Max("first_day"))["last"]
