"""Database triggers of billing, each cheap enough for a COPY of tens of thousands of rows a second."""

from __future__ import annotations

import pgtrigger


class MustExist(pgtrigger.Trigger):
    """
    Check foreign keys once a statement over the transition table, instead of once a row.

    The rows they point at are never deleted (append-only or PROTECT), so nothing has to be watched from that side.
    """

    when = pgtrigger.After
    level = pgtrigger.Statement
    operation = pgtrigger.Insert
    referencing = pgtrigger.Referencing(new="new_rows")

    def __init__(self, *, name: str, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(name=name)

    def get_func(self, model: type) -> str:
        checks = []
        for name in self.fields:
            field = model._meta.get_field(name)  # type: ignore[attr-defined]
            target, column = field.related_model._meta, field.column
            checks.append(
                f'IF EXISTS (SELECT 1 FROM (SELECT DISTINCT "{column}" AS id FROM new_rows) AS n'
                f' LEFT JOIN "{target.db_table}" AS t ON t.id = n.id WHERE t.id IS NULL AND n.id IS NOT NULL) THEN'
                f" RAISE foreign_key_violation USING MESSAGE ="
                f" '{model._meta.db_table}.{column} points at a row of {target.db_table} that is not there';"  # type: ignore[attr-defined]
                f" END IF;"
            )
        return " ".join(checks) + " RETURN NULL;"


def must_exist(*fields: str, name: str) -> list[pgtrigger.Trigger]:
    """Give the trigger that checks these foreign keys of a model on insert."""
    return [MustExist(name=f"{name}_points_at_rows", fields=fields)]


def issued_bill_is_immutable() -> pgtrigger.Trigger:
    """Refuse to change what an issued bill says; only canceling and replacing it may touch the row."""
    return pgtrigger.Protect(
        name="issued_bill_is_immutable",
        operation=pgtrigger.UpdateOf(
            "number",
            "account_id",
            "agreement_id",
            "party_id",
            "kind",
            "first_day",
            "end_day",
            "energy_wh",
            "export_wh",
            "tier_wh",
            "charge_total",
            "amount",
            "due_on",
            "issued_at",
            "replaces_id",
        ),
        condition=pgtrigger.Q(old__status__in=["ISSUED", "CANCELED"]),
    )


def entry_balances_at_commit() -> pgtrigger.Trigger:
    """
    Check at commit, once an entry, that its postings are there and sum to zero.

    Nothing can be added afterwards: `postings_come_in_one_statement` takes the postings of an entry only in the
    statement that writes the first of them, and an entry without postings does not pass this check.
    """
    return pgtrigger.Trigger(
        name="entry_balances_at_commit",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[("total", "numeric"), ("postings", "bigint")],
        func=pgtrigger.Func(
            """
            SELECT sum(amount), count(*) INTO total, postings FROM billing_posting WHERE entry_id = NEW.id;
            IF postings < 2 OR total <> 0 THEN
                RAISE check_violation USING MESSAGE = format(
                    'journal entry %s does not balance: %s postings sum to %s', NEW.id, postings, coalesce(total, 0)),
                    CONSTRAINT = 'entry_balances_at_commit';
            END IF;
            RETURN NULL;
            """
        ),
    )


def postings_come_in_one_statement() -> pgtrigger.Trigger:
    """Take the postings of an entry only together, for an entry that exists; carry the customers' balances along."""
    return pgtrigger.Trigger(
        name="postings_come_in_one_statement",
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        declare=[("wrong", "bigint")],
        func=pgtrigger.Func(
            """
            SELECT n.entry_id INTO wrong FROM new_rows AS n LEFT JOIN billing_journalentry AS e ON e.id = n.entry_id
                GROUP BY n.entry_id HAVING min(n.position) <> 1 OR count(e.id) = 0 LIMIT 1;
            IF FOUND THEN
                RAISE check_violation USING MESSAGE = format(
                    'the postings of journal entry %s must be written together with its first one', wrong),
                    CONSTRAINT = 'postings_come_in_one_statement';
            END IF;
            SELECT n.account_id INTO wrong FROM (SELECT DISTINCT account_id FROM new_rows) AS n
                LEFT JOIN billing_ledgeraccount AS a ON a.id = n.account_id WHERE a.id IS NULL LIMIT 1;
            IF FOUND THEN
                RAISE foreign_key_violation USING MESSAGE = format('there is no ledger account %s', wrong);
            END IF;
            UPDATE billing_ledgeraccount AS a SET balance = a.balance + n.total
                FROM (SELECT account_id, sum(amount) AS total FROM new_rows GROUP BY account_id) AS n
                WHERE a.id = n.account_id AND a.kind = 'RECEIVABLE' AND n.total <> 0;
            RETURN NULL;
            """
        ),
    )
