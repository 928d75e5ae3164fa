"""
The double-entry ledger: accounts, entries, postings. Debit is positive.

Entries and postings are never changed or deleted; a correction is a new entry that reverses an old one. The database
itself refuses an entry that does not balance, whoever writes it.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing import kinds
from gridhall.apps.billing.models import triggers


class LedgerAccount(models.Model):
    """
    One account of the ledger: a receivable a customer account, and the company's own accounts, one a kind.

    `balance` is carried by a trigger on postings for receivables, so that a balance is one indexed read. The company's
    accounts take part in every entry; theirs is summed when asked for, so that writers do not wait for each other.
    """

    kind = models.CharField(max_length=24, choices=kinds.LedgerAccountKind)
    customer = models.ForeignKey(CustomerAccount, models.PROTECT, null=True, related_name="ledger_accounts")
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(kind="RECEIVABLE"), name="one_receivable_a_customer"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=~Q(kind="RECEIVABLE"), name="one_company_account_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="RECEIVABLE", customer__isnull=False) | (~Q(kind="RECEIVABLE") & Q(customer=None)),
                name="receivable_has_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id or ''}"


class JournalEntry(models.Model):
    """One movement of money, balanced. The idempotency key is stored with it: the same movement is never made twice."""

    idempotency_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=kinds.EntryKind)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    bill = models.ForeignKey(
        "billing.Bill", models.PROTECT, null=True, related_name="entries", db_index=False, db_constraint=False
    )
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by", db_index=False)
    memo = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="entry_made_once"),
            models.UniqueConstraint(fields=["reverses"], condition=~Q(reverses=None), name="entry_reversed_once"),
            models.CheckConstraint(
                condition=Q(kind="REVERSAL", reverses__isnull=False) | (~Q(kind="REVERSAL") & Q(reverses=None)),
                name="reversal_names_its_entry",
            ),
            models.CheckConstraint(condition=Q(reverses=None) | ~Q(reverses=F("id")), name="reverses_another"),
        ]
        triggers = [
            *triggers.must_exist("bill", name="entry"),
            triggers.entry_balances_at_commit(),
            pgtrigger.Protect(name="entry_is_kept", operation=pgtrigger.Delete | pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class Posting(models.Model):
    """One side of an entry."""

    pk = models.CompositePrimaryKey("entry_id", "position")
    entry = models.ForeignKey(
        JournalEntry, models.PROTECT, related_name="postings", db_index=False, db_constraint=False
    )
    position = models.SmallIntegerField()  # from 1
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="postings", db_index=False, db_constraint=False
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        indexes = [models.Index(fields=["account", "entry"], include=["amount"], name="postings_of_account")]
        constraints = [models.CheckConstraint(condition=Q(position__gte=1), name="postings_count_from_one")]
        triggers = [
            triggers.postings_come_in_one_statement(),
            pgtrigger.Protect(name="posting_is_kept", operation=pgtrigger.Delete | pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.position}"
