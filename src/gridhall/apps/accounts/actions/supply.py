"""Accounts, their usage points, and where these hang in the network."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q

from gridhall.apps.accounts.actions.locks import lock_account, lock_name
from gridhall.apps.accounts.events import (
    AccountClosed,
    AccountGrouped,
    AccountOpened,
    NetworkPathAssigned,
    UsagePointConnected,
)
from gridhall.apps.accounts.kinds import CustomerKind, UsagePointStatusKind, VoltageKind
from gridhall.apps.accounts.models import (
    AccountAlias,
    CustomerAccount,
    Feeder,
    Place,
    ServiceLocation,
    Transformer,
    UsagePoint,
)
from gridhall.apps.accounts.rules.terms import LOW_VOLTAGES
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.ids import is_customer_number


class UnableToOpenAccount(BusinessError):
    """No account was opened."""


class UnableToCloseAccount(BusinessError):
    """The account stays open."""


class UnableToConnectUsagePoint(BusinessError):
    """No usage point was connected."""


class UnableToAssignNetworkPath(BusinessError):
    """The usage point hangs where it hung."""


class UnableToGroupAccount(BusinessError):
    """The account is billed as before."""


@transaction.atomic
def open_account(
    *,
    number: str,
    kind: CustomerKind | str,
    name: str,
    opened_on: date,
    at: datetime,
    actor: str,
    industry_code: str = "",
) -> CustomerAccount:
    """
    Open an account under a customer number.

    :raises UnableToOpenAccount: if the number is none, is taken, or is an old number that leads to another account.
    """
    if not is_customer_number(number):
        raise UnableToOpenAccount("A customer number has 10 or 13 digits.", code="no-number")
    if kind not in CustomerKind.values:
        raise UnableToOpenAccount(f"A customer is one of {', '.join(CustomerKind.values)}.", code="unknown-kind")
    if not 0 < len(name.strip()) <= 120 or len(industry_code) > 8:
        raise UnableToOpenAccount("An account has a name of 1 to 120 characters.", code="no-name")
    lock_name(number)
    if AccountAlias.objects.filter(value=number).exists():
        raise UnableToOpenAccount("This is an old number that leads to another account.", code="old-number")
    try:
        with transaction.atomic():
            account = CustomerAccount.objects.create(
                number=number, kind=str(kind), name=name.strip(), opened_on=opened_on, industry_code=industry_code
            )
    except IntegrityError:
        raise UnableToOpenAccount("There is an account with this number.", code="number-taken") from None
    events.publish(AccountOpened(account_id=account.pk, number=number), actor=actor, at=at)
    return account


@transaction.atomic
def close_account(*, account: CustomerAccount, closed_on: date, at: datetime, actor: str) -> CustomerAccount:
    """
    Close a vacant account for good.

    :raises UnableToCloseAccount: if someone answers for it on that day or later, energy still flows, or it is closed.
    """
    account = lock_account(account)
    if account.closed_on is not None:
        raise UnableToCloseAccount(f"It was closed on {account.closed_on}.", code="already-closed")
    if closed_on < account.opened_on:
        raise UnableToCloseAccount(f"It was opened on {account.opened_on}.", code="before-opening")
    if account.agreements.filter(Q(ends_on=None) | Q(ends_on__gt=closed_on)).exists():
        raise UnableToCloseAccount("Someone answers for it on that day; end the agreement first.", code="not-vacant")
    if account.usage_points.filter(status=UsagePointStatusKind.CONNECTED).exists():
        raise UnableToCloseAccount("A usage point is connected; disconnect it first.", code="connected")
    account.closed_on = closed_on
    account.save(update_fields=["closed_on"])
    events.publish(AccountClosed(account_id=account.pk, closed_on=closed_on), actor=actor, at=at)
    return account


def _find_path_fault(voltage: str, transformer: Transformer | None, feeder: Feeder | None) -> str | None:
    if transformer is not None and feeder is not None:
        return "A usage point hangs at a transformer or straight at a feeder, not at both."
    if transformer is not None and voltage not in LOW_VOLTAGES:
        return "High voltage comes straight from a feeder."
    if feeder is not None and voltage in LOW_VOLTAGES:
        return "Low voltage comes from a transformer."
    return None


@transaction.atomic
def connect_usage_point(
    *,
    account: CustomerAccount,
    code: str,
    place: Place,
    address: str,
    voltage: VoltageKind | str,
    connected_on: date,
    at: datetime,
    actor: str,
    transformer: Transformer | None = None,
    feeder: Feeder | None = None,
    has_generation: bool = False,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
) -> UsagePoint:
    """
    Connect a point at which an account takes or gives energy.

    :raises UnableToConnectUsagePoint: if the code is taken, the account closed, or the path does not fit the voltage.
    """
    account = lock_account(account)
    if account.closed_on is not None or connected_on < account.opened_on:
        raise UnableToConnectUsagePoint("The account is not open on that day.", code="not-open")
    if not 0 < len(code) <= 32 or not 0 < len(address.strip()) <= 200 or voltage not in VoltageKind.values:
        raise UnableToConnectUsagePoint("It needs a code, an address and a known voltage.", code="form")
    fault = _find_path_fault(str(voltage), transformer, feeder)
    if fault:
        raise UnableToConnectUsagePoint(fault, code="path-does-not-fit")
    location = ServiceLocation.objects.filter(place=place, address=address.strip()).order_by("id").first()
    if location is None:
        location = ServiceLocation.objects.create(
            place=place, address=address.strip(), latitude=latitude, longitude=longitude
        )
    try:
        with transaction.atomic():
            point = UsagePoint.objects.create(
                code=code,
                account=account,
                service_location=location,
                transformer=transformer,
                feeder=feeder,
                voltage=str(voltage),
                has_generation=has_generation,
                connected_on=connected_on,
            )
    except IntegrityError:
        raise UnableToConnectUsagePoint("There is a usage point with this code.", code="code-taken") from None
    events.publish(UsagePointConnected(point.pk, account.pk, connected_on), actor=actor, at=at)
    return point


@transaction.atomic
def assign_network_path(
    *,
    usage_point: UsagePoint,
    at: datetime,
    actor: str,
    transformer: Transformer | None = None,
    feeder: Feeder | None = None,
) -> UsagePoint:
    """
    Hang a usage point at a transformer (low voltage) or straight at a feeder (high voltage).

    :raises UnableToAssignNetworkPath: if neither or both are given, or it does not fit the voltage.
    """
    point = UsagePoint.objects.select_for_update().get(pk=usage_point.pk)
    if transformer is None and feeder is None:
        raise UnableToAssignNetworkPath("Name a transformer or a feeder.", code="no-path")
    fault = _find_path_fault(point.voltage, transformer, feeder)
    if fault:
        raise UnableToAssignNetworkPath(fault, code="path-does-not-fit")
    old = (point.transformer_id, point.feeder_id)
    point.transformer, point.feeder = transformer, feeder
    if (point.transformer_id, point.feeder_id) == old:
        return point
    point.save(update_fields=["transformer", "feeder"])
    told = NetworkPathAssigned(point.pk, point.transformer_id, point.feeder_id, *old)
    events.publish(told, actor=actor, at=at)
    return point


@transaction.atomic
def group_account(*, account: CustomerAccount, head: CustomerAccount, at: datetime, actor: str) -> CustomerAccount:
    """
    Bill an account in the group of another.

    :raises UnableToGroupAccount: if either is closed, is the other, heads a group, or is in one: groups have one level.
    """
    if account.pk == head.pk:
        raise UnableToGroupAccount("An account is not in its own group.", code="itself")
    first, second = sorted([account, head], key=lambda row: row.pk)
    locked = {row.pk: row for row in (lock_account(first), lock_account(second))}
    account, head = locked[account.pk], locked[head.pk]
    if account.closed_on is not None or head.closed_on is not None:
        raise UnableToGroupAccount("One of the accounts is closed.", code="closed")
    if head.group_id is not None or account.members.exists():
        raise UnableToGroupAccount(
            "A group has one level: the head is in no group, a member heads none.", code="levels"
        )
    if account.group_id is not None:
        raise UnableToGroupAccount("It is in a group already; take it out first.", code="in-a-group")
    account.group = head
    account.save(update_fields=["group"])
    events.publish(AccountGrouped(account.pk, head.pk, None), actor=actor, at=at)
    return account


@transaction.atomic
def ungroup_account(*, account: CustomerAccount, at: datetime, actor: str) -> CustomerAccount:
    """
    Bill an account by itself again.

    :raises UnableToGroupAccount: if it is in no group.
    """
    account = lock_account(account)
    old = account.group_id
    if old is None:
        raise UnableToGroupAccount("It is in no group.", code="in-no-group")
    account.group = None
    account.save(update_fields=["group"])
    events.publish(AccountGrouped(account.pk, None, old), actor=actor, at=at)
    return account
