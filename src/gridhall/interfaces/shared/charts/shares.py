"""Shares of a whole: the ring of this month, the bar of annual tiers."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

RADIUS = 51
GAP = 1.6


def draw_ring(shares: Sequence[tuple[str, float]]) -> SafeString:
    """
    Draw a ring of parts.

    :param shares: (class of colour, share of one); what is missing to one stays empty.
    """
    parts = [f'<circle class="gh-ring-rest" cx="60" cy="60" r="{RADIUS}"/>']
    start = 0.0
    gap = GAP if sum(1 for _, share in shares if share > 0) > 1 else 0.0
    for colour, share in shares:
        length = max(min(share, 1.0) * 100 - gap, 0.0)
        if length > 0:
            parts.append(
                f'<circle class="gh-line-{colour}" cx="60" cy="60" r="{RADIUS}" pathLength="100" '
                f'stroke-dasharray="{length:.2f} 100" stroke-dashoffset="{-start:.2f}"/>'
            )
        start += share * 100
    return mark_safe(f'<svg viewBox="0 0 120 120" aria-hidden="true" focusable="false">{"".join(parts)}</svg>')


def draw_tiers(fills: Sequence[float]) -> SafeString:
    """
    Draw annual tiers as bars one after the other.

    :param fills: how much of each tier is used, as a share of one.
    """
    shares = {1: (100,), 2: (58, 42), 3: (46, 34, 20)}.get(len(fills)) or (100 / len(fills),) * len(fills)
    parts = []
    left = 0.0
    for index, (fill, share) in enumerate(zip(fills, shares, strict=True)):
        width = share - (1 if index < len(fills) - 1 else 0)
        parts.append(f'<rect class="gh-tier-rest" x="{left:.2f}%" width="{width:.2f}%" height="8" rx="4"/>')
        if fill > 0:
            used = max(width * min(fill, 1.0), 1.6)
            parts.append(
                f'<rect class="gh-tier-{min(index + 1, 3)}" x="{left:.2f}%" width="{used:.2f}%" height="8" rx="4"/>'
            )
        left += share
    return mark_safe(f'<svg class="gh-tiers" aria-hidden="true" focusable="false">{"".join(parts)}</svg>')


def draw_share(share: float, css_class: str = "total", mark: float | None = None) -> SafeString:
    """
    Draw one horizontal bar; the figure stands beside it.

    :param share: of the whole room, cut to [0, 1]. :param mark: where to draw a line across, such as a contract.
    """
    width = min(max(share, 0.0), 1.0) * 100
    place = min(max(mark or 0.0, 0.0), 1.0) * 100
    line = "" if mark is None else f'<rect class="gh-mark" x="{place:.1f}%" width="2" height="8"/>'
    return mark_safe(
        '<svg class="gh-tiers" aria-hidden="true" focusable="false">'
        '<rect class="gh-tier-rest" width="100%" height="8" rx="4"/>'
        f'<rect class="gh-fill-{css_class}" width="{width:.1f}%" height="8" rx="4"/>{line}</svg>'
    )
