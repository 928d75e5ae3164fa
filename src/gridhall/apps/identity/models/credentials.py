"""By what a user signs in besides phone and password."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from gridhall.apps.identity import kinds


class Passkey(models.Model):
    """A discoverable WebAuthn credential."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=40)
    is_backed_up = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class LinkedIdentity(models.Model):
    """A person at WeChat or Alipay who proved that this user's phone is his."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="linked_identities")
    provider = models.CharField(max_length=8, choices=kinds.SignInProviderKind)
    subject = models.CharField(max_length=128)
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="a_linked_person_is_one_user"),
            models.UniqueConstraint(fields=["provider", "user"], name="one_linked_person_a_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.user_id}"


class WorkIdentity(models.Model):
    """Somebody at the company's directory (OIDC) who is this member of staff; made once and never moved."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="work_identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="a_person_at_work_is_one_user"),
            models.UniqueConstraint(fields=["issuer", "user"], name="one_person_at_work_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.user_id}"


class Authenticator(models.Model):
    """A secret shared with an authenticator app (RFC 6238), encrypted at rest."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="authenticator")
    secret_encrypted = models.BinaryField()
    confirmed_at = models.DateTimeField()
    last_step = models.BigIntegerField(default=0)  # a code of this step or an earlier one was used

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """One of the codes that stand in for a lost second factor; shown once, kept as a keyed digest."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="a_recovery_code_is_given_once")]

    def __str__(self) -> str:
        return f"{self.user_id}"
