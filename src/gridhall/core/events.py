"""
How apps tell each other what happened: down by call, up by event.

An action publishes a frozen dataclass inside its transaction; the row is committed with the change or not at all.
After commit each handler is told; a handler may be told twice and must not mind. `deliver_pending` tells what a
killed process could not.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

COMPANY = 0
"""The scope of what may change the pages of every account."""
_MANY = 100
logger = logging.getLogger(__name__)

Handler = Callable[[Any], None]
InformedHandler = Callable[[Any, "Told"], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """
    When and by whom an event was told.

    :param event_id: the same however often the event is delivered: what a handler does once, it keys by this.
    """

    event_id: int
    actor: str
    at: datetime


_handlers: dict[str, list[Handler]] = defaultdict(list)
_informed: dict[str, list[InformedHandler]] = defaultdict(list)
_types: dict[str, type] = {}


def on(event_type: type) -> Callable[[Handler], Handler]:
    """Register a handler for one kind of event. Used in `handlers.py`, which each app's config imports when ready."""
    kind = event_type.__name__
    _types[kind] = event_type

    def register(handler: Handler) -> Handler:
        _handlers[kind].append(handler)
        return handler

    return register


def on_with_facts(event_type: type) -> Callable[[InformedHandler], InformedHandler]:
    """Register a handler that is given, after the event, when and by whom it was told."""
    kind = event_type.__name__
    _types[kind] = event_type

    def register(handler: InformedHandler) -> InformedHandler:
        _informed[kind].append(handler)
        return handler

    return register


def _is_heard(kind: str) -> bool:
    return bool(_handlers.get(kind) or _informed.get(kind))


def publish(event: Any, *, actor: str, at: datetime) -> None:
    """Write one event in the running transaction and deliver it after commit."""
    publish_many([event], actor=actor, at=at)


def publish_many(events: Iterable[Any], *, actor: str, at: datetime) -> None:
    """Write many events in one statement (a bill run tells of thousands)."""
    from gridhall.core.models import Event

    rows = [
        Event(
            kind=type(event).__name__,
            payload=_as_json(_fields_of(event)),
            actor=actor,
            happened_at=at,
            scope=scope_of(event),
        )
        for event in events
    ]
    heard = [row for row in rows if _is_heard(row.kind)]
    for row in rows:
        row.delivered_at = None if _is_heard(row.kind) else at  # nobody listens: there is nothing to deliver
    if heard or len(rows) < _MANY:
        Event.objects.bulk_create(rows, batch_size=2_000)
    else:
        _copy(rows)
    if heard:
        transaction.on_commit(lambda: _deliver(heard, at=at))


def scope_of(event: Any) -> int | None:
    """
    Tell whose pages an event changes: its `account_id`, else the whole company's.

    A kind of event after which every page shows what it showed before says so: `changes_pages: ClassVar[bool] = False`.
    """
    if not getattr(event, "changes_pages", True):
        return None
    return getattr(event, "account_id", None) or COMPANY


def _fields_of(event: Any) -> dict[str, Any]:
    """Give the fields of an event, and of what it holds; most hold nothing deeper, and are many."""
    found = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    if any(isinstance(value, list | tuple | dict) or dataclasses.is_dataclass(value) for value in found.values()):
        return dataclasses.asdict(event)
    return found


def _copy(rows: list[Any]) -> None:
    """Write rows to which nobody listens by COPY, an order of magnitude faster than statements."""
    table = rows[0]._meta.db_table
    lines = []
    for row in rows:
        values = (row.kind, json.dumps(row.payload, ensure_ascii=False), row.actor)
        escaped = [value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for value in values]
        scope = "\\N" if row.scope is None else str(row.scope)
        lines.append("\t".join([*escaped, row.happened_at.isoformat(), row.delivered_at.isoformat(), scope]))
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f'COPY "{table}" (kind, payload, actor, happened_at, delivered_at, scope) FROM STDIN') as copy,
    ):
        copy.write("\n".join(lines).replace("\r", "\\r") + "\n")


def deliver_pending(*, at: datetime, batch: int = 1_000) -> int:
    """
    Deliver events whose process died between commit and delivery.

    Goes through all of them: some that cannot be handled do not keep later ones waiting.

    :returns: how many were looked at.
    """
    from gridhall.core.models import Event

    looked_at, last = 0, 0
    while rows := list(Event.objects.filter(delivered_at=None, pk__gt=last).order_by("id")[:batch]):
        _deliver(rows, at=at)
        looked_at, last = looked_at + len(rows), rows[-1].pk
    return looked_at


def _deliver(rows: list[Any], *, at: datetime) -> None:
    from gridhall.core.models import Event

    done = []
    for row in rows:
        try:
            for handler in _handlers.get(row.kind, ()):
                handler(_types[row.kind](**row.payload))
            for informed in _informed.get(row.kind, ()):
                informed(_types[row.kind](**row.payload), Told(row.pk, row.actor, row.happened_at))
        except Exception:  # one deaf handler must not keep the others from hearing
            logger.exception("Event %s %s was not handled; it stays queued.", row.kind, row.pk)
        else:
            done.append(row.pk)
    Event.objects.filter(pk__in=done, delivered_at=None).update(delivered_at=at)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
