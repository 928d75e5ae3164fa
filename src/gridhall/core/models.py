"""What core keeps: events, once written never changed."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Event(models.Model):
    """
    Something that happened, told by an action in its own transaction.

    The row is the audit trail and the queue at once: `delivered_at` is empty until every handler has been told.
    """

    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    actor = models.CharField(max_length=150)
    happened_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    scope = models.BigIntegerField(null=True)
    """Whose pages it changes: an account's, 0 for the whole company's, empty for nobody's (see `changes`)."""

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="core_event_undelivered"),
            models.Index(fields=["scope"], condition=models.Q(scope__isnull=False), name="core_event_scope"),
            # The audit trail is read in the order of time, by kind and by who did it (trail.py).
            models.Index(fields=["happened_at", "id"], name="core_event_in_time"),
            models.Index(fields=["kind", "happened_at", "id"], name="core_event_of_a_kind"),
            models.Index(fields=["actor", "happened_at", "id"], name="core_event_by_actor"),
        ]
        triggers = [
            pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="event_immutable",
                operation=pgtrigger.UpdateOf("kind", "payload", "actor", "happened_at", "scope"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
