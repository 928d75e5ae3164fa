"""Accounts, groups, usage points and the customers' own transformers."""

from __future__ import annotations

from gridhall.apps.accounts.actions.importing.staging import Check, Merge
from gridhall.apps.accounts.rules import tables

ACCOUNT_ID = "UPDATE s SET account_id = a.id FROM accounts_customeraccount a WHERE a.number = s.account_number"
ACCOUNT_KNOWN = Check("account_number", "s.account_id IS NULL", "there is no such account", "import accounts.csv first")
_ACCOUNT = "EXISTS (SELECT FROM accounts_customeraccount a WHERE a.id = s.account_id AND {})"
_HELD = "EXISTS (SELECT FROM accounts_customeragreement g WHERE g.account_id = {})"

ACCOUNTS = Merge(
    table=tables.ACCOUNTS,
    key="s.account_number",
    extra="account_id bigint",
    resolve=(ACCOUNT_ID,),
    checks=(
        Check(
            "account_number",
            "s.account_id IS NULL AND EXISTS (SELECT FROM accounts_accountalias l WHERE l.value = s.account_number)",
            "this is an old number that leads to another account",
            "use the account it leads to",
        ),
        Check(
            "opened_on",
            _ACCOUNT.format("a.opened_on <> s.opened_on"),
            "the account was opened on another day here",
            "what is written stays; see which is right",
        ),
        Check(
            "closed_on",
            _ACCOUNT.format("a.closed_on <> s.closed_on"),
            "the account was closed on another day here",
            "what is written stays; see which is right",
        ),
        Check(
            "closed_on",
            """s.account_id IS NOT NULL AND s.closed_on IS NOT NULL
            AND (EXISTS (SELECT FROM accounts_customeragreement g
            WHERE g.account_id = s.account_id AND (g.ends_on IS NULL OR g.ends_on > s.closed_on))
            OR EXISTS (SELECT FROM accounts_usagepoint u WHERE u.account_id = s.account_id AND u.status = 'CONNECTED'))
            AND EXISTS (SELECT FROM accounts_customeraccount a WHERE a.id = s.account_id AND a.closed_on IS NULL)""",
            "someone answers for the account, or a usage point is connected",
            "end the agreement and remove the usage point first",
        ),
        Check(
            "name",
            f"{_ACCOUNT.format('a.name <> s.name')} AND {_HELD.format('s.account_id')}",
            "the name was kept: it follows who answers for the account",
            "transfer the account",
            is_warning=True,
        ),
    ),
    update=f"""UPDATE accounts_customeraccount a
        SET kind = s.kind, industry_code = coalesce(s.industry_code, a.industry_code),
        billing_cycle = coalesce(s.billing_cycle, a.billing_cycle), closed_on = coalesce(a.closed_on, s.closed_on),
        name = CASE WHEN {_HELD.format("a.id")} THEN a.name ELSE s.name END
        FROM good s WHERE a.id = s.account_id AND (a.kind <> s.kind OR a.industry_code <> s.industry_code
        OR a.billing_cycle <> s.billing_cycle OR (a.closed_on IS NULL AND s.closed_on IS NOT NULL)
        OR (a.name <> s.name AND NOT {_HELD.format("a.id")}))""",
    insert="""INSERT INTO accounts_customeraccount
        (mrid, number, kind, name, industry_code, billing_cycle, opened_on, closed_on)
        SELECT gen_random_uuid(), account_number, kind, name, coalesce(industry_code, ''),
        coalesce(billing_cycle, 'MONTHLY'), opened_on, closed_on FROM good WHERE account_id IS NULL ORDER BY line""",
)

