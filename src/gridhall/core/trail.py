"""
The audit trail as it is read: newest first, by who did it, what kind it is, whom it is about, and when.

Every way of asking goes along an index that ends in (happened_at, id), and a page goes on from the last event of the
one before (nothing is counted or skipped), so that page 10,000 of millions of events costs what the first one does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from gridhall.core.history import SUBJECTS, Happening

_ORDER = "ORDER BY happened_at DESC, id DESC"
PROTECTIONS = ("event_append_only", "event_immutable")
"""The triggers that keep anybody from changing or deleting what was told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which events are asked for; what is empty does not narrow.

    :param kinds: names of events.
    :param actors: who did it, as actions write it; `user_ids`: or whom it is about.
    :param account_id: an account, with `subjects` (key of the payload -> values) for its things.
    :param since: from this moment on; `until`: before this one.
    """

    kinds: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    user_ids: tuple[int, ...] = ()
    account_id: int | None = None
    subjects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None


def list_trail(asked: Asked, *, limit: int, before_id: int | None = None) -> list[Happening]:
    """
    List events, newest first.

    :param before_id: go on from here: only older ones.
    """
    shared, params = _narrow(asked, before_id)
    found: list[str] = []
    values: list[Any] = []
    for table, condition, own in _list_ways(asked):
        where = " AND ".join([condition, *shared])
        found.append(f"(SELECT id, happened_at FROM {table} WHERE {where} {_ORDER} LIMIT %s)")
        values += [*own, *params, limit]
    statement = (
        f"SELECT id, kind, payload::text, actor, happened_at FROM core_event WHERE id IN (SELECT id FROM ("
        f"{' UNION '.join(found)}) AS ways {_ORDER} LIMIT %s) {_ORDER}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, limit])
        return [Happening(row[0], row[1], json.loads(row[2]), row[3], row[4]) for row in cursor.fetchall()]


def _narrow(asked: Asked, before_id: int | None) -> tuple[list[str], list[Any]]:
    """Give what holds whichever way is gone: the span of time, where to go on, and kinds beside another way."""
    shared: list[str] = []
    params: list[Any] = []
    if asked.since:
        shared.append("happened_at >= %s")
        params.append(asked.since)
    if asked.until:
        shared.append("happened_at < %s")
        params.append(asked.until)
    moment = _find_moment(before_id)
    if moment is not None:
        shared.append("(happened_at, id) < (%s, %s)")
        params += [moment, before_id]
    has_person = bool(asked.actors or asked.user_ids)
    if asked.kinds and (has_person or asked.account_id is not None):
        shared.append("kind = ANY(%s)")
        params.append(list(asked.kinds))
    if has_person and asked.account_id is not None:
        shared.append("(actor = ANY(%s) OR payload ->> 'user_id' = ANY(%s))")
        params += [list(asked.actors), [str(one) for one in asked.user_ids]]
    return shared, params


def _list_ways(asked: Asked) -> list[tuple[str, str, list[Any]]]:
    """Give tables and conditions of which each has its index."""
    if asked.account_id is not None:
        own = ["scope = %s", "scope IS NULL AND payload ->> 'account_id' = %s"]
        params: list[list[Any]] = [[asked.account_id], [str(asked.account_id)]]
        for key in SUBJECTS:
            if values := asked.subjects.get(key):
                own.append(f"payload ->> '{key}' = ANY(%s)")
                params.append([[str(value) for value in values]])
        # An account's events are few: OFFSET 0 keeps the planner from walking through all events in time instead.
        fenced = [f"(SELECT * FROM core_event WHERE {condition} OFFSET 0) AS own" for condition in own]
        return [(table, "true", values) for table, values in zip(fenced, params, strict=True)]
    if asked.actors or asked.user_ids:
        did: list[tuple[str, str, list[Any]]] = [("core_event", "actor = %s", [actor]) for actor in asked.actors]
        return did + [("core_event", "payload ->> 'user_id' = %s", [str(one)]) for one in asked.user_ids]
    if asked.kinds:
        return [("core_event", "kind = %s", [kind]) for kind in asked.kinds]
    return [("core_event", "true", [])]


def _find_moment(event_id: int | None) -> datetime | None:
    if event_id is None or not 0 < event_id < 1 << 62:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT happened_at FROM core_event WHERE id = %s", [event_id])
        row = cursor.fetchone()
    return row[0] if row else None


def is_protected() -> bool:
    """Tell whether the triggers that keep the trail as it was told are in place, and work for everybody."""
    names = [f"pgtrigger_{name}_%" for name in PROTECTIONS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'core_event'::regclass AND tgenabled IN ('O', 'A')"
            " AND tgname LIKE ANY(%s)",
            [names],
        )
        return cursor.fetchone()[0] >= len(PROTECTIONS)
