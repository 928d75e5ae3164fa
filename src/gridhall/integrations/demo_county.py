"""Whether this hall is the demo county, whose customers do not exist: there, and only there, sandboxes stand in."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings


def is_demo_county() -> bool:
    """Tell whether the demo county was built here, as `gridhall up` and `gridhall demo build` note it."""
    try:
        kept = json.loads((Path(settings.DATA_DIR) / "demo.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(kept, dict) and kept.get("state") in ("billing", "done")
