"""How much may be sent, and by whom; what grows too large is stopped while it arrives."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, parse_cookie
from django.utils.module_loading import import_string

MOST_BYTES_A_REQUEST = 32_000_000
"""Of anybody. It is written to disk before anybody knows who sends it, so there must be an end."""
MOST_BYTES_A_FILE = 15_000_000
OF_STAFF = "/console/"
"""Where staff bring in whole files of data."""


def get_most_a_request(path: str, cookies: str) -> int:
    """
    Tell how many bytes one request may send: at the console more, but only who sits at it.

    :param cookies: the header; the session is looked up, so ask only about requests that want to send much.
    """
    if path.startswith(OF_STAFF) and _is_of_staff(cookies):
        return int(settings.GRIDHALL_LARGEST_UPLOAD)
    return MOST_BYTES_A_REQUEST


def _is_of_staff(cookies: str) -> bool:
    from gridhall.apps.identity import queries  # the server needs the rest of this module before apps are loaded

    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request: Any = HttpRequest()
    request.session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(key)
    user: Any = get_user(request)
    return bool(user.is_active and user.is_staff and queries.has_second_factor(request))


def get_most_a_file(path: str) -> int:
    """Tell how many bytes one file of a form may have."""
    return int(settings.GRIDHALL_LARGEST_READ_FILE) if path.startswith(OF_STAFF) else MOST_BYTES_A_FILE


class PageUploadHandler(FileUploadHandler):
    """Lets go of a file that grows too large, and notes its field for the form."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass on what still fits."""
        request: Any = self.request
        if start + len(raw_data) > get_most_a_file(request.path):
            request.META.setdefault("gridhall.too_large", set()).add(self.field_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave keeping to the handlers after this one."""


def was_too_large(request: Any, field: str) -> bool:
    """Tell whether the file of a field was let go because it grew too large."""
    return field in request.META.get("gridhall.too_large", ())
