"""Tags of the console: its icons and its frame."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gridhall.interfaces.console.shell import Shell, make_shell

register = template.Library()


@lru_cache(maxsize=256)
def _draw(name: str) -> SafeString:
    return format_html(
        '<svg class="gh-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons-staff.svg"),
        name,
    )


@register.simple_tag
def staff_icon(name: str) -> SafeString:
    """Draw an icon of the console's own sprite; what it means stands beside it in words."""
    return _draw(name)


@register.simple_tag(takes_context=True)
def console_shell(context: template.Context) -> Shell:
    """Give the frame of this page, made once a page."""
    request = context["request"]
    made: Shell | None = getattr(request, "console_shell", None)
    if made is None:
        made = request.console_shell = make_shell(request)
    return made
