"""Who may see which customer account."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind
from gridhall.apps.accounts.models import AccountAccess, AccountAlias, CustomerAccount, UsagePoint
from gridhall.apps.accounts.queries.denial import AccessDenied
from gridhall.apps.accounts.queries.duties import reads_customers, serves_customers
from gridhall.apps.accounts.rules import masking
from gridhall.core.fixed_queries import FixedQuery, ask_rows

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as its viewer sees it in a list: personal data masked."""

    account: CustomerAccount
    number: str
    name_masked: str
    tag: str
    kind: str
    is_main: bool
    role: str
    scopes: tuple[str, ...]
    address_masked: str
    place_names: tuple[str, ...]  # from the county down
    place_names_en: tuple[str, ...]
    access_mrid: uuid.UUID
    ends_on: date | None
    held_from: date | None = None  # first day of the agreement that held when the access began, where that was asked
    changes: int = 0  # what was told of the account so far (`gridhall.core.changes`), where that was asked

    @property
    def sight(self) -> Sight:
        """What a customer with this access may see, as `get_sight` says."""
        assert self.held_from is not None
        return Sight(self.scopes, self.held_from, self.ends_on)


@dataclass(frozen=True, slots=True)
class AccessView:
    """One access to an account, as those who manage it see it."""

    mrid: uuid.UUID
    user_name_masked: str
    phone_masked: str
    called: str
    role: str
    scopes: tuple[str, ...]
    method: str
    tag: str
    starts_on: date
    ends_on: date | None
    is_open: bool
    is_own: bool  # the viewer's
    may_change: bool  # by the viewer


def open_on(day: date) -> Q:
    """Give the condition that an access, an agreement or its terms holds on a day."""
    return Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day))


def _open_accesses(*, viewer: User | None, at: datetime) -> QuerySet[AccountAccess]:
    if viewer is None or not viewer.is_authenticated or not viewer.is_active:
        return AccountAccess.objects.none()
    return AccountAccess.objects.filter(open_on(timezone.localdate(at)), user_id=viewer.pk, revoked_at=None)


def find_account(number: str) -> CustomerAccount | None:
    """Find an account by its number, or by an old number or old-channel id that leads to exactly one."""
    account = CustomerAccount.objects.filter(number=number).first()
    if account is not None:
        return account
    found = {alias.account_id: alias.account for alias in _aliases(number)}
    return next(iter(found.values())) if len(found) == 1 else None


def _aliases(value: str) -> QuerySet[AccountAlias]:
    return AccountAlias.objects.filter(value=value).select_related("account")[:5]


def get_account(
    *, number: str, viewer: User | None, at: datetime, scope: AccessScopeKind | str | None = None
) -> CustomerAccount:
    """
    Give the account of a customer number, or of an old number that leads to it.

    :param scope: what the viewer is about to do; without it any open access will do.
    :raises AccessDenied: if there is none, or the viewer is not staff and has no open access with the scope.
    """
    account = find_account(number)
    if account is None or not is_allowed(account=account, viewer=viewer, at=at, scope=scope):
        raise AccessDenied
    return account


def is_allowed(
    *, account: CustomerAccount, viewer: User | None, at: datetime, scope: AccessScopeKind | str | None = None
) -> bool:
    """Tell whether the viewer may do something with an account now."""
    if reads_customers(viewer):
        return True
    accesses = _open_accesses(viewer=viewer, at=at).filter(account_id=account.pk)
    if scope is not None:
        accesses = accesses.filter(scopes__contains=[str(scope)])
    return accesses.exists()


