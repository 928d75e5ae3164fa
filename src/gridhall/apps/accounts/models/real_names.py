"""Who a user was shown to be, and the checks that showed it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models.parties import Party


class RealName(models.Model):
    """The person that a user was shown to be."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="real_name")
    party = models.ForeignKey(Party, models.PROTECT, related_name="real_names")
    level = models.CharField(max_length=8, choices=kinds.RealNameKind)
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__in=["DOCUMENT", "COUNTER"]), name="real_name_was_shown"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.level}"


class RealNameCheck(models.Model):
    """One check of a person by document and face: what was typed is encrypted, pictures are gone when it is over."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="real_name_checks")
    name = models.CharField(max_length=120)
    id_number_encrypted = models.BinaryField(null=True)  # until it is over
    consented_at = models.DateTimeField()  # to the processing of the face, for this check only
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    has_document = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=kinds.CheckStateKind, default=kinds.CheckStateKind.OPEN)
    reason = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=80, blank=True)  # as the checker knows it
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="OPEN"), name="one_open_check_a_user"),
            models.CheckConstraint(
                condition=Q(state="OPEN") | Q(id_number_encrypted=None), name="decided_check_keeps_no_number"
            ),
        ]
        indexes = [models.Index(fields=["user", "-started_at"], name="checks_of_a_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.state}"


class BusinessCheck(models.Model):
    """A user's claim to act for a company: the register's answer, and the letter until staff have read it."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="business_checks")
    name = models.CharField(max_length=120)
    credit_code = models.CharField(max_length=18)  # public (GB 32100)
    is_representative = models.BooleanField(default=False)  # the register names him as legal representative
    letter_type = models.CharField(max_length=20, blank=True)  # media type of the letter, while it is kept
    state = models.CharField(max_length=8, choices=kinds.CheckStateKind)
    reason = models.CharField(max_length=200, blank=True)
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="business_checks")
    ends_on = models.DateField(null=True)  # the authorization's last day is the one before
    reference = models.CharField(max_length=80, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "credit_code"],
                condition=Q(state__in=["WAITING", "PASSED"]),
                name="one_live_business_check_a_company",
            ),
            models.CheckConstraint(
                condition=~Q(state="PASSED") | Q(party__isnull=False), name="passed_business_has_a_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.credit_code} {self.state}"
