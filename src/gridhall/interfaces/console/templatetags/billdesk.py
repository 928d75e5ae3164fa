"""Words of the billing desk as filters."""

from __future__ import annotations

from typing import Any

from django import template

from gridhall.interfaces.console import words, words_billdesk

register = template.Library()


def _word_filter(known: dict[str, Any]) -> Any:
    return lambda kind: words.get_word(known, kind)


for name, known in {
    "exception_word": words_billdesk.EXCEPTIONS,
    "drawn_word": words_billdesk.DRAWN_FOR,
    "outcome_word": words_billdesk.OUTCOMES,
    "outcome_tone": words_billdesk.OUTCOME_TONES,
    "work_word": words_billdesk.WORKS,
    "bill_tone": words_billdesk.STATUS_TONES,
}.items():
    register.filter(name, _word_filter(known))
