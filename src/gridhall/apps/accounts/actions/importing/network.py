"""Places, feeders and transformers."""

from __future__ import annotations

from gridhall.apps.accounts.actions.importing.staging import Check, Merge
from gridhall.apps.accounts.rules import tables

_RANK = "array_position(ARRAY['COUNTY', 'TOWN', 'VILLAGE'], {})"
_PARENT_KIND = """coalesce((SELECT g.kind FROM good g WHERE g.code = s.parent_code),
    (SELECT p.kind FROM accounts_place p WHERE p.id = s.parent_id))"""
_PARENT = Check(
    "parent_code",
    """s.parent_code IS NOT NULL AND s.parent_id IS NULL
    AND NOT EXISTS (SELECT FROM good g WHERE g.code = s.parent_code)""",
    "there is no such place",
    "put the wider place on a line before",
)

PLACES = Merge(
    table=tables.PLACES,
    key="s.code",
    extra="id bigint, parent_id bigint",
    index="code",
    resolve=(
        "UPDATE s SET id = p.id FROM accounts_place p WHERE p.code = s.code",
        "UPDATE s SET parent_id = p.id FROM accounts_place p WHERE p.code = s.parent_code",
    ),
    checks=(
        Check(
            "kind",
            "EXISTS (SELECT FROM accounts_place p WHERE p.id = s.id AND p.kind <> s.kind)",
            "the place is of another kind here",
            "give the new place a code of its own",
        ),
        Check(
            "parent_code",
            f"s.parent_code IS NOT NULL AND {_RANK.format('s.kind')} <= {_RANK.format(_PARENT_KIND)}",
            "a place lies in a wider one",
            "a village in a town, a town in a county",
        ),
        # Three levels: a place whose place falls, falls too.
        _PARENT,
        _PARENT,
        _PARENT,
    ),
    update="""UPDATE accounts_place p SET name = s.name, name_en = coalesce(s.name_en, p.name_en),
        area = coalesce(s.area, p.area), latitude = coalesce(s.latitude, p.latitude),
        longitude = coalesce(s.longitude, p.longitude), parent_id = coalesce(s.parent_id, p.parent_id)
        FROM good s WHERE p.id = s.id
        AND (p.name, p.name_en, p.area, p.latitude, p.longitude, p.parent_id) IS DISTINCT FROM
        (s.name, coalesce(s.name_en, p.name_en), coalesce(s.area, p.area), coalesce(s.latitude, p.latitude),
        coalesce(s.longitude, p.longitude), coalesce(s.parent_id, p.parent_id))""",
    insert="""INSERT INTO accounts_place (code, name, name_en, kind, parent_id, area, latitude, longitude)
        SELECT code, name, coalesce(name_en, ''), kind, parent_id, coalesce(area, 'RURAL'), latitude, longitude
        FROM good WHERE id IS NULL ORDER BY line""",
    after=(
        """UPDATE accounts_place p SET parent_id = q.id FROM good s JOIN accounts_place q ON q.code = s.parent_code
        WHERE p.code = s.code AND p.parent_id IS DISTINCT FROM q.id""",
    ),
)

FEEDERS = Merge(
    table=tables.FEEDERS,
    key="s.code",
    extra="",
    resolve=(),
    checks=(),
    update="""UPDATE accounts_feeder f SET name = s.name, substation = s.substation FROM good s
        WHERE f.code = s.code AND (f.name, f.substation) IS DISTINCT FROM (s.name, s.substation)""",
    insert="""INSERT INTO accounts_feeder (code, name, substation) SELECT code, name, substation FROM good ORDER BY line
        ON CONFLICT DO NOTHING""",
)

TRANSFORMERS = Merge(
    table=tables.TRANSFORMERS,
    key="s.code",
    extra="feeder_id bigint",
    resolve=("UPDATE s SET feeder_id = f.id FROM accounts_feeder f WHERE f.code = s.feeder_code",),
    checks=(Check("feeder_code", "s.feeder_id IS NULL", "there is no such feeder", "import feeders.csv first"),),
    update="""UPDATE accounts_transformer t SET name = s.name, feeder_id = s.feeder_id, capacity_kva = s.capacity_kva
        FROM good s WHERE t.code = s.code
        AND (t.name, t.feeder_id, t.capacity_kva) IS DISTINCT FROM (s.name, s.feeder_id, s.capacity_kva)""",
    insert="""INSERT INTO accounts_transformer (code, name, feeder_id, capacity_kva)
        SELECT code, name, feeder_id, capacity_kva FROM good ORDER BY line ON CONFLICT DO NOTHING""",
)
