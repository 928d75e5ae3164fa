"""
WeChat and Alipay: somebody known there becomes a user here by proving a phone, never by what the vendor says of him.

A person at a vendor belongs to one user, a user to one person at each vendor. Neither is ever moved: it is unlinked by
its owner first. So nobody comes into another's account by linking.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from gridhall.apps.identity import queries
from gridhall.apps.identity.actions.codes import use_code
from gridhall.apps.identity.actions.sessions import find_or_make_user, open_session
from gridhall.apps.identity.actions.throttling import UnableToSignIn
from gridhall.apps.identity.events import IdentityLinked, IdentityUnlinked
from gridhall.apps.identity.kinds import CodePurposeKind, SignInMethodKind, SignInProviderKind
from gridhall.apps.identity.models import LinkedIdentity, User
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToLink(BusinessError):
    """Nothing was linked or unlinked: `not-proved`, `linked-elsewhere`, `other-linked`, `not-linked`."""


def sign_in_linked(*, request: HttpRequest, provider: str, subject: str, at: datetime) -> User:
    """
    Let the user in to whom this person at a vendor is linked.

    :raises UnableToSignIn: with `unknown-link` if he is linked to nobody, `closed` if the user is closed.
    """
    link = LinkedIdentity.objects.select_related("user").filter(provider=provider, subject=subject).first()
    if link is None:
        raise UnableToSignIn("Link it with your phone first.", code="unknown-link")
    if not link.user.is_active:
        raise UnableToSignIn("This user is closed; ask at the counter.", code="closed")
    with transaction.atomic():
        LinkedIdentity.objects.filter(pk=link.pk).update(used_at=at)
        open_session(request, link.user, method=SignInMethodKind(provider), at=at)
    return link.user


def link_by_code(
    *, request: HttpRequest, provider: str, subject: str, mrid: UUID | str, phone: str, code: str, at: datetime
) -> User:
    """
    Link a person at a vendor to the user of a phone that he proves by a code, and let him in.

    :raises UnableToUseCode: if the code does not serve.
    :raises UnableToSignIn: if the user of the phone is closed.
    :raises UnableToLink: if either is linked otherwise; the code is used up all the same.
    """
    use_code(mrid=mrid, phone=phone, purpose=CodePurposeKind.LINK, code=code, at=at)
    with transaction.atomic():
        user = find_or_make_user(phone, at=at)
        _link(user, provider, subject, at=at)
        open_session(request, user, method=SignInMethodKind(provider), at=at)
    return user


@transaction.atomic
def link_own(*, request: HttpRequest, provider: str, subject: str, at: datetime) -> None:
    """
    Link a person at a vendor to the signed-in user, who proved a moment ago who he is.

    :raises UnableToLink: if the proof is too old, or either is linked otherwise.
    """
    user = request.user
    if not isinstance(user, User) or not queries.is_proved(request, at=at):
        raise UnableToLink("Prove first that it is you.", code="not-proved")
    _link(user, provider, subject, at=at)


@transaction.atomic
def unlink(*, request: HttpRequest, provider: str, at: datetime) -> None:
    """
    Unlink the signed-in user's person at a vendor; he still gets in by a code to his phone.

    :raises UnableToLink: if the proof is too old, or nothing is linked.
    """
    user = request.user
    if not isinstance(user, User) or not queries.is_proved(request, at=at):
        raise UnableToLink("Prove first that it is you.", code="not-proved")
    gone, _rows = LinkedIdentity.objects.filter(user=user, provider=provider).delete()
    if not gone:
        raise UnableToLink("It is not linked.", code="not-linked")
    events.publish(IdentityUnlinked(user_id=user.pk, provider=provider), actor=str(user.mrid), at=at)


def _link(user: User, provider: str, subject: str, *, at: datetime) -> None:
    known = LinkedIdentity.objects.filter(provider=provider, subject=subject).first()
    if known is not None and known.user_id == user.pk:
        return
    if known is not None:
        raise UnableToLink(
            "It is linked with another user. Sign in there and unlink it first.", code="linked-elsewhere"
        )
    try:
        with transaction.atomic():
            LinkedIdentity.objects.create(
                user=user, provider=SignInProviderKind(provider), subject=subject, linked_at=at, used_at=at
            )
    except IntegrityError:
        raise UnableToLink(
            "Another one is linked with this phone. Sign in by the phone and unlink it first.", code="other-linked"
        ) from None
    events.publish(IdentityLinked(user_id=user.pk, provider=provider), actor=str(user.mrid), at=at)
