"""
Signed-in customers of the demo county, for loads on pages: `python -m benchmarks.home_customers COUNT`.

Prints [{"cookie", "number", "bill", "bill_number"}] as JSON: for each customer a session of his own, the number of his
account and his last bill (empty if he has none); the accounts are spread over the whole county. They are written as
rows; what a page shows of them was made by the usual actions. With `--measured`, the month under way is measured ahead,
as it is every hour.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any


def make_customers(count: int) -> list[dict[str, str]]:
    """Make users with one account each and a session; those of an earlier run are used again."""
    from django.conf import settings
    from django.utils import timezone

    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount, CustomerAgreement
    from gridhall.apps.identity.models import User

    phones = [f"166{index:08d}" for index in range(count)]
    known = set(User.objects.filter(phone__in=phones).values_list("phone", flat=True))
    User.objects.bulk_create(
        [User(phone=phone, name=f"客户{phone[-4:]}", password=f"!{phone}") for phone in phones if phone not in known]
    )
    users = list(User.objects.filter(phone__in=phones).order_by("phone"))
    today = timezone.localdate()
    held = CustomerAgreement.objects.filter(ends_on=None).values("account_id")
    free = CustomerAccount.objects.filter(closed_on=None, id__in=held).exclude(accesses__role="OWNER")
    taken = dict(AccountAccess.objects.filter(user__in=users).values_list("user_id", "account__number"))
    choice = list(free.order_by("id").values_list("id", "number"))
    step = max(len(choice) // max(count, 1), 1)
    accesses, numbers = [], {}
    for position, user in enumerate(users):
        if user.pk in taken:
            numbers[user.pk] = taken[user.pk]
            continue
        account_id, numbers[user.pk] = choice[position * step]
        accesses.append(
            AccountAccess(
                account_id=account_id,
                user=user,
                role="OWNER",
                method="COUNTER",
                is_main=True,
                scopes=["VIEW_BILLS", "VIEW_USAGE", "PAY", "MANAGE"],
                starts_on=today - timedelta(days=1),
            )
        )
    AccountAccess.objects.bulk_create(accesses)
    cookies = _open_sessions(users, settings.SESSION_COOKIE_NAME)
    bills = _find_bills(list(numbers.values()))
    return [
        {"cookie": cookies[user.pk], "number": numbers[user.pk]}
        | dict(zip(("bill", "bill_number"), bills.get(numbers[user.pk], ("", "")), strict=True))
        for user in users
    ]


def _find_bills(numbers: list[str]) -> dict[str, tuple[str, str]]:
    from gridhall.apps.billing.models import Bill

    rows = Bill.objects.filter(account__number__in=numbers, issued_at__isnull=False, agreement__ends_on=None)
    listed = rows.order_by("first_day").values_list("account__number", "mrid", "number")
    return {account: (str(mrid), number) for account, mrid, number in listed}


def measure_months() -> None:
    """Measure the month under way, as the queue does every hour."""
    from django.utils import timezone

    from gridhall.apps.billing import actions

    actions.measure_months_so_far(at=timezone.now())


def _open_sessions(users: list[Any], cookie: str) -> dict[int, str]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store = SessionStore()
    rows, cookies = [], {}
    for user in users:
        facts = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "gridhall.config.authentication.UserBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key = store._get_new_session_key()  # type: ignore[attr-defined]
        ends_at = timezone.now() + timedelta(days=1)
        rows.append(Session(session_key=key, session_data=store.encode(facts), expire_date=ends_at))
        cookies[user.pk] = f"{cookie}={key}"
    Session.objects.bulk_create(rows)
    return cookies


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    import django

    django.setup()
    if "--measured" in sys.argv:
        measure_months()
    sys.stdout.write(json.dumps(make_customers(int(sys.argv[1]))))
