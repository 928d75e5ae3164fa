"""The sites of a group of accounts: what each used and cost in a month, beside the month before; page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.access import AccessDenied, check_access
from gridhall.apps.billing.queries.agreed import find_agreed
from gridhall.apps.billing.queries.bills import view_of
from gridhall.apps.billing.queries.views import BillView
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh

ORDERS = ("amount", "energy", "change", "number")
PAGE = 20
HISTORY = 12
NAMED = ("SHOP", "ENTERPRISE")
"""Kinds of customer whose name is that of a business: who answers for the group reads it whole."""


@dataclass(frozen=True, slots=True)
class Site:
    """
    One account of a group in a month; amounts in yuan.

    :param amount: what its bills of the month ask for, adjustments included; as the group's sum adds them up.
    :param last_amount, last_kwh: the month before, None where there was no bill.
    """

    number: str
    name: str
    kind: str
    is_head: bool
    bills: int
    energy_kwh: Decimal
    amount: Decimal
    last_kwh: Decimal | None
    last_amount: Decimal | None

    @property
    def change_percent(self) -> Decimal | None:
        """How much more was used than in the month before."""
        if not self.last_kwh or not self.bills:
            return None
        return (self.energy_kwh - self.last_kwh) * 100 / self.last_kwh


@dataclass(frozen=True, slots=True)
class SitePage:
    """
    A page of the ranking, and the sums over all sites, whatever is shown or searched for.

    :param found: sites that the search finds. :param billed: sites that have a bill in the month.
    :param most: the largest value of the ranking among all sites, for the bars.
    """

    month: Month
    sites: list[Site]
    page: int
    pages: int
    found: int
    total_sites: int
    billed: int
    energy_kwh: Decimal
    amount: Decimal
    last_kwh: Decimal
    last_amount: Decimal
    balance: Decimal
    most_kwh: Decimal
    most_amount: Decimal


@dataclass(frozen=True, slots=True)
class SiteDetail:
    """One site: its last bills, newest first."""

    number: str
    name: str
    kind: str
    is_head: bool
    bills: list[BillView]


_SITES = """
WITH site AS (
    SELECT a.id, a.number, a.name, a.kind, a.id = %(head)s AS is_head,
           coalesce((SELECT c.tag FROM accounts_accountaccess c WHERE c.account_id = a.id AND c.user_id = %(viewer)s
                        AND c.revoked_at IS NULL AND c.starts_on <= %(today)s
                        AND (c.ends_on IS NULL OR c.ends_on > %(today)s) LIMIT 1), '') AS tag
      FROM accounts_customeraccount a WHERE a.id = %(head)s OR a.group_id = %(head)s
), told AS (
    SELECT b.account_id, (b.first_day >= %(first)s)::int AS is_now, count(*) AS bills,
           coalesce(sum(b.energy_wh) FILTER (WHERE b.is_current), 0) AS wh, sum(b.amount) AS amount
      FROM billing_bill b
     WHERE b.account_id IN (SELECT id FROM site) AND b.issued_at IS NOT NULL AND b.status <> 'CANCELED'
       AND b.first_day >= greatest(%(before)s::date, %(since)s::date) AND b.first_day < least(%(end)s, %(until)s::date)
     GROUP BY 1, 2
), sums AS (
    SELECT s.*, coalesce(n.bills, 0) AS bills, coalesce(n.wh, 0) AS wh, coalesce(n.amount, 0) AS amount,
           l.wh AS last_wh, l.amount AS last_amount,
           CASE WHEN l.wh > 0 AND n.bills > 0 THEN (n.wh - l.wh)::numeric / l.wh END AS change
      FROM site s LEFT JOIN told n ON n.account_id = s.id AND n.is_now = 1
      LEFT JOIN told l ON l.account_id = s.id AND l.is_now = 0
), whole AS (
    SELECT count(*) AS sites, count(*) FILTER (WHERE bills > 0) AS billed, sum(wh) AS wh, sum(amount) AS amount,
           coalesce(sum(last_wh), 0) AS last_wh, coalesce(sum(last_amount), 0) AS last_amount,
           max(wh) AS most_wh, max(amount) AS most_amount,
           (SELECT coalesce(-sum(balance), 0) FROM billing_ledgeraccount
             WHERE kind = 'RECEIVABLE' AND customer_id IN (SELECT id FROM site)) AS balance
      FROM sums
), hit AS (
    SELECT * FROM sums WHERE %(find)s = '' OR number LIKE %(like)s OR tag ILIKE %(like)s
        OR name ILIKE %(like)s AND kind = ANY(%(named)s)
)
SELECT w.*, (SELECT count(*) FROM hit), h.number, h.name, h.tag, h.kind, h.is_head, h.bills, h.wh, h.amount, h.last_wh,
       h.last_amount
  FROM whole w LEFT JOIN (SELECT * FROM hit ORDER BY {order}, number LIMIT %(size)s OFFSET %(skip)s) h ON true
 ORDER BY {outer}, h.number
