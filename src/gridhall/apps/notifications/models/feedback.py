"""What people tell us about pages."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gridhall.apps.notifications import kinds


class Feedback(models.Model):
    """
    A word about a page, from a user or from somebody who is not signed in.

    `source` is a keyed digest of the sender's address: it counts, and leads nowhere.
    """

    number = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=32)
    page = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=8, choices=kinds.FeedbackKind)
    rating = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)
    contact = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, blank=True)
    given_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)  # what was done about it, for staff
    reply = models.TextField(blank=True, db_default="")  # what the sender was told

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="feedback_one_to_five"
            ),
            models.CheckConstraint(condition=~Q(text="") | Q(rating__isnull=False), name="feedback_says_something"),
        ]
        indexes = [
            models.Index(fields=["source", "-given_at"], name="feedback_of_source"),
            models.Index(fields=["-given_at"], condition=Q(settled_at=None), name="open_feedback"),
            models.Index(fields=["-given_at", "-id"], name="feedback_newest_first"),
        ]

    def __str__(self) -> str:
        return self.number