# The second pass over accounts.csv: an account may stand before the one at the head of its group.
GROUPS = Merge(
    table=tables.GROUPS,
    key="s.account_number",
    extra="account_id bigint, head_id bigint",
    index="account_number",
    resolve=(
        ACCOUNT_ID,
        "UPDATE s SET head_id = a.id FROM accounts_customeraccount a WHERE a.number = s.group_number",
        "DELETE FROM s WHERE account_id IS NULL",  # the first pass said why
    ),
    checks=(
        Check("group_number", "s.head_id IS NULL", "there is no such account", "name the account at the head"),
        Check("group_number", "s.head_id = s.account_id", "an account is not in its own group", "leave it empty"),
        Check(
            "group_number",
            _ACCOUNT.format("a.group_id <> s.head_id"),
            "the account is in another group here",
            "take it out of that one first",
        ),
        Check(
            "group_number",
            """EXISTS (SELECT FROM accounts_customeraccount a WHERE a.id = s.head_id AND a.group_id IS NOT NULL)
            OR EXISTS (SELECT FROM accounts_customeraccount m WHERE m.group_id = s.account_id)
            OR EXISTS (SELECT FROM good g WHERE g.account_number = s.group_number)""",
            "groups have one level",
            "the account at the head is in no group, and a member heads none",
        ),
    ),
    update="""UPDATE accounts_customeraccount a SET group_id = s.head_id FROM good s
        WHERE a.id = s.account_id AND a.group_id IS NULL""",
    insert="",
)

USAGE_POINTS = Merge(
    table=tables.USAGE_POINTS,
    key="s.code",
    extra="id bigint, account_id bigint, place_id bigint, transformer_id bigint, feeder_id bigint, location_id bigint",
    resolve=(
        ACCOUNT_ID,
        "UPDATE s SET place_id = p.id FROM accounts_place p WHERE p.code = s.place_code",
        "UPDATE s SET transformer_id = t.id FROM accounts_transformer t WHERE t.code = s.transformer_code",
        "UPDATE s SET feeder_id = f.id FROM accounts_feeder f WHERE f.code = s.feeder_code",
        """UPDATE s SET id = u.id,
        location_id = CASE WHEN l.place_id = s.place_id AND l.address = s.address THEN l.id END
        FROM accounts_usagepoint u JOIN accounts_servicelocation l ON l.id = u.service_location_id
        WHERE u.code = s.code""",
        """UPDATE s SET location_id = (SELECT min(l.id) FROM accounts_servicelocation l
        WHERE l.place_id = s.place_id AND l.address = s.address) WHERE location_id IS NULL""",
    ),
    checks=(
        ACCOUNT_KNOWN,
        Check("place_code", "s.place_id IS NULL", "there is no such place", "import places.csv first"),
        Check(
            "transformer_code",
            "s.transformer_code IS NOT NULL AND s.transformer_id IS NULL",
            "there is no such transformer",
            "import transformers.csv first",
        ),
        Check(
            "feeder_code",
            "s.feeder_code IS NOT NULL AND s.feeder_id IS NULL",
            "there is no such feeder",
            "import feeders.csv first",
        ),
        Check(
            "account_number",
            "EXISTS (SELECT FROM accounts_usagepoint u WHERE u.id = s.id AND u.account_id <> s.account_id)",
            "the usage point is another account's here",
            "it stays with its account; transfer the account instead",
        ),
        Check(
            "connected_on",
            "EXISTS (SELECT FROM accounts_usagepoint u WHERE u.id = s.id AND u.connected_on <> s.connected_on)",
            "it was connected on another day here",
            "what is written stays; see which is right",
        ),
        Check(
            "voltage",
            "EXISTS (SELECT FROM accounts_usagepoint u WHERE u.id = s.id AND u.voltage <> s.voltage)",
            "it has another voltage here",
            "connect a usage point of the new voltage",
        ),
        Check(
            "connected_on",
            _ACCOUNT.format("(a.opened_on > s.connected_on OR a.closed_on < s.connected_on)"),
            "the account was not open on that day",
            "check opened_on and closed_on of the account",
        ),
        Check(
            "status",
            _ACCOUNT.format(
                "a.closed_on IS NOT NULL AND s.id IS NULL AND coalesce(s.status, 'CONNECTED') = 'CONNECTED'"
            ),
            "the account is closed",
            "write REMOVED as its status",
        ),
    ),
    before=(
        """INSERT INTO accounts_servicelocation (mrid, place_id, address, latitude, longitude)
        SELECT gen_random_uuid(), place_id, address, max(latitude), max(longitude) FROM good
        WHERE location_id IS NULL GROUP BY place_id, address ORDER BY min(line)""",
        """UPDATE s SET location_id = (SELECT min(l.id) FROM accounts_servicelocation l
        WHERE l.place_id = s.place_id AND l.address = s.address) WHERE location_id IS NULL AND fault IS NULL""",
        """UPDATE accounts_servicelocation l SET latitude = s.latitude, longitude = s.longitude FROM good s
        WHERE l.id = s.location_id AND s.latitude IS NOT NULL AND s.longitude IS NOT NULL
        AND (l.latitude, l.longitude) IS DISTINCT FROM (s.latitude, s.longitude)""",
    ),
    update="""UPDATE accounts_usagepoint u SET service_location_id = s.location_id,
        transformer_id = CASE WHEN s.transformer_id IS NULL AND s.feeder_id IS NULL THEN u.transformer_id
            ELSE s.transformer_id END,
        feeder_id = CASE WHEN s.transformer_id IS NULL AND s.feeder_id IS NULL THEN u.feeder_id ELSE s.feeder_id END,
        has_generation = coalesce(s.has_generation, u.has_generation), status = coalesce(s.status, u.status)
        FROM good s WHERE u.id = s.id AND (u.service_location_id <> s.location_id
        OR u.transformer_id IS DISTINCT FROM s.transformer_id AND coalesce(s.transformer_id, s.feeder_id) IS NOT NULL
        OR u.feeder_id IS DISTINCT FROM s.feeder_id AND coalesce(s.transformer_id, s.feeder_id) IS NOT NULL
        OR u.has_generation <> s.has_generation OR u.status <> s.status)""",
    insert="""INSERT INTO accounts_usagepoint
        (mrid, code, account_id, service_location_id, transformer_id, feeder_id, voltage,
        has_generation, status, connected_on)
        SELECT gen_random_uuid(), code, account_id, location_id, transformer_id, feeder_id, voltage,
        coalesce(has_generation, false), coalesce(status, 'CONNECTED'), connected_on
        FROM good WHERE id IS NULL ORDER BY line""",
)

