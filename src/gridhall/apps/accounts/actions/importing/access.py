"""Old numbers, consents, and what former channels let people see. Nobody gets at another's account by an import."""

from __future__ import annotations

from typing import Any

from gridhall.apps.accounts.actions.importing.staging import Check, Merge
from gridhall.apps.accounts.actions.importing.supply import ACCOUNT_ID, ACCOUNT_KNOWN
from gridhall.apps.accounts.rules import tables
from gridhall.apps.identity.actions import import_users

ALIASES = Merge(
    table=tables.ALIASES,
    key="concat_ws('|', s.kind, s.source, s.value)",
    extra="account_id bigint",
    index="value",
    resolve=(ACCOUNT_ID,),
    checks=(
        ACCOUNT_KNOWN,
        Check(
            "value",
            "EXISTS (SELECT FROM accounts_customeraccount a WHERE a.number = s.value AND a.id <> s.account_id)",
            "this is the number of another account",
            "find out whose it is",
        ),
        Check(
            "value",
            """EXISTS (SELECT FROM accounts_accountalias l WHERE l.value = s.value AND l.account_id <> s.account_id
            AND l.kind = s.kind AND (l.source = s.source OR s.kind = 'OLD_NUMBER'))
            OR EXISTS (SELECT FROM good g WHERE g.value = s.value AND g.account_id <> s.account_id AND g.kind = s.kind
            AND s.kind = 'OLD_NUMBER' AND g.line < s.line)""",
            "this leads to another account already",
            "who claimed it first keeps it; find out whose it is",
        ),
    ),
    update="",
    insert="""INSERT INTO accounts_accountalias (kind, source, value, account_id)
        SELECT kind, source, value, account_id FROM good ORDER BY line ON CONFLICT DO NOTHING""",
)

CONSENTS = Merge(
    table=tables.CONSENTS,
    key="concat_ws('|', s.party_code, s.kind, s.given_at::text)",
    extra="id bigint, party_id bigint",
    index="party_id",
    resolve=(
        "UPDATE s SET party_id = p.id FROM accounts_party p WHERE p.code = s.party_code",
        """UPDATE s SET id = c.id FROM accounts_consent c
        WHERE c.party_id = s.party_id AND c.kind = s.kind AND c.given_at = s.given_at""",
    ),
    checks=(
        Check("party_code", "s.party_id IS NULL", "there is no such party", "import parties.csv first"),
        Check(
            "withdrawn_at",
            "EXISTS (SELECT FROM accounts_consent c WHERE c.id = s.id AND c.withdrawn_at <> s.withdrawn_at)",
            "it was taken back at another moment here",
            "what is written stays",
        ),
        Check(
            "given_at",
            """s.id IS NULL AND s.withdrawn_at IS NULL AND (EXISTS (SELECT FROM accounts_consent c
            LEFT JOIN good w ON w.id = c.id AND w.withdrawn_at IS NOT NULL
            WHERE c.party_id = s.party_id AND c.kind = s.kind AND c.withdrawn_at IS NULL AND w.id IS NULL)
            OR EXISTS (SELECT FROM good g WHERE g.party_id = s.party_id AND g.kind = s.kind AND g.line < s.line
            AND g.withdrawn_at IS NULL AND g.id IS NULL))""",
            "such a consent was given before and holds",
            "leave this one out, or say when the other was taken back",
        ),
    ),
    update="""UPDATE accounts_consent c SET withdrawn_at = s.withdrawn_at FROM good s
        WHERE c.id = s.id AND c.withdrawn_at IS NULL AND s.withdrawn_at IS NOT NULL""",
    insert="""INSERT INTO accounts_consent (party_id, kind, given_at, withdrawn_at, source)
        SELECT party_id, kind, given_at, withdrawn_at, source FROM good WHERE id IS NULL ORDER BY line""",
)

_USER_ID = "UPDATE s SET user_id = u.id FROM identity_user u WHERE u.phone = s.phone"


def _make_users(cursor: Any, parameters: dict) -> None:
    """Make a user, without a password, for each good row whose phone is not known yet."""
    cursor.execute("SELECT DISTINCT phone FROM good WHERE user_id IS NULL")
    phones = [phone for (phone,) in cursor.fetchall()]
    if phones:
        import_users(phones=phones, at=parameters["at"], actor=parameters["actor"])
        cursor.execute(_USER_ID + " AND s.fault IS NULL")


