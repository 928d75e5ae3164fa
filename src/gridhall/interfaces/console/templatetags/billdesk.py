"""Words of the billing desk as filters."""

from __future__ import annotations

from django import template

from gridhall.interfaces.console import words_billdesk
from gridhall.interfaces.shared.word_tables import add_word_filters

register = template.Library()


add_word_filters(
    register,
    {
        "exception_word": words_billdesk.EXCEPTIONS,
        "drawn_word": words_billdesk.DRAWN_FOR,
        "outcome_word": words_billdesk.OUTCOMES,
        "outcome_tone": words_billdesk.OUTCOME_TONES,
        "work_word": words_billdesk.WORKS,
        "bill_tone": words_billdesk.STATUS_TONES,
    },
)
