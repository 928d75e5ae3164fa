"""
One look: within it a question that was asked already is not asked again.

A page asks for the balance, the bills, the month and the tiers of one account, and each of these checks the same access
and reads the same days. `with one_look():` around them keeps the answers until it ends. Nothing may be written inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
Answer = TypeVar("Answer")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers of one look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Keep answers until the end of the block."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(function: Callable[P, Answer]) -> Callable[P, Answer]:
    """
    Make a query answer from what the look under way has seen; outside of one it asks every time.

    `query.know(answer, …)` takes in an answer that came with another question.
    """

    @wraps(function)
    def ask(*args: P.args, **kwargs: P.kwargs) -> Answer:
        answers = _answers.get()
        if answers is None:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        return answers[key]

    def know(answer: Answer, *args: P.args, **kwargs: P.kwargs) -> None:
        answers = _answers.get()
        if answers is not None:
            answers.setdefault((function, args, tuple(sorted(kwargs.items()))), answer)

    ask.know = know  # type: ignore[attr-defined]
    return ask
