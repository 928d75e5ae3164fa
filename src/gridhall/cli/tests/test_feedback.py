"""`gridhall feedback`: what people wrote, without what would steer a terminal or a table program."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gridhall.cli.feedback import feedback

pytestmark = pytest.mark.django_db


def test_feedback_is_listed_and_settled() -> None:
    from gridhall.apps.notifications.actions import give_feedback

    kept = give_feedback(
        user=None, source="x", kind="WRONG", text="=1+1\x1b[31m 图看不清", rating=2, page="/bills/",
        contact="13800001234", at=datetime(2026, 11, 3, 4, tzinfo=UTC), actor="test",
    )  # fmt: skip
    shown = CliRunner().invoke(feedback, ["list"]).output
    assert kept.number in shown and "图看不清" in shown and "\x1b" not in shown and "2026-11-03 12:00" in shown
    table = CliRunner().invoke(feedback, ["list", "--csv"]).output
    assert "'=1+1" in table
    assert "Nothing is open" in CliRunner().invoke(feedback, ["list", "--page", "/usage/"]).output
    assert CliRunner().invoke(feedback, ["settle", kept.number, "--note", "done"]).exit_code == 0
    assert "Nothing is open" in CliRunner().invoke(feedback, ["list"]).output
    assert "Settled by" in CliRunner().invoke(feedback, ["list", "--all"]).output
