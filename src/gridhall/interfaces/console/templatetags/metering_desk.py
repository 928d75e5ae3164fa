"""Tags of the metering desk: its words, its figures and its style sheet."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gridhall.interfaces.console import words, words_metering

register = template.Library()
words.add_word_filters(
    register,
    {
        "finding_status_word": words_metering.FINDING_STATUSES,
        "import_word": words_metering.IMPORT_STATES,
        "method_word": words_metering.METHODS,
        "register_word": words_metering.REGISTERS,
    },
)
register.filter("finding_tone", lambda kind: words_metering.FINDING_TONES.get(kind, "plain"))
register.filter("import_tone", lambda kind: words_metering.IMPORT_TONES.get(kind, "plain"))


@register.filter
def meter_kwh(value: Decimal | None, unit: str = " kWh") -> str:
    """Give an energy as a meter counts it, to the watt hour."""
    return "–" if value is None else f"{value:,.3f}{unit}"


@register.simple_tag
def metering_styles() -> SafeString:
    """Load the style sheet of the desk."""
    return format_html('<link rel="stylesheet" href="{}">\n', static("shared/css/metering.css"))
