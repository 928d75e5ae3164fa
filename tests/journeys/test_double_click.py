"""
A double click on every button: two presses at the same moment leave behind what one press leaves behind.

Every form of every page of every persona is pressed, once and then twice at once, against the committed company; after
each the database is put back. Compared is how many rows each table has gained, so that no rule has to be written for a
new form: it is found, filled in and pressed like the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from gridhall.core.tests.threads import run_aside
from tests import company as made
from tests import snapshots
from tests.interfaces.people import PERSONAS, ROLES, make_persona
from tests.journeys.people import sign_in_aside
from tests.journeys.pressing import Form, find_forms, press, walk_pages

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
STARTS = ("/", "/mine/", "/accounts/manage/", "/mine/security/", "/messages/", "/sign-in/", "/sign-in/?by=password")
DESK_STARTS = ("/console/", "/console/sign-in/", f"/console/accounts/{made.CUSTOMERS[0].number}/", "/console/staff/")
# The audit trail tells of each press that came; what follows from what it tells is in other tables.
TELLS_EACH = frozenset({"core_event", "django_session", "axes_accesslog", "axes_accessattempt"})
_EACH_TRY = "each wrong try counts against guessing, whoever pressed how often"
# What two presses may leave otherwise than one, and why that is no thing done twice.
MAY_DIFFER: dict[tuple[str, str], str] = {
    ("portal:sign-in", "identity_signinfailure"): _EACH_TRY,
    ("portal:binding-number", "accounts_bindingattempt"): _EACH_TRY,
    ("portal:binding-meter", "accounts_bindingattempt"): _EACH_TRY,
    ("portal:binding-slip", "accounts_bindingattempt"): _EACH_TRY,
    ("portal:binding-match", "accounts_bindingattempt"): _EACH_TRY,
}
# Forms that are surely found and do something, so that the walk does not end with nothing found.
CHANGES_SOMETHING = frozenset(
    {
        "console:account-list", "console:note-delete", "console:note-edit", "console:note-write", "console:staff-end",
        "console:staff-grant", "console:staff-reset", "console:view-save", "portal:account-detail",
        "portal:account-move", "portal:account-switch", "portal:account-unbind", "portal:binding-match",
        "portal:consent-change", "portal:feedback", "portal:forgotten-password", "portal:leave", "portal:link-remove",
        "portal:message-change", "portal:message-settings", "portal:own-data-export", "portal:passkey-remove",
        "portal:password-change", "portal:preferences", "portal:real-name-person", "portal:session-end",
        "portal:session-end-others", "portal:sharing-detail", "portal:sharing-end", "portal:sharing-invite",
        "portal:sharing-withdraw", "portal:sign-in", "portal:sign-out", "portal:usage-export",
    }
)  # fmt: skip


@pytest.fixture
def own(company: made.Company) -> Iterator[psycopg.Connection[Any]]:
    """A connection that commits."""
    with snapshots.open_own() as connection:
        yield connection


@pytest.fixture
def people(company: made.Company, put_back: None, settings: Any, tmp_path: Any) -> dict[str, Client]:
    """Every persona signed in, with things of their own; everything is put back afterwards."""
    settings.GRIDHALL_SIGN_IN = settings.GRIDHALL_IDENTITY_CHECKS = "sandbox"
    settings.GRIDHALL_UPLOADS = tmp_path / "uploads"
    settings.GRIDHALL_DATA_VERSION_S = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    (clients,) = run_aside(lambda: {persona: sign_in_aside(make_persona(persona)) for persona in PERSONAS})
    run_aside(_give_things)
    return clients


def _give_things() -> None:
    """Give people what has buttons of its own: messages, devices, passkeys, notes, views, invitations, a group."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import Authenticator, LinkedIdentity, Passkey, User
    from gridhall.apps.notifications import actions as notifications
    from gridhall.apps.workforce import actions as workforce

    at, actor = timezone.now(), "tests"
    owner, family = User.objects.get(phone=made.OWNER_PHONE), User.objects.get(phone=made.FAMILY_PHONE)
    newcomer, clerk = User.objects.get(name="newcomer"), User.objects.get(phone=made.STAFF_PHONE)
    accounts_of_owner = list(CustomerAccount.objects.filter(number__in=[one.number for one in made.CUSTOMERS[:2]]))
    for invited in (newcomer, family):
        accounts.invite_to_account(
            account=accounts_of_owner[1], inviter=owner, phone=invited.phone, role="FAMILY", scopes=["PAY"],
            at=at, actor=actor,
        )  # fmt: skip
    for member in User.objects.filter(is_staff=True):
        Authenticator.objects.get_or_create(user=member, defaults={"secret_encrypted": b"k", "confirmed_at": at})
    Passkey.objects.create(user=owner, credential_id=b"1", public_key=b"k", name="旧手机", created_at=at)
    LinkedIdentity.objects.create(user=owner, provider="WECHAT", subject="1", linked_at=at)
    notifications.send_message(user=owner, kind="EXPORT_MADE", context={"at": at}, at=at, actor=actor)
    workforce.write_note(account=accounts_of_owner[0], text="客户下午在家", by=clerk, at=at, actor=actor)
    workforce.save_view(page="account-list", name="龙潭村", query="kind=SHOP", by=clerk, at=at, actor=actor)
    sign_in_aside(owner.phone)
    sign_in_aside(clerk.phone)


