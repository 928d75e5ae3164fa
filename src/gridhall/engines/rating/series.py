"""Rate one load without a server: reads in, priced months out."""

from __future__ import annotations

from datetime import date

from gridhall.engines.intervals.series import ReadSeries
from gridhall.engines.rating.bill import RatedBill
from gridhall.engines.rating.tariff import Tariff
from gridhall.engines.rating.terms import AccountTerms


def rate_series(
    tariff: Tariff,
    series: ReadSeries,
    account: AccountTerms | None = None,
    *,
    first: date | None = None,
    last: date | None = None,
) -> RatedBill:
    """
    Price the reads of one usage point, month by month, with year-to-date energy and credits carried.

    :param first, last: local days, both included; None means as far as the reads go.
    :raises FaultyInput: if there is nothing to price or the tariff does not cover a month.
    """
    raise NotImplementedError
