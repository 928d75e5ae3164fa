"""What a user may do with an account, and how he came to it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models.agreements import CustomerAccount


class AccountAccess(models.Model):
    """What a user may do with an account, from one day until another; every binding and every grant is one."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="accesses")
    role = models.CharField(max_length=8, choices=kinds.AccessRoleKind)
    scopes = ArrayField(models.CharField(max_length=16, choices=kinds.AccessScopeKind))
    method = models.CharField(max_length=16, choices=kinds.BindingMethodKind)
    tag = models.CharField(max_length=40, blank=True)  # home, parents, shop 2
    called = models.CharField(max_length=40, blank=True, db_default="")  # what the granter calls the user: mother
    is_main = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)  # in the user's own order
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="grants")
    made_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], condition=Q(revoked_at=None), name="one_open_access"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None, is_main=True), name="one_main_account_a_user"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(revoked_at=None, role="OWNER"), name="one_owner_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.account} {self.role}"


class BindingAttempt(models.Model):
    """One try to bind a customer number; wrong tries are counted so that nobody can guess."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="binding_attempts")
    number = models.CharField(max_length=32)
    method = models.CharField(max_length=16, choices=kinds.BindingMethodKind)
    address = models.CharField(max_length=45, blank=True, db_default="")  # of the network
    is_success = models.BooleanField()
    attempted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-attempted_at"], name="attempts_of_a_user"),
            models.Index(fields=["number", "-attempted_at"], name="attempts_at_a_number"),
            models.Index(fields=["address", "-attempted_at"], name="attempts_from_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.number}"


class BindingSlip(models.Model):
    """A code that staff hand out at the counter: with it one phone number binds one account, once."""

    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="binding_slips")
    code_digest = models.CharField(max_length=64, unique=True)
    phone = models.CharField(max_length=20)
    is_holder = models.BooleanField()  # his papers were seen: he is the account holder
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "phone"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="one_open_slip_an_account_and_phone",
            ),
            models.CheckConstraint(condition=Q(used_at=None) | Q(withdrawn_at=None), name="slip_used_or_withdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.phone}"


class AccessInvitation(models.Model):
    """Access that is offered to a phone number; it begins when whoever owns the phone accepts it."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="invitations")
    phone = models.CharField(max_length=20, db_index=True)
    called = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=8, choices=kinds.AccessRoleKind)
    scopes = ArrayField(models.CharField(max_length=16, choices=kinds.AccessScopeKind))
    ends_on = models.DateField(null=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, choices=kinds.InvitationAnswerKind, blank=True)
    access = models.ForeignKey(AccountAccess, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "phone"], condition=Q(answered_at=None), name="one_open_invitation_a_phone"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="invitation_answered_with_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.phone}"
