"""Users, and an outbox of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gridhall.apps.identity.actions import create_user
from gridhall.apps.identity.models import User

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NIGHT = datetime(2026, 11, 3, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
MORNING = datetime(2026, 11, 4, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def outbox(settings: Any, tmp_path: Path) -> Any:
    """Where text messages of this test are kept."""
    settings.DATA_DIR = tmp_path
    from gridhall.integrations.messaging import get_outbox

    return get_outbox()


@pytest.fixture
def user(db: None) -> User:
    """Somebody whose phone is proved to be his."""
    return create_user(phone="13800001234", name="田大山", password=None, at=NOON, actor="test", is_phone_verified=True)


@pytest.fixture
def other(db: None) -> User:
    """Somebody else, whose phone nobody checked."""
    return create_user(phone="13800005678", name="覃伯伯", password=None, at=NOON, actor="test")