def get_access(*, account: CustomerAccount, viewer: User | None, at: datetime) -> AccountAccess | None:
    """Give the viewer's own open access to an account, if he has one."""
    return _open_accesses(viewer=viewer, at=at).filter(account_id=account.pk).first()


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may do with an account (None: everything), and the days [first, end) he may look at."""

    scopes: tuple[str, ...] | None
    first_day: date
    end_day: date | None


_SIGHT = """
SELECT scopes, starts_on, ends_on,
       (SELECT held.starts_on FROM accounts_customeragreement held
         WHERE held.account_id = access.account_id AND held.starts_on <= access.starts_on
           AND (held.ends_on IS NULL OR held.ends_on > access.starts_on)
         ORDER BY held.starts_on LIMIT 1)
  FROM accounts_accountaccess access
 WHERE account_id = %s AND user_id = %s AND revoked_at IS NULL
   AND starts_on <= %s AND (ends_on IS NULL OR ends_on > %s)
 ORDER BY id LIMIT 1
"""


def get_sight(*, account: CustomerAccount, viewer: User | None, at: datetime) -> Sight:
    """
    Give what the viewer may see of an account.

    A customer sees the days of the agreement that held when his access began and of those after it, never what an
    earlier holder used or paid. Staff see all.

    :raises AccessDenied: without an open access.
    """
    if reads_customers(viewer):
        return Sight(None, date.min, None)
    if viewer is None or not viewer.is_authenticated or not viewer.is_active:
        raise AccessDenied
    day = timezone.localdate(at)
    found = ask_rows(_SIGHT, [account.pk, viewer.pk, day, day])
    if not found:
        raise AccessDenied
    scopes, starts_on, ends_on, held_from = found[0]
    return Sight(tuple(scopes), held_from or starts_on, ends_on)


def get_visible_days(
    *, account: CustomerAccount, viewer: User | None, at: datetime, scope: AccessScopeKind | str | None = None
) -> tuple[date, date | None]:
    """
    Give the days [first, end) of an account that the viewer may look at, as `get_sight` says.

    :param scope: what the viewer is about to do; without it any open access will do.
    :raises AccessDenied: without an open access that has the scope.
    """
    sight = get_sight(account=account, viewer=viewer, at=at)
    if scope is not None and sight.scopes is not None and str(scope) not in sight.scopes:
        raise AccessDenied
    return sight.first_day, sight.end_day


def list_accounts(*, viewer: User | None, at: datetime, with_places: bool = True) -> list[AccountView]:
    """
    List the accounts that the viewer has an open access to: the main one first, then in his own order, then by number.

    :param with_places: whether to say where they are; that takes one question more.
    """
    if not with_places:
        return [_as_view(access, with_places=False) for access in _read_open_accesses(viewer=viewer, at=at)]
    points = UsagePoint.objects.select_related("service_location__place__parent__parent").order_by("id")
    accesses = (
        _open_accesses(viewer=viewer, at=at)
        .select_related("account")
        .order_by("-is_main", "position", "account__number")
    )
    accesses = accesses.prefetch_related(Prefetch("account__usage_points", queryset=points))
    return [_as_view(access, with_places=True) for access in accesses]


def get_account_view(*, access_mrid: uuid.UUID, viewer: User | None, at: datetime) -> AccountView:
    """
    Give one of the viewer's own accounts by the access through which he sees it.

    :raises AccessDenied: if it is not his, or has ended.
    """
    points = UsagePoint.objects.select_related("service_location__place__parent__parent").order_by("id")
    accesses = _open_accesses(viewer=viewer, at=at).filter(mrid=access_mrid).select_related("account")
    access = accesses.prefetch_related(Prefetch("account__usage_points", queryset=points)).first()
    if access is None:
        raise AccessDenied
    return _as_view(access, with_places=True)


@cache
def _accesses_of_user() -> FixedQuery:
    return FixedQuery(
        AccountAccess,
        CustomerAccount,
        tail="FROM accounts_accountaccess JOIN accounts_customeraccount"
        " ON accounts_customeraccount.id = accounts_accountaccess.account_id"
        " WHERE user_id = %s AND revoked_at IS NULL AND starts_on <= %s AND (ends_on IS NULL OR ends_on > %s)"
        " ORDER BY is_main DESC, position, accounts_customeraccount.number",
        more=[
            "(SELECT held.starts_on FROM accounts_customeragreement held"
            " WHERE held.account_id = accounts_customeraccount.id"
            " AND held.starts_on <= accounts_accountaccess.starts_on"
            " AND (held.ends_on IS NULL OR held.ends_on > accounts_accountaccess.starts_on)"
            " ORDER BY held.starts_on LIMIT 1)",
            "(SELECT count(*) FROM core_event WHERE scope = accounts_customeraccount.id)",
        ],
    )


def _read_open_accesses(*, viewer: User | None, at: datetime) -> list[AccountAccess]:
    """As `_open_accesses`, with their accounts: asked in every request of a customer."""
    if viewer is None or not viewer.is_authenticated or not viewer.is_active:
        return []
    day = timezone.localdate(at)
    found = []
    for access, account, held_from, changes in _accesses_of_user().ask([viewer.pk, day, day]):
        access.account, access.held_from, access.changes = account, held_from or access.starts_on, changes
        found.append(access)
    return found


def _as_view(access: AccountAccess, *, with_places: bool) -> AccountView:
    account = access.account
    points = list(account.usage_points.all()) if with_places else []
    location = points[0].service_location if points else None
    names, names_en = place_names(location.place if location else None)
    return AccountView(
        account=account,
        number=account.number,
        name_masked=masking.mask_name(account.name),
        tag=access.tag,
        kind=account.kind,
        is_main=access.is_main,
        role=access.role,
        scopes=tuple(access.scopes),
        address_masked=masking.mask_address(location.address) if location else "",
        place_names=names,
        place_names_en=names_en,
        access_mrid=access.mrid,
        ends_on=access.ends_on,
        held_from=getattr(access, "held_from", None),
        changes=getattr(access, "changes", 0),
    )


def place_names(place: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the names of a place and of those around it, the widest first, in Chinese and in English."""
    names: list[str] = []
    names_en: list[str] = []
    while place is not None:
        names.insert(0, place.name)  # type: ignore[attr-defined]
        names_en.insert(0, place.name_en or place.name)  # type: ignore[attr-defined]
        place = place.parent  # type: ignore[attr-defined]
    return tuple(names), tuple(names_en)


