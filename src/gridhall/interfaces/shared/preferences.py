"""How a person reads: language, appearance, size of type. Kept with the user, and on the device until he signs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from gridhall.apps.identity.kinds import AppearanceKind, ReadingModeKind

APPEARANCE_COOKIE = "gridhall_appearance"
READING_COOKIE = "gridhall_reading"
COOKIE_AGE_S = 400 * 24 * 3600
LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)
HTML_LANGUAGE = {"zh-hans": "zh-CN", "en": "en"}
THEMES = {AppearanceKind.LIGHT: "light", AppearanceKind.DARK: "dark"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a page is dressed by."""

    language: str
    appearance: str
    reading_mode: str

    @property
    def html_language(self) -> str:
        """The `lang` attribute."""
        return HTML_LANGUAGE[self.language]

    @property
    def theme(self) -> str:
        """The `data-theme` attribute; empty follows the device."""
        return THEMES.get(self.appearance, "")

    @property
    def is_large(self) -> bool:
        """Whether type is large."""
        return self.reading_mode == ReadingModeKind.LARGE


def read_preferences(request: HttpRequest) -> Preferences:
    """Give the signed-in user's preferences, else the device's, else what the browser asks for."""
    user = request.user
    if user.is_authenticated:
        language, appearance, reading_mode = user.language, user.appearance, user.reading_mode
    else:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        appearance = request.COOKIES.get(APPEARANCE_COOKIE, "")
        reading_mode = request.COOKIES.get(READING_COOKIE, "")
    if language not in LANGUAGES:
        asked = translation.get_language_from_request(request)
        language = asked if asked in LANGUAGES else settings.LANGUAGE_CODE
    return Preferences(
        language=language,
        appearance=appearance if appearance in AppearanceKind.values else AppearanceKind.AUTO.value,
        reading_mode=reading_mode if reading_mode in ReadingModeKind.values else ReadingModeKind.NORMAL.value,
    )


def read_wanted_preferences(request: HttpRequest) -> Preferences:
    """Give the preferences of this request as its address changes them (`?appearance=DARK`), for this answer only."""
    known, wanted = request.preferences, request.GET
    language = wanted.get("language", known.language)
    appearance = wanted.get("appearance", known.appearance)
    reading_mode = wanted.get("reading_mode", known.reading_mode)
    return Preferences(
        language=language if language in LANGUAGES else known.language,
        appearance=appearance if appearance in AppearanceKind.values else known.appearance,
        reading_mode=reading_mode if reading_mode in ReadingModeKind.values else known.reading_mode,
    )


def keep_on_device(response: HttpResponse, preferences: Preferences) -> None:
    """Write the preferences into the device's cookies, so that signed-out pages look the same."""
    for name, value in (
        (settings.LANGUAGE_COOKIE_NAME, preferences.language),
        (APPEARANCE_COOKIE, preferences.appearance),
        (READING_COOKIE, preferences.reading_mode),
    ):
        response.set_cookie(
            name, value, max_age=COOKIE_AGE_S, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


class PreferencesMiddleware:
    """Reads the preferences once a request and answers in their language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        preferences = request.preferences = read_preferences(request)
        request.LANGUAGE_CODE = preferences.language
        with translation.override(preferences.language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", preferences.html_language)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            return response


def preferences(request: HttpRequest) -> dict[str, object]:
    """Context processor: the preferences of this request (the usual ones where a page failed before they were read)."""
    usual = Preferences(settings.LANGUAGE_CODE, AppearanceKind.AUTO.value, ReadingModeKind.NORMAL.value)
    return {"preferences": getattr(request, "preferences", usual)}
