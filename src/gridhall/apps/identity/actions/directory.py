"""
Staff come in by the company's directory (OIDC): recognized by what it verified, with the roles that it names.

Somebody at an issuer belongs to one member of staff for good; a link is never moved. Roles are brought in line at each
sign-in, within the separation of duties, and only those that the settings leave to the directory.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.actions.roles import end_role, grant_role
from gridhall.apps.identity.actions.sessions import open_session
from gridhall.apps.identity.actions.throttling import UnableToSignIn
from gridhall.apps.identity.actions.users import create_user
from gridhall.apps.identity.events import StaffRoleRefused, WorkIdentityLinked
from gridhall.apps.identity.kinds import SecondFactorKind, SignInMethodKind, StaffRoleKind
from gridhall.apps.identity.models import User, WorkIdentity
from gridhall.core import events

logger = logging.getLogger(__name__)


def get_directory_policy() -> rules.DirectoryPolicy:
    """
    Give what the settings let the directory do.

    :raises UnableToSignIn: if they make no sense; what is wrong stands in the log.
    """
    names = ("role_claim", "roles", "link_by", "makes_users", "second_factors")
    told = {name: settings.GRIDHALL_OIDC[name] for name in names}
    try:
        return rules.make_policy(**told, known_roles=StaffRoleKind.values)
    except ValueError as error:
        logger.error("The settings of the directory make no sense: %s", error)
        raise UnableToSignIn("The settings of the directory make no sense.", code="directory-settings") from None


@transaction.atomic
def sign_in_by_directory(
    *, request: HttpRequest, issuer: str, subject: str, claims: Mapping[str, Any], policy: rules.DirectoryPolicy,
    at: datetime,
) -> tuple[User, tuple[tuple[str, str], ...]]:  # fmt: skip
    """
    Let a member of staff in whom the directory names; gives him, and the roles refused beside others.

    :raises UnableToSignIn: `unknown-at-work` if nobody here is he, `customer-at-work` if his phone is a customer's,
        `linked-at-work` if somebody else at the directory is he already, `closed` if he is suspended.
    """
    actor = f"oidc:{urlsplit(issuer).hostname or issuer}"[:150]
    user = _find_linked(issuer, subject, at=at)
    if user is None:
        user = _recognize(claims, policy) or _make(claims, policy, at=at, actor=actor)
        _link(user, issuer, subject, at=at, actor=actor)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not (user.is_active and user.is_staff):
        raise UnableToSignIn("This user is suspended; ask an administrator.", code="closed")
    refused = _bring_in_line(user, claims, policy, at=at, actor=actor)
    shown = SecondFactorKind.DIRECTORY.value if rules.has_directory_factor(claims, policy) else ""
    open_session(request, user, method=SignInMethodKind.OIDC, at=at, second_factor=shown)
    return user, refused


def _find_linked(issuer: str, subject: str, *, at: datetime) -> User | None:
    link = WorkIdentity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()
    if link is None:
        return None
    WorkIdentity.objects.filter(pk=link.pk).update(used_at=at)
    return link.user


def _recognize(claims: Mapping[str, Any], policy: rules.DirectoryPolicy) -> User | None:
    """Find who is meant among the staff by a claim that the directory verified; never a guess among several."""
    if policy.link_by == "phone" and (phone := rules.read_phone(claims)):
        return User.objects.filter(phone=phone, is_staff=True, erased_at=None).first()
    if policy.link_by == "email" and (email := rules.read_email(claims)):
        found = list(User.objects.filter(email__iexact=email, is_staff=True, erased_at=None)[:2])
        return found[0] if len(found) == 1 else None
    return None


def _make(claims: Mapping[str, Any], policy: rules.DirectoryPolicy, *, at: datetime, actor: str) -> User:
    phone = rules.read_phone(claims)
    if not policy.makes_users or phone is None or not rules.read_directory_roles(claims, policy):
        raise UnableToSignIn("The directory's user is not a member of staff here.", code="unknown-at-work")
    known = User.objects.filter(phone=phone).first()
    if known is not None and not known.is_staff:
        raise UnableToSignIn("His phone number is that of a customer.", code="customer-at-work")
    if known is not None:  # staff, but phone numbers are not what links
        raise UnableToSignIn("The directory's user is not linked here.", code="unknown-at-work")
    name = claims.get("name")
    shown = name.strip()[:120] if isinstance(name, str) else ""
    user = create_user(
        phone=phone, name=shown or phone, password=None, at=at, actor=actor, is_phone_verified=True, is_staff=True
    )
    if email := rules.read_email(claims):
        user.email = email
        user.save(update_fields=["email"])
    return user


def _link(user: User, issuer: str, subject: str, *, at: datetime, actor: str) -> None:
    if user.is_superuser:
        raise UnableToSignIn("A superuser signs in by himself.", code="unknown-at-work")
    try:
        with transaction.atomic():
            WorkIdentity.objects.create(user=user, issuer=issuer, subject=subject, linked_at=at, used_at=at)
    except IntegrityError:
        raise UnableToSignIn("Somebody else there is linked to him.", code="linked-at-work") from None
    events.publish(WorkIdentityLinked(user_id=user.pk, issuer=issuer), actor=actor, at=at)


def _bring_in_line(
    user: User, claims: Mapping[str, Any], policy: rules.DirectoryPolicy, *, at: datetime, actor: str
) -> tuple[tuple[str, str], ...]:
    """End and give the roles that the directory manages."""
    if not policy.role_map:
        return ()
    wanted = rules.read_directory_roles(claims, policy)
    steps = rules.plan_roles(queries.list_roles(user), wanted, set(policy.role_map.values()))
    for role in steps.ends:
        end_role(user=user, role=role, ended_by=None, at=at, actor=actor)
    for role in steps.grants:
        grant_role(user=user, role=role, granted_by=None, at=at, actor=actor)
    for role, beside in steps.refused:
        events.publish(StaffRoleRefused(user_id=user.pk, role=role, beside=beside), actor=actor, at=at)
    user.__dict__.pop("_roles", None)
    return steps.refused
