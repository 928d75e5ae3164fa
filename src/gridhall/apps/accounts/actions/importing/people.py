"""Parties and how to reach them."""

from __future__ import annotations

from gridhall.apps.accounts.actions.importing.staging import Check, Merge
from gridhall.apps.accounts.rules import tables

_LEVEL = "array_position(ARRAY['NONE', 'PHONE', 'DOCUMENT', 'COUNTER'], {}::text)"
_PARTY = "EXISTS (SELECT FROM accounts_party p WHERE p.id = s.id AND {})"
_PRIMARY = """s.{0} IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_contact c WHERE c.party_id = p.id
    AND c.kind = '{1}' AND c.is_primary AND c.value = s.{0})"""


def _make_primary(column: str, kind: str) -> tuple[str, str]:
    """A phone or address in the file becomes the primary one; those known before stay as others."""
    demote = f"""UPDATE accounts_contact c SET is_primary = false FROM good s JOIN accounts_party p ON p.code = s.code
        WHERE c.party_id = p.id AND c.kind = '{kind}' AND c.is_primary AND c.value <> s.{column}"""
    promote = f"""INSERT INTO accounts_contact (party_id, kind, value, is_primary)
        SELECT p.id, '{kind}', s.{column}, true FROM good s JOIN accounts_party p ON p.code = s.code
        WHERE s.{column} IS NOT NULL ORDER BY s.line
        ON CONFLICT (party_id, kind, value) DO UPDATE SET is_primary = true WHERE NOT accounts_contact.is_primary"""
    return demote, promote


PARTIES = Merge(
    table=tables.PARTIES,
    key="s.code",
    extra="id bigint, mrid uuid, id_number_digest text, id_number_encrypted bytea",
    index="id_number_digest",
    resolve=("UPDATE s SET id = p.id FROM accounts_party p WHERE p.code = s.code",),
    checks=(
        Check(
            "kind",
            _PARTY.format("p.kind <> s.kind"),
            "the party is of another kind here",
            "give a new party a code of its own",
        ),
        Check(
            "id_number",
            _PARTY.format("p.id_number_digest <> s.id_number_digest"),
            "the party has another ID number here",
            "see which is right at the counter; an import never changes it",
        ),
        Check(
            "id_number",
            """EXISTS (SELECT FROM accounts_party p WHERE p.id_number_digest = s.id_number_digest AND p.code <> s.code)
            OR EXISTS (SELECT FROM good g WHERE g.id_number_digest = s.id_number_digest AND g.line < s.line)""",
            "this is the ID number of another party",
            "give one person one code",
        ),
        Check(
            "name",
            _PARTY.format("p.name <> s.name AND p.real_name_level IN ('DOCUMENT', 'COUNTER')"),
            "the party was verified under another name",
            "a verified name is changed at the counter",
        ),
        Check(
            "real_name_level",
            _PARTY.format(f"{_LEVEL.format('s.real_name_level')} < {_LEVEL.format('p.real_name_level')}"),
            "the level is higher here, and never lowered",
            "leave it empty",
        ),
    ),
    update=f"""UPDATE accounts_party p
        SET name = s.name, real_name_level = coalesce(s.real_name_level, p.real_name_level),
        id_number_digest = coalesce(p.id_number_digest, s.id_number_digest),
        id_number_encrypted = coalesce(p.id_number_encrypted, s.id_number_encrypted)
        FROM good s WHERE p.id = s.id AND (p.name <> s.name OR p.real_name_level <> s.real_name_level
        OR (p.id_number_digest IS NULL AND s.id_number_digest IS NOT NULL)
        OR ({_PRIMARY.format("phone", "PHONE")}) OR ({_PRIMARY.format("email", "EMAIL")}))""",
    insert="""INSERT INTO accounts_party
        (mrid, code, kind, name, real_name_level, id_number_digest, id_number_encrypted)
        SELECT mrid, code, kind, name, coalesce(real_name_level, 'NONE'), id_number_digest, id_number_encrypted
        FROM good WHERE id IS NULL ORDER BY line""",
    after=(*_make_primary("phone", "PHONE"), *_make_primary("email", "EMAIL")),
)

CONTACTS = Merge(
    table=tables.CONTACTS,
    key="concat_ws('|', s.party_code, s.kind, s.value)",
    extra="party_id bigint",
    resolve=("UPDATE s SET party_id = p.id FROM accounts_party p WHERE p.code = s.party_code",),
    checks=(Check("party_code", "s.party_id IS NULL", "there is no such party", "import parties.csv first"),),
    update="",
    insert="""INSERT INTO accounts_contact (party_id, kind, value, is_primary)
        SELECT party_id, kind, value, false FROM good ORDER BY line ON CONFLICT DO NOTHING""",
)
