"""The list of accounts, as every desk list is declared."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.apps.workforce import queries as workforce
from gridhall.interfaces.console import words
from gridhall.interfaces.console.lists import Asked, BulkAction, Column, Done, Filter, ListPage, Rows
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word


def _fetch(asked: Asked) -> Rows:
    found = workforce.list_account_rows(
        viewer=asked.viewer, kind=asked.filters["kind"], state=asked.filters["state"], sort=asked.sort,
        descending=asked.descending, offset=asked.offset, limit=asked.limit,
    )  # fmt: skip
    return Rows(found.rows, found.total)


def _write_notes(request: HttpRequest, keys: list[str], text: str) -> Done:
    count, undo = workforce_actions.write_notes(
        numbers=keys,
        text=text,
        by=request.user,
        at=request.at,
        actor=str(request.user.mrid),  # type: ignore
    )
    return Done(gettext("已给 %(count)s 户写了备注。") % {"count": count}, undo)


ACCOUNTS = ListPage(
    url="console:account-list",
    name=_("客户"),
    columns=(
        Column(
            "number", _("户号"), lambda row: row.number, formats.account_number, sorts=True,
            address=lambda row: reverse("console:account-detail", args=[row.number]),
        ),
        Column("name", _("户名"), lambda row: row.name_masked, sorts=True, is_name=True),
        Column("kind", _("类别"), lambda row: row.kind, lambda kind: str(get_word(words.CUSTOMERS, kind))),
        Column("address", _("用电地址"), lambda row: row.address_masked, is_name=True),
        Column("points", _("计量点"), lambda row: row.points, is_number=True),
        Column("cycle", _("出账周期"), lambda row: row.cycle, is_shown=False),
        Column("opened", _("开户"), lambda row: row.opened_on, formats.day),
        Column("closed", _("销户日期"), lambda row: row.closed_on, formats.day, is_shown=False),
    ),
    fetch=_fetch,
    key=lambda row: row.number,
    filters=(
        Filter("kind", _("类别"), tuple(words.CUSTOMERS.items())),
        Filter("state", _("状态"), (("open", _("在用")), ("closed", _("已销户")))),
    ),
    bulk_actions=(
        BulkAction(
            "note", _("写备注"), _write_notes, icon="note", asks=_("备注内容"),
            roles=(Role.CLERK, Role.BILLING, Role.BILLING_APPROVER, Role.METERING, Role.MANAGER), keys="e",
        ),
    ),
    sort="number",
    empty=_("没有符合条件的客户"),
)  # fmt: skip
