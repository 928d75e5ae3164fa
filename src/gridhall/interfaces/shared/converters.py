"""Shapes of the parts of an address."""

from __future__ import annotations

from datetime import date

from gridhall.core.periods import Month


class MonthConverter:
    """A month written as 2026-01."""

    regex = r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> Month:
        """Read it."""
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        """Write it."""
        return str(value)


class DayConverter:
    """A local day written as 2026-01-15."""

    regex = r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"

    def to_python(self, value: str) -> date:
        """Read it; a day that no calendar has is no address."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        """Write it."""
        return str(value)
