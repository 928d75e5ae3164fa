"""The sites of a group laid out for reading: sums, ranking with bars, pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words

KEPT = ("month", "order", "q")


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site in the ranking, with the length of its bar."""

    place: int
    site: billing.Site
    share: float


@dataclass(frozen=True, slots=True)
class GroupSheet:
    """A page of the ranking, with the addresses that lead on from it."""

    found: billing.SitePage
    rows: list[SiteRow]
    order: str
    find: str
    orders: list[tuple[str, Any, str]]
    earlier: str
    later: str
    before: str
    after: str
    here: str

    @property
    def change(self) -> Decimal:
        """How much more the month costs than the one before."""
        return self.found.amount - self.found.last_amount

    @property
    def change_percent(self) -> Decimal | None:
        """How much more was used than in the month before."""
        last = self.found.last_kwh
        return (self.found.energy_kwh - last) * 100 / last if last else None


def lay_out_group(found: billing.SitePage, *, latest: Month, asked: dict[str, str]) -> GroupSheet:
    """Lay a page out."""
    order = asked.get("order", "") if asked.get("order") in words.ORDERS else "amount"
    kept = {"month": str(found.month), "order": order, "q": asked.get("q", "").strip()[:40]}
    by_energy = order in ("energy", "change")
    most = found.most_kwh if by_energy else found.most_amount
    first = (found.page - 1) * billing.SITES_A_PAGE + 1
    rows = [
        SiteRow(first + index, site, _share(site.energy_kwh if by_energy else site.amount, most))
        for index, site in enumerate(found.sites)
    ]
    return GroupSheet(
        found=found,
        rows=rows,
        order=order,
        find=kept["q"],
        orders=[(code, word, _link(kept | {"order": code})) for code, word in words.ORDERS.items()],
        earlier=_link(kept | {"month": str(found.month.previous())}),
        later=_link(kept | {"month": str(found.month.next())}) if found.month < latest else "",
        before=_link(kept | {"page": str(found.page - 1)}) if found.page > 1 else "",
        after=_link(kept | {"page": str(found.page + 1)}) if found.page < found.pages else "",
        here=urlencode({"month": kept["month"], "order": order, "page": found.page}),
    )


def _share(value: Decimal, most: Decimal) -> float:
    return float(value / most) if most > 0 and value > 0 else 0.0


def _link(values: dict[str, str]) -> str:
    return "?" + urlencode({key: value for key, value in values.items() if value})