CUSTOMER_TRANSFORMERS = Merge(
    table=tables.CUSTOMER_TRANSFORMERS,
    key="concat_ws('|', s.usage_point_code, s.name, s.starts_on::text)",
    extra="id bigint, usage_point_id bigint",
    resolve=(
        "UPDATE s SET usage_point_id = u.id FROM accounts_usagepoint u WHERE u.code = s.usage_point_code",
        """UPDATE s SET id = c.id FROM accounts_customertransformer c
        WHERE c.usage_point_id = s.usage_point_id AND c.name = s.name AND c.starts_on = s.starts_on""",
    ),
    checks=(
        Check(
            "usage_point_code",
            "s.usage_point_id IS NULL",
            "there is no such usage point",
            "import usage_points.csv first",
        ),
        Check(
            "capacity_kva",
            """EXISTS (SELECT FROM accounts_customertransformer c
            WHERE c.id = s.id AND (c.capacity_kva <> s.capacity_kva
            OR c.ends_on < s.ends_on))""",
            "it is written otherwise here",
            "what is written stays: end it, and start another",
        ),
    ),
    update="""UPDATE accounts_customertransformer c SET ends_on = s.ends_on FROM good s
        WHERE c.id = s.id AND s.ends_on IS NOT NULL AND (c.ends_on IS NULL OR c.ends_on > s.ends_on)""",
    insert="""INSERT INTO accounts_customertransformer (usage_point_id, name, capacity_kva, starts_on, ends_on)
        SELECT usage_point_id, name, capacity_kva, starts_on, ends_on FROM good WHERE id IS NULL ORDER BY line""",
)
