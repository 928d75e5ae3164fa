"""Who people and organizations are, how to reach them, what they agreed to."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models.names import NamedInPinyin, joined_pinyin, name_in_pinyin


def new_party_code() -> str:
    """Give a party that comes from no other system a code of its own."""
    return str(uuid.uuid4())


class Party(NamedInPinyin):
    """A person or organization that can answer for an account."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=40, unique=True, default=new_party_code)  # as other systems know the party
    kind = models.CharField(max_length=12, choices=kinds.PartyKind)
    name = models.CharField(max_length=120)
    # Written by the database (name_in_pinyin): `zhang da shan` sorts, `zds` is typed.
    real_name_level = models.CharField(max_length=8, choices=kinds.RealNameKind, default=kinds.RealNameKind.NONE)
    # Encrypted at rest; the digest (keyed) finds a party again without decrypting.
    id_number_encrypted = models.BinaryField(null=True)
    id_number_digest = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        indexes = [
            # Parts of names and addresses are found by pairs of characters: migration 0007.
            models.Index(fields=["name"], name="party_name_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(joined_pinyin(), name="party_pinyin_begins"),
            models.Index(fields=["name_initials"], name="party_initials_begin"),
        ]
        triggers = [name_in_pinyin("party_name_in_pinyin")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One way to reach a party."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=8, choices=kinds.ContactKind)
    value = models.CharField(max_length=200)
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "kind", "value"], name="contact_once")]
        indexes = [models.Index(fields=["value"], name="contact_value", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Consent(models.Model):
    """What a party agreed to, when, and when it was taken back."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=24, choices=kinds.ConsentKind)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind"], condition=Q(withdrawn_at=None), name="one_open_consent_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")), name="consent_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"
