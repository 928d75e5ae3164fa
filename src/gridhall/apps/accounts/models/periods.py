"""Half-open periods as the database understands them."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db.models import F, Func


class DateRange(Func):
    """`daterange(start, end, '[)')` over two columns, for constraints on periods that must not overlap."""

    function = "DATERANGE"
    output_field = DateRangeField()


def half_open(start: str, end: str) -> DateRange:
    """Give the half-open range between two date columns."""
    return DateRange(F(start), F(end), RangeBoundary())


# A day once in the books stays there: a period may be cut short, never lengthened, moved or given to someone else.
NEVER_LENGTHENED = "OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on)"