ACCESSES = Merge(
    table=tables.ACCESSES,
    key="concat_ws('|', s.account_number, s.phone, s.starts_on::text)",
    extra="id bigint, account_id bigint, user_id bigint, is_over boolean",
    index="account_id",
    resolve=(
        ACCOUNT_ID,
        _USER_ID,
        "UPDATE s SET is_over = coalesce(s.ends_on <= %(today)s, false)",
        """UPDATE accounts_accountaccess x SET revoked_at = %(at)s, is_main = false FROM s
        WHERE x.account_id = s.account_id AND x.revoked_at IS NULL AND x.ends_on <= %(today)s""",
        # One that was revoked stays revoked: the newest of the same day says how it stands.
        """UPDATE s SET id = (SELECT max(x.id) FROM accounts_accountaccess x
        WHERE x.account_id = s.account_id AND x.user_id = s.user_id AND x.starts_on = s.starts_on)""",
    ),
    checks=(
        ACCOUNT_KNOWN,
        Check(
            "role",
            """EXISTS (SELECT FROM accounts_accountaccess x WHERE x.id = s.id AND x.revoked_at IS NULL
            AND (x.role <> s.role OR x.scopes::text[] <> s.scopes OR x.ends_on < s.ends_on))""",
            "the access is another here",
            "change it with `gridhall accounts revoke` and `grant`",
        ),
        Check(
            "phone",
            """s.id IS NULL AND s.role = 'OWNER' AND NOT s.is_over AND s.method IS DISTINCT FROM 'COUNTER'
            AND NOT EXISTS (SELECT FROM accounts_customeragreement a
            JOIN accounts_contact c ON c.party_id = a.party_id AND c.kind = 'PHONE' AND c.value = s.phone
            WHERE a.account_id = s.account_id AND daterange(a.starts_on, a.ends_on) @> %(today)s::date)""",
            "this is not the phone of who answers for the account",
            "import others as FAMILY; the holder himself, if his papers were seen, with COUNTER as method",
        ),
        Check(
            "role",
            """s.id IS NULL AND s.role = 'OWNER' AND NOT s.is_over AND (EXISTS (SELECT FROM accounts_accountaccess x
            WHERE x.account_id = s.account_id AND x.role = 'OWNER' AND x.revoked_at IS NULL)
            OR EXISTS (SELECT FROM good g WHERE g.account_id = s.account_id AND g.role = 'OWNER' AND NOT g.is_over
            AND g.id IS NULL AND g.line < s.line))""",
            "the account has an owner already",
            "find out which of the two is right",
        ),
        Check(
            "phone",
            """s.id IS NULL AND NOT s.is_over AND (EXISTS (SELECT FROM accounts_accountaccess x
            WHERE x.account_id = s.account_id AND x.user_id = s.user_id AND x.revoked_at IS NULL)
            OR EXISTS (SELECT FROM good g WHERE g.account_id = s.account_id AND g.phone = s.phone AND NOT g.is_over
            AND g.id IS NULL AND g.line < s.line))""",
            "this user sees the account already",
            "end the other access first",
        ),
    ),
    hook=_make_users,
    update="""UPDATE accounts_accountaccess x SET ends_on = least(x.ends_on, s.ends_on), tag = coalesce(s.tag, x.tag)
        FROM good s WHERE x.id = s.id AND x.revoked_at IS NULL
        AND ((s.ends_on IS NOT NULL AND (x.ends_on IS NULL OR x.ends_on > s.ends_on)) OR x.tag <> s.tag)""",
    insert="""INSERT INTO accounts_accountaccess
        (mrid, account_id, user_id, role, scopes, method, tag, is_main, starts_on, ends_on, revoked_at)
        SELECT gen_random_uuid(), account_id, user_id, role, scopes,
        coalesce(method, CASE role WHEN 'OWNER' THEN 'AUTO_MATCH' ELSE 'GRANTED' END), coalesce(tag, ''), false,
        starts_on, ends_on, CASE WHEN is_over THEN %(at)s::timestamptz END FROM good WHERE id IS NULL ORDER BY line""",
    after=(
        """UPDATE accounts_accountaccess SET is_main = true WHERE id IN (SELECT DISTINCT ON (x.user_id) x.id
        FROM accounts_accountaccess x JOIN good s ON s.user_id = x.user_id WHERE x.revoked_at IS NULL
        AND NOT EXISTS (SELECT FROM accounts_accountaccess m WHERE m.user_id = x.user_id AND m.is_main)
        ORDER BY x.user_id, x.role <> 'OWNER', x.id)""",
    ),
)
