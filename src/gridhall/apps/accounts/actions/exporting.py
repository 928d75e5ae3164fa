"""Writing accounts to files, and telling that personal data left the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gridhall.apps.accounts import queries
from gridhall.apps.accounts.events import AccountsExported
from gridhall.core import events

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


def export_accounts(
    *, folder: Path, by: User, at: datetime, actor: str, further: Mapping[str, str] | None = None
) -> dict[str, int]:
    """
    Write every file that `import_accounts` reads; give the bytes of each.

    :param further: files of another app: the name of each, and the statement that selects its rows.
    :raises AccessDenied: if `by` is no manager.
    """
    # Told first: a file that was half written has left the house, too.
    if not queries.may_export_customers(by):
        raise queries.AccessDenied
    events.publish(AccountsExported(folder=str(folder)[:200]), actor=actor, at=at)
    return queries.export_accounts(folder=folder, viewer=by, further=further)
