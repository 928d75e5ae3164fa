"""What workforce keeps: notes, saved views, steps that can be undone."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts.kinds import UnmaskFieldKind, UnmaskReasonKind


class AccountNote(models.Model):
    """What a member of staff wrote down about an account. A deleted one is kept and not shown."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("accounts.CustomerAccount", models.PROTECT, related_name="notes")
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="account_notes")
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]
        indexes = [
            models.Index(fields=["account", "-written_at"], condition=Q(deleted_at=None), name="notes_of_an_account"),
            models.Index(fields=["-written_at", "-id"], condition=Q(deleted_at=None), name="notes_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.text[:40]}"


class Unmasking(models.Model):
    """That a member of staff sees personal data of an account's holder in full, from one moment until another."""

    account = models.ForeignKey("accounts.CustomerAccount", models.PROTECT, related_name="unmaskings")
    party = models.ForeignKey("accounts.Party", models.PROTECT, related_name="unmaskings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="unmaskings")
    fields = ArrayField(models.CharField(max_length=12, choices=UnmaskFieldKind))
    reason_kind = models.CharField(max_length=16, choices=UnmaskReasonKind)
    reason = models.CharField(max_length=200)
    shown_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("shown_at")), name="unmasking_ends_later")]
        indexes = [
            models.Index(fields=["user", "account", "-until"], name="unmaskings_of_a_person"),
            models.Index(fields=["user", "-shown_at"], name="unmaskings_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.account_id} {self.shown_at:%Y-%m-%d %H:%M}"


class SavedView(models.Model):
    """How a person likes to see a list: filters, sort and columns, as the address has them."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=80)  # the name of its address
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1_000, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="view_once_a_person")]

    def __str__(self) -> str:
        return f"{self.page} {self.name}"


class UndoableStep(models.Model):
    """Something a person did that can be taken back for a while."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="undoable_steps")
    kind = models.CharField(max_length=40)
    payload = models.JSONField()
    done_at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.done_at:%Y-%m-%d %H:%M}"
