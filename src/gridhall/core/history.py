"""What happened to a thing, newest first, from the events that name it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SUBJECTS = ("party_id", "usage_point_code", "meter_serial")
"""Keys of payloads that have an index (migration 0003)."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was told."""

    id: int
    kind: str
    payload: dict[str, Any]
    actor: str
    happened_at: datetime


def select_happenings(
    *, scope: int, subjects: Mapping[str, Sequence[Any]], limit: int = 50, before_id: int | None = None
) -> tuple[str, list[Any]]:
    """
    Write the statement that selects the events that change an account, or whose payload names one of its things.

    Newest first, each once; its rows are those that `read_happening` reads, and others may join what they know of the
    actors.

    :param scope: the account.
    :param subjects: key of the payload (one of SUBJECTS) -> values.
    :param before_id: go on from here: only older ones.
    :returns: the statement and its parameters.
    :raises ValueError: for a key without an index, which would read every event there is.
    """
    unknown = set(subjects) - set(SUBJECTS)
    if unknown:
        raise ValueError(f"events are not indexed by {', '.join(sorted(unknown))}")
    ways: list[str] = ["SELECT id FROM core_event WHERE scope = %s"]
    params: list[Any] = [scope]
    for key, values in subjects.items():
        ways.append(f"SELECT id FROM core_event WHERE payload ->> '{key}' = ANY(%s)")
        params.append([str(value) for value in values])
    statement = (
        "SELECT id, kind, payload::text AS payload, actor, happened_at FROM core_event"
        f" WHERE id IN ({' UNION '.join(ways)}) AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s"
    )
    return statement, [*params, before_id, before_id, limit]


def read_happening(row: tuple[Any, ...]) -> Happening:
    """Read the first five columns of a row."""
    return Happening(row[0], row[1], json.loads(row[2]), row[3], row[4])
