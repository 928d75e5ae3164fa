"""Calls in threads, each on a connection of its own that commits what it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connections

from gridhall.core.errors import BusinessError


def run_aside(*calls: Callable[[], Any]) -> list[Any]:
    """Run each in a thread, all let go at the same moment; gives what each gave, or raises what one raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [running.result() for running in [threads.submit(run, call) for call in calls]]


def run_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each aside, against the others; gives results, or the codes of refusals."""
    return run_aside(*(partial(_try, call) for call in calls))


def _try(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except BusinessError as refusal:
        return refusal.code