"""
_ORDERS = {
    "amount": "amount DESC",
    "energy": "wh DESC",
    "change": "change DESC NULLS LAST",
    "number": "is_head DESC",
}


def list_sites(
    *,
    account: CustomerAccount,
    viewer: Any,
    month: Month,
    at: datetime,
    order: str = "amount",
    find: str = "",
    page: int = 1,
) -> SitePage:
    """
    List the sites of the group that an account heads, itself included: one statement whatever their number.

    The sums are those of `get_group_statement`, to the fen.

    :raises AccessDenied: for a viewer who may not see the bills of the head account.
    """
    since, until = check_access(account=account, viewer=viewer, at=at)
    order = order if order in _ORDERS else "amount"
    params: dict[str, Any] = {
        "head": account.pk,
        "first": month.first_day,
        "before": month.previous().first_day,
        "end": month.next().first_day,
        "since": since,
        "until": until or date.max,
        "viewer": getattr(viewer, "pk", None),
        "today": timezone.localdate(at),
        "named": list(NAMED),
        "find": find,
        "like": f"%{_escape(find)}%",
        "size": PAGE,
        "skip": 0,
    }
    rows = _ask(order, params | {"skip": (max(page, 1) - 1) * PAGE})
    found = int(rows[0][9])
    pages = max(-(-found // PAGE), 1)
    if page > pages:
        rows, page = _ask(order, params | {"skip": (pages - 1) * PAGE}), pages
    whole = rows[0]
    return SitePage(
        month=month,
        sites=[_site(row[10:]) for row in rows if row[10] is not None],
        page=max(page, 1),
        pages=pages,
        found=found,
        total_sites=whole[0],
        billed=whole[1],
        energy_kwh=kwh_from_wh(whole[2]),
        amount=whole[3],
        last_kwh=kwh_from_wh(whole[4]),
        last_amount=whole[5],
        most_kwh=kwh_from_wh(whole[6]),
        most_amount=whole[7],
        balance=whole[8],
    )


def _ask(order: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    outer = ", ".join(f"h.{part.strip()}" for part in _ORDERS[order].split(","))
    with connection.cursor() as cursor:
        cursor.execute(_SITES.format(order=_ORDERS[order], outer=outer), params)
        return cursor.fetchall()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def show_name(name: str, kind: str, tag: str = "") -> str:
    """
    Give the name of a site for who answers for the group: as the viewer calls it, else a business whole.

    >>> show_name("唐崖小吃店", "SHOP"), show_name("田大山", "RESIDENT"), show_name("田大山", "EV", "车位")
    ('唐崖小吃店', '田**', '车位')
    """
    return tag or (name if kind in NAMED else masking.mask_name(name))


def _site(row: tuple[Any, ...]) -> Site:
    number, name, tag, kind, is_head, bills, wh, amount, last_wh, last_amount = row
    return Site(
        number=number,
        name=show_name(name, kind, tag),
        kind=kind,
        is_head=is_head,
        bills=bills,
        energy_kwh=kwh_from_wh(wh),
        amount=amount,
        last_kwh=None if last_wh is None else kwh_from_wh(last_wh),
        last_amount=last_amount,
    )


def get_latest_group_month(*, account: CustomerAccount, viewer: Any, at: datetime) -> Month | None:
    """
    Give the last month for which a site of the group has an issued bill; None if there is none, or it is no group.

    :raises AccessDenied: for a viewer who may not see the bills of the head account.
    """
    since, until = check_access(account=account, viewer=viewer, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(b.first_day) FROM accounts_customeraccount a JOIN billing_bill b ON b.account_id = a.id"
            " WHERE (a.group_id = %(head)s OR a.id = %(head)s AND EXISTS (SELECT 1 FROM accounts_customeraccount m"
            "        WHERE m.group_id = %(head)s))"
            "   AND b.issued_at IS NOT NULL AND b.first_day >= %(since)s AND b.first_day < %(until)s",
            {"head": account.pk, "since": since, "until": until or date.max},
        )
        (day,) = cursor.fetchone()
    return Month.of(day) if day else None


def heads_group(*, account: CustomerAccount, viewer: Any, at: datetime) -> bool:
    """Tell whether other accounts are billed with an account. :raises AccessDenied: for a viewer without access."""
    check_access(account=account, viewer=viewer, at=at)
    agreed = find_agreed(account, timezone.localdate(at))
    return agreed.heads_group if agreed else CustomerAccount.objects.filter(group_id=account.pk).exists()


def get_site(*, account: CustomerAccount, number: str, viewer: Any, at: datetime) -> SiteDetail:
    """
    Give one site of the group that an account heads.

    :raises AccessDenied: for a viewer who may not see the bills of the head account, and if it has no such site.
    """
    since, until = check_access(account=account, viewer=viewer, at=at)
    site = CustomerAccount.objects.filter(number=number).first()
    if site is None or account.pk not in (site.pk, site.group_id):
        raise AccessDenied
    rows = Bill.objects.filter(
        account_id=site.pk, issued_at__isnull=False, first_day__gte=since, first_day__lt=until or date.max
    ).exclude(status="CANCELED").select_related("run").order_by("-first_day", "-id")[:HISTORY]  # fmt: skip
    bills = []
    for bill in rows:
        bill.account = site
        bills.append(view_of(bill))
    return SiteDetail(site.number, show_name(site.name, site.kind), site.kind, site.pk == account.pk, bills)
