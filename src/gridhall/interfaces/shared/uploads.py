"""What is sent with a form is stopped while it arrives when it grows too large."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

MOST_BYTES = 15_000_000
OF_STAFF = "/console/"  # staff bring in whole files of data


class PageUploadHandler(FileUploadHandler):
    """Lets go of a file that grows too large, and notes its field for the form."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass on what still fits."""
        request: Any = self.request
        most = settings.GRIDHALL_LARGEST_READ_FILE if request.path.startswith(OF_STAFF) else MOST_BYTES
        if start + len(raw_data) > most:
            request.META.setdefault("gridhall.too_large", set()).add(self.field_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave keeping to the handlers after this one."""


def was_too_large(request: Any, field: str) -> bool:
    """Tell whether the file of a field was let go because it grew too large."""
    return field in request.META.get("gridhall.too_large", ())
