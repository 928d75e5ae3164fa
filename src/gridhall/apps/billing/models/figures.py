"""What was measured ahead of time, so that a page need not."""

from __future__ import annotations

from django.db import models

from gridhall.apps.accounts.models import CustomerAccount


class MonthSoFar(models.Model):
    """
    The month under way of one account, as it was measured and priced; nothing stands here that cannot be made again.

    It holds only on `today` and as long as nothing was told of the account (`own`) or of all (`company`) since:
    both count events, see `gridhall.core.changes`.
    """

    account = models.OneToOneField(
        CustomerAccount, models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    today = models.DateField()
    company = models.BigIntegerField()
    own = models.BigIntegerField()
    facts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.account_id} on {self.today}"
