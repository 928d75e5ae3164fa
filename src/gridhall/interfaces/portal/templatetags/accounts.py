"""Words of accounts, accesses and names for templates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import template

from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.shared.formats import is_chinese
from gridhall.interfaces.shared.word_tables import add_word_filters

register = template.Library()
add_word_filters(
    register,
    {
        "role_word": words.ROLES,
        "method_of_binding": words.METHODS,
        "ending_word": words.ENDINGS,
        "allowed_word": words.ALLOWED,
        # Why a claim to act for a company was refused; what staff wrote is shown as it is.
        "business_word": words.BUSINESSES,
        "check_state_word": words.CHECK_STATES,
    },
)


@register.filter
def scope_word(scope: str) -> Any:
    """Name what one may do."""
    return words.SCOPES.get(scope, (scope, ""))[0]


@register.filter
def scope_words(scopes: Iterable[str]) -> str:
    """Name everything that one may do, in a row."""
    return ("、" if is_chinese() else ", ").join(str(scope_word(scope)) for scope in scopes)


@register.filter
def last_day(ends_on: date | None) -> date | None:
    """Give the last day of a half-open period, as people say it."""
    return ends_on - timedelta(days=1) if ends_on else None


@register.filter
def level_word(level: str) -> Any:
    """Name a real-name level."""
    return words.LEVELS.get(level, (level, ""))[0]


@register.filter
def level_more(level: str) -> Any:
    """Say what a real-name level means."""
    return words.LEVELS.get(level, ("", ""))[1]


@register.filter
def check_word(reason: str) -> Any:
    """Say why a check of a person was refused."""
    return words.get_refusal(words.CHECKS, reason)


@register.filter
def consent_word(kind: str) -> Any:
    """Name a consent."""
    return words.CONSENTS.get(kind, (kind, ""))[0]


@register.filter
def consent_more(kind: str) -> Any:
    """Say what a consent is about."""
    return words.CONSENTS.get(kind, ("", ""))[1]