def list_accesses(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[AccessView]:
    """
    List who else may see an account; ended ones are not shown.

    :raises AccessDenied: if the viewer is neither staff nor may manage the account.
    """
    if not is_allowed(account=account, viewer=viewer, at=at, scope=AccessScopeKind.MANAGE):
        raise AccessDenied
    day = timezone.localdate(at)
    rows = list(AccountAccess.objects.filter(account_id=account.pk, revoked_at=None).select_related("user"))
    own = (row for row in rows if viewer is not None and row.user_id == viewer.pk and viewer.is_active)
    held = next((row for row in own if row.starts_on <= day and (row.ends_on is None or day < row.ends_on)), None)
    order = {role: position for position, role in enumerate(AccessRoleKind.values)}
    views = [
        AccessView(
            mrid=row.mrid,
            user_name_masked=masking.mask_name(row.user.name),
            phone_masked=masking.mask_phone(row.user.phone),
            called=row.called,
            role=row.role,
            scopes=tuple(row.scopes),
            method=row.method,
            tag=row.tag,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            is_open=row.starts_on <= day and (row.ends_on is None or day < row.ends_on),
            is_own=viewer is not None and row.user_id == viewer.pk,
            may_change=may_change(row, by=viewer, held=held),
        )
        for row in rows
        if row.ends_on is None or day < row.ends_on
    ]
    return sorted(views, key=lambda view: (order[view.role], view.starts_on, str(view.mrid)))


def may_change(access: AccountAccess, *, by: User | None, held: AccountAccess | None) -> bool:
    """
    Tell whether a user may change or end the access of another.

    The account holder may with any but his own; others who manage with those they handed on; staff with any.

    :param held: the user's own open access to the same account.
    """
    if serves_customers(by):
        return True
    if by is None or held is None or access.role == AccessRoleKind.OWNER or access.user_id == by.pk:
        return False
    if AccessScopeKind.MANAGE not in held.scopes:
        return False
    return held.role == AccessRoleKind.OWNER or access.granted_by_id == by.pk
