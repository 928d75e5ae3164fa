"""What makes the app installable and tells it from a dead line: manifest, service worker, offline page."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gridhall.apps.identity import queries as identity
from gridhall.interfaces.portal.words_install import list_ways

# The shell: what every page is dressed in, and the page that says there is no network. No page of an account.
SHELL = (
    "shared/css/portal.css",
    "shared/js/app.js",
    "shared/js/vault.js",
    "vendor/htmx.min.js",
    "vendor/icons.svg",
    "vendor/digits-500.woff2",
    "vendor/digits-600.woff2",
)
OFFLINE_PAGE = "portal/device/offline.html"
A_DAY_S = 86_400
SHORTCUTS = (
    (gettext_lazy("账单"), "portal:bill-list"),
    (gettext_lazy("用电"), "portal:usage-year"),
    (gettext_lazy("电价"), "portal:prices"),
    (gettext_lazy("消息"), "portal:message-list"),
)
# Taken of made-up customers.
SCREENSHOTS = (
    ("shot-home", "780x1688", "narrow", gettext_lazy("首页")),
    ("shot-bill", "780x1688", "narrow", gettext_lazy("账单")),
    ("shot-usage", "1280x800", "wide", gettext_lazy("用电")),
)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Say that there is no network. Holds nothing of anybody, so the device may keep it."""
    response = render(request, "portal/device/offline.html", {"viewer_mark": ""})
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker with the shell's addresses of this release."""
    shell = [static(path) for path in SHELL]
    page = get_template(OFFLINE_PAGE).template.source
    version = hashlib.sha256(json.dumps([*shell, page]).encode()).hexdigest()[:12]
    context = {"version": version, "shell": json.dumps(shell), "offline": json.dumps(reverse("portal:offline"))}
    context["icon"] = json.dumps(static("shared/img/icon-192.png"))
    response = render(request, "portal/device/service_worker.js", context, content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def install(request: HttpRequest) -> HttpResponse:
    """Say how the app is put on the home screen, beginning with the device that asks."""
    ways, is_known = list_ways(identity.get_device(request))
    return render(request, "portal/device/install.html", {"tab": "mine", "ways": ways, "is_known": is_known})


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Give the web app manifest: names, icons, pictures of the app, and ways straight to a page."""
    content = {
        "id": "/",
        "name": _("咸丰县供电公司 · 网上电厅"),
        "short_name": _("网上电厅"),
        "description": _("看账单、查用电、比电价，每一分钱都说得清。"),
        "lang": request.preferences.html_language,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F3F5F7",
        "theme_color": "#00695C",
        "categories": ["utilities", "finance"],
        "launch_handler": {"client_mode": "navigate-existing"},
        "icons": [_describe_icon(size, purpose) for size in (192, 512) for purpose in ("any", "maskable")],
        "shortcuts": [
            {"name": str(name), "url": reverse(view), "icons": [_describe_icon(192, "any")]} for name, view in SHORTCUTS
        ],
        "screenshots": [
            {
                "src": static(f"shared/img/{file}.png"),
                "sizes": sizes,
                "type": "image/png",
                "form_factor": form_factor,
                "label": str(label),
            }
            for file, sizes, form_factor, label in SCREENSHOTS
        ],
    }
    response = HttpResponse(json.dumps(content, ensure_ascii=False), content_type="application/manifest+json")
    response.headers["Cache-Control"] = f"private, max-age={A_DAY_S}"
    return response


def _describe_icon(size: int, purpose: str) -> dict[str, str]:
    name = "icon" if purpose == "any" else f"icon-{purpose}"
    return {
        "src": static(f"shared/img/{name}-{size}.png"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }
