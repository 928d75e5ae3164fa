"""Tags of the metering desk: its words, its figures and its style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gridhall.interfaces.console import words_metering
from gridhall.interfaces.console.balance_lists import say_completeness, say_energy, say_percent
from gridhall.interfaces.console.balance_sheets import ChartLine
from gridhall.interfaces.shared.charts.stacked_bars import draw_stacked_bars
from gridhall.interfaces.shared.word_tables import add_word_filters

register = template.Library()
add_word_filters(
    register,
    {
        "balance_word": words_metering.BALANCE_STATES,
        "finding_status_word": words_metering.FINDING_STATUSES,
        "import_word": words_metering.IMPORT_STATES,
        "method_word": words_metering.METHODS,
        "register_word": words_metering.REGISTERS,
    },
)
register.filter("finding_tone", lambda kind: words_metering.FINDING_TONES.get(kind, "plain"))
register.filter("import_tone", lambda kind: words_metering.IMPORT_TONES.get(kind, "plain"))
register.filter("balance_tone", lambda kind: words_metering.BALANCE_TONES.get(kind, "plain"))
register.filter("whole_kwh", say_energy)
register.filter("loss_percent", say_percent)
register.filter("completeness", say_completeness)


@register.filter
def meter_kwh(value: Decimal | None, unit: str = " kWh") -> str:
    """Give an energy as a meter counts it, to the watt hour."""
    return "–" if value is None else f"{value:,.3f}{unit}"


@register.simple_tag(takes_context=True)
def balance_bars(context: template.Context, lines: Sequence[ChartLine]) -> SafeString:
    """Draw losses as bars, in the size of type of the page."""
    return draw_stacked_bars([line.bar for line in lines], is_large=context["preferences"].is_large)


@register.simple_tag
def metering_styles() -> SafeString:
    """Load the style sheet of the desk."""
    return format_html('<link rel="stylesheet" href="{}">\n', static("shared/css/metering.css"))
