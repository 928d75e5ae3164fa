"""The hour at which the nightly work begins."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

USUAL_HOUR = 2


def read_night_hour(text: str) -> int:
    """
    Read the hour, 0 to 23 by the company's clock; nothing said means two o'clock.

    >>> read_night_hour(""), read_night_hour("23")
    (2, 23)

    :raises ImproperlyConfigured: if it is no hour of the day.
    """
    if not text:
        return USUAL_HOUR
    if not (text.isascii() and text.isdigit()) or int(text) > 23:
        raise ImproperlyConfigured(f"GRIDHALL_NIGHT_HOUR is {text!r}; give an hour of the day from 0 to 23.")
    return int(text)
