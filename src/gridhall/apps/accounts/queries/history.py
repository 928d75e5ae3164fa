"""Who answered for an account on a day, on which terms, and where its supply comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import (
    AccountAlias,
    AgreementTerms,
    CustomerAccount,
    CustomerAgreement,
    CustomerTransformer,
    Feeder,
    Place,
    Transformer,
    UsagePoint,
)
from gridhall.apps.accounts.queries.access import AccessDenied, get_visible_days, is_allowed, open_on
from gridhall.apps.accounts.queries.duties import reads_customers

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class NetworkPath:
    """From the usage point up: transformer (low voltage only), feeder, substation; and the places around it."""

    usage_point: UsagePoint
    transformer: Transformer | None
    feeder: Feeder | None
    substation: str
    places: tuple[Place, ...]  # from the village up


def find_agreement(*, account: CustomerAccount, day: date) -> CustomerAgreement | None:
    """Give the agreement that holds on a day. For actions; interfaces ask `get_agreement`."""
    return CustomerAgreement.objects.filter(open_on(day), account_id=account.pk).select_related("party").first()


def find_terms(*, agreement: CustomerAgreement, day: date) -> AgreementTerms | None:
    """Give the terms of an agreement that hold on a day. For actions; interfaces ask `get_terms`."""
    return AgreementTerms.objects.filter(open_on(day), agreement_id=agreement.pk).first()


def get_agreement(
    *, account: CustomerAccount, day: date, viewer: User | None, at: datetime
) -> CustomerAgreement | None:
    """
    Give the agreement by which someone answered for an account on a day; None if nobody did.

    :raises AccessDenied: without access, or for a day that the viewer may not look at.
    """
    _check_day(account=account, day=day, viewer=viewer, at=at)
    return find_agreement(account=account, day=day)


def get_terms(*, account: CustomerAccount, day: date, viewer: User | None, at: datetime) -> AgreementTerms | None:
    """
    Give the terms in force on a day; None if the account was vacant.

    :raises AccessDenied: without access, or for a day that the viewer may not look at.
    """
    agreement = get_agreement(account=account, day=day, viewer=viewer, at=at)
    return find_terms(agreement=agreement, day=day) if agreement else None


def list_agreements(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[CustomerAgreement]:
    """
    List the agreements of an account, oldest first, that the viewer may know of, with party and terms.

    :raises AccessDenied: without access.
    """
    first, _ = get_visible_days(account=account, viewer=viewer, at=at)
    rows = account.agreements.select_related("party").prefetch_related("terms").order_by("starts_on")
    return list(rows.filter(starts_on__gte=first) if first != date.min else rows)


def list_usage_points(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[UsagePoint]:
    """
    List the usage points of an account, with where they are.

    :raises AccessDenied: without access.
    """
    if not is_allowed(account=account, viewer=viewer, at=at):
        raise AccessDenied
    points = account.usage_points.select_related("service_location__place__parent__parent", "transformer", "feeder")
    return list(points.order_by("code"))


def list_customer_transformers(
    *, usage_point: UsagePoint, viewer: User | None, at: datetime
) -> list[CustomerTransformer]:
    """
    List the transformers that the customer owns behind a usage point, those of the past too.

    :raises AccessDenied: without access to its account.
    """
    if not is_allowed(account=usage_point.account, viewer=viewer, at=at):
        raise AccessDenied
    return list(usage_point.customer_transformers.order_by("starts_on", "name"))


def list_aliases(*, account: CustomerAccount, viewer: User | None) -> list[AccountAlias]:
    """
    List the old numbers and old-channel ids that lead to an account.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    return list(account.aliases.order_by("kind", "source", "value"))


def list_group(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[CustomerAccount]:
    """
    List the accounts that are billed in the group of an account, by number.

    :raises AccessDenied: if the viewer may not see the bills of the account at the head.
    """
    if not is_allowed(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_BILLS):
        raise AccessDenied
    return list(account.members.order_by("number"))


def get_network_path(*, usage_point: UsagePoint, viewer: User | None, at: datetime) -> NetworkPath:
    """
    Give what feeds a usage point.

    :raises AccessDenied: without access to its account.
    """
    if not is_allowed(account=usage_point.account, viewer=viewer, at=at):
        raise AccessDenied
    transformer = usage_point.transformer
    feeder = transformer.feeder if transformer else usage_point.feeder
    places: list[Place] = []
    place: Place | None = usage_point.service_location.place
    while place is not None:
        places.append(place)
        place = place.parent
    return NetworkPath(usage_point, transformer, feeder, feeder.substation if feeder else "", tuple(places))


def _check_day(*, account: CustomerAccount, day: date, viewer: User | None, at: datetime) -> None:
    if reads_customers(viewer):
        return
    first, end = get_visible_days(account=account, viewer=viewer, at=at)
    if day < first or (end is not None and day >= end):
        raise AccessDenied
