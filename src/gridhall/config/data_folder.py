"""Where this installation keeps what it keeps: database files, interval data, keys, the drop folder."""

from __future__ import annotations

import os
from pathlib import Path


def get_data_folder() -> Path:
    """Give the data folder: GRIDHALL_DATA, else `.gridhall` beside the checkout. It is made when first written to."""
    given = os.environ.get("GRIDHALL_DATA")
    if given:
        return Path(given).expanduser().resolve()
    return Path(__file__).resolve().parents[3] / ".gridhall"
