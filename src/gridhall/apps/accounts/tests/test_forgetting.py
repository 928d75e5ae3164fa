"""Forgetting a user who is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from gridhall.apps.accounts import actions, handlers, models, queries
from gridhall.apps.accounts.kinds import BindingMethodKind as M
from gridhall.apps.accounts.kinds import CheckStateKind
from gridhall.apps.accounts.tests.conftest import AT, Town
from gridhall.apps.identity.events import UserErased
from gridhall.apps.identity.models import User


def test_nothing_is_kept_of_who_is_gone(town: Town, settings: Any, tmp_path: Path) -> None:
    settings.GRIDHALL_UPLOADS = tmp_path
    told = {"at": AT, "actor": "test"}
    claim = actions.Claim(M.NUMBER_CHECK, number=town.home.number, name="张三", phone_tail="1234")
    owned = actions.bind_account(user=town.zhang_user, claim=claim, address="192.0.2.7", **told)
    actions.label_access(access=owned, user=town.zhang_user, tag="爸妈家", **told)
    offer = actions.invite_to_account(
        account=town.home, phone=town.stranger.phone, called="王叔", role="FAMILY", scopes=["VIEW_BILLS"],
        inviter=town.zhang_user, **told,
    )  # fmt: skip
    seen = actions.accept_invitation(invitation=offer, user=town.stranger, **told)
    for user in (town.zhang_user, town.stranger):
        check = models.RealNameCheck.objects.create(
            user=user, name=user.name, consented_at=AT, started_at=AT, expires_at=AT + timedelta(minutes=30)
        )
        (tmp_path / f"{check.mrid}-document.sealed").write_bytes(b"?")
        models.BusinessCheck.objects.create(
            user=user, name="某公司", credit_code="91422826MA0000001L", state=CheckStateKind.WAITING, asked_at=AT
        )
        models.RealName.objects.create(user=user, party=town.zhang, level="COUNTER", verified_at=AT)

    User.objects.filter(pk=town.stranger.pk).update(phone=f"erased-{town.stranger.pk}", name="", is_active=False)
    for _again in range(2):
        handlers.forget_erased_user(UserErased(town.stranger.pk, AT.isoformat()))

    for kept in (models.RealNameCheck, models.BusinessCheck, models.RealName, models.BindingAttempt):
        assert set(kept.objects.values_list("user__name", flat=True)) == {"张三"}  # type: ignore[attr-defined]
    assert [path.name for path in tmp_path.iterdir()] == [f"{models.RealNameCheck.objects.get().mrid}-document.sealed"]
    assert not models.AccessInvitation.objects.exists()
    seen.refresh_from_db()
    assert seen.revoked_at is not None and (seen.tag, seen.called) == ("", "")
    owned.refresh_from_db()
    assert owned.revoked_at is None and owned.tag == "爸妈家"
    past = queries.list_access_history(account=town.home, viewer=town.zhang_user, at=AT)
    assert "" in {one.phone_masked for one in past} and "erased" not in repr(past)