def test_two_presses_at_once_leave_what_one_leaves(own: psycopg.Connection[Any], people: dict[str, Client]) -> None:
    kept = snapshots.keep(own, "kept_for_presses")
    faults, pressed = [], set()
    for persona, form in _find_forms(own, kept, people):
        once = _measure(own, kept, people[persona], form, times=1)
        twice = _measure(own, kept, people[persona], form, times=2)
        label = f"{form.address} {form.button} by {persona} on {form.page}"
        pressed |= {form.address} if once.effects else set()
        if any(not isinstance(status, int) or status >= 500 for status in (*once.answers, *twice.answers)):
            faults.append(f"{label}: {once.answers}, {twice.answers}")
        faults += [f"{label}: {table} by one {now}, by two {then}" for table, now, then in _compare(form, once, twice)]
    snapshots.forget(own, kept)
    assert not faults, "\n".join(faults)
    assert pressed >= CHANGES_SOMETHING, CHANGES_SOMETHING - pressed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pressing came to: the answers, and of each table that changed how many rows more and a digest of all."""

    answers: list[int | str]
    effects: dict[str, tuple[int, str]]


def _find_forms(
    own: psycopg.Connection[Any], kept: snapshots.Snapshot, people: dict[str, Client]
) -> list[tuple[str, Form]]:
    found: dict[tuple[Any, ...], tuple[str, Form]] = {}
    for persona, client in people.items():
        starts = (*STARTS, *DESK_STARTS) if persona in ROLES else STARTS
        (forms,) = run_aside(lambda client=client, starts=starts: _collect(client, starts))
        for form in forms:
            found.setdefault(form.key, (persona, form))
        _put_back(kept, own)  # looking at a message notes that it was read
    return list(found.values())


def _compare(form: Form, once: Outcome, twice: Outcome) -> Iterator[tuple[str, Any, Any]]:
    for table in sorted(once.effects.keys() | twice.effects.keys()):
        now, then = once.effects.get(table), twice.effects.get(table)
        if now != then and table not in TELLS_EACH and (form.address, table) not in MAY_DIFFER:
            yield table, now, then


def _collect(client: Client, starts: tuple[str, ...]) -> list[Form]:
    return [form for path, tree in walk_pages(client, list(starts)) for form in find_forms(path, tree)]


def _measure(
    own: psycopg.Connection[Any], kept: snapshots.Snapshot, client: Client, form: Form, *, times: int
) -> Outcome:
    answers = press(client, form, times=times)
    outcome = Outcome(answers, kept.read_effects(own, kept.list_changed(own)))
    _put_back(kept, own)
    return outcome


def _put_back(kept: snapshots.Snapshot, own: psycopg.Connection[Any]) -> None:
    kept.restore(own)
    for cache in caches.all(initialized_only=True):
        cache.clear()
