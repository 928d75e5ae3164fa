"""Charts of homes, prices and groups for templates."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from gridhall.interfaces.shared.charts.day_strip import Stretch, draw_small_strip, draw_strip
from gridhall.interfaces.shared.charts.load_curve import Curve, draw_curve
from gridhall.interfaces.shared.charts.shares import draw_share

register = template.Library()


@register.simple_tag(takes_context=True)
def day_strip(context: template.Context, stretches: Sequence[Stretch], now: int | None = None) -> SafeString:
    """Draw the periods of a day in the size of type of the page."""
    return draw_strip(stretches, now=now, is_large=context["preferences"].is_large)


@register.simple_tag
def small_strip(stretches: Sequence[Stretch]) -> SafeString:
    """Draw the periods of a day of the calendar."""
    return draw_small_strip(stretches)


@register.simple_tag(takes_context=True)
def load_curve(context: template.Context, curve: Curve) -> SafeString:
    """Draw a load curve in the size of type of the page."""
    return draw_curve(curve, is_large=context["preferences"].is_large)


@register.simple_tag
def share_bar(share: float, css_class: str = "total", mark: float | None = None) -> SafeString:
    """Draw a horizontal bar that fills a share of its room."""
    return draw_share(share, css_class, mark)
