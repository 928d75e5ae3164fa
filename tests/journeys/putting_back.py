"""What a journey commits is taken back, and the server knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests import snapshots

if TYPE_CHECKING:
    import psycopg

# The server keeps pages by the number of events of whom they are about: a number that it met must not come again.
TELL_MORE = """INSERT INTO core_event (kind, payload, actor, happened_at, delivered_at, scope)
SELECT 'tests-changed', '{}', 'tests', now(), now(), %(scope)s::int8 FROM generate_series(1, %(count)s::int)"""
COUNT = "SELECT scope, count(*) FROM core_event WHERE scope IS NOT NULL GROUP BY scope"


@contextmanager
def put_everything_back(schema: str = "kept_for_journey") -> Iterator[None]:
    """Put every table back as it was, whatever happens meanwhile; only events are more than they were."""
    with snapshots.open_own() as own:
        kept = snapshots.keep(own, schema)
        try:
            yield
        finally:
            met = _count_events(own)
            kept.restore(own)
            there = _count_events(own)
            for scope, count in met.items():
                if count > there.get(scope, 0):
                    own.execute(TELL_MORE, {"scope": scope, "count": count + 1 - there.get(scope, 0)})
            snapshots.forget(own, kept)


def _count_events(own: psycopg.Connection[Any]) -> dict[int, int]:
    return dict(own.execute(COUNT).fetchall())
