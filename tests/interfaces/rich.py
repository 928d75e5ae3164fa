"""The owner's first account as it stands after many years: 400 meters, many bills, people, messages and notes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests import company as made
from tests.interfaces.examples import make_finding

MANY = 400
SEVERAL = 30


def enrich(company: made.Company) -> None:
    """Fill the owner's first account, what hangs on it, and the lists of the desks."""
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import User

    account = CustomerAccount.objects.get(number=company.numbers[0])
    owner = User.objects.get(phone=made.OWNER_PHONE)
    _connect(account)
    _agree(account)
    _let_people_in(account, owner)
    _found_group(account, owner)
    _write_down(account, owner)
    _hold_and_check(account)


def _connect(account: Any) -> None:
    """400 meters at 400 points, fed by a transformer of the company, three of the customer's own behind it."""
    from gridhall.apps.accounts.models import CustomerTransformer, Feeder, ServiceLocation, Transformer, UsagePoint
    from gridhall.apps.metering.models import Meter, MeterInstallation

    place = ServiceLocation.objects.filter(usage_points__account=account).first()
    feeder = Feeder.objects.get_or_create(code="F2", defaults={"name": "高乐山线", "substation": "咸丰变"})[0]
    fed = Transformer.objects.create(code="T9", name="龙潭9号", feeder=feeder, capacity_kva=400)
    day = account.opened_on
    points = UsagePoint.objects.bulk_create(
        UsagePoint(code=f"MANY{index:04d}", account=account, service_location=place, voltage="V220", connected_on=day,
                   transformer=fed)
        for index in range(MANY - 1)
    )  # fmt: skip
    meters = Meter.objects.bulk_create(Meter(serial_number=f"MANY{index:04d}") for index in range(MANY - 1))
    MeterInstallation.objects.bulk_create(
        MeterInstallation(usage_point=point, meter=meter, starts_on=day)
        for point, meter in zip(points, meters, strict=True)
    )
    CustomerTransformer.objects.bulk_create(
        CustomerTransformer(usage_point=points[0], name=f"{index}#", capacity_kva=100, starts_on=day)
        for index in range(3)
    )
    for days_ago in range(9, 9 + 5):
        make_finding(days_ago=days_ago)


def _agree(account: Any) -> None:
    """Terms that changed, contacts, consents, old numbers."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.actions.agreements import terms_of
    from gridhall.apps.accounts.models import AccountAlias, Contact

    agreement, at = account.agreements.get(), timezone.now()
    for ago in (300, 200, 100):
        terms = terms_of(agreement.terms.get(ends_on=None), household_size=ago // 100)
        day = timezone.localdate(at) - timedelta(days=ago)
        accounts.change_terms(agreement=agreement, starts_on=day.replace(day=1), terms=terms, at=at, actor="tests")
    party = agreement.party
    Contact.objects.bulk_create(
        [Contact(party=party, kind="PHONE", value=f"1380000{index:04d}") for index in range(5)]
        + [Contact(party=party, kind="EMAIL", value=f"tian{index}@example.com") for index in range(3)]
    )
    accounts.give_consent(party=party, kind="SPECIAL_CARE", source="counter", at=at, actor="tests")
    AccountAlias.objects.bulk_create(
        AccountAlias(kind="OLD_NUMBER", source="old", value=f"001122334{index}", account=account) for index in range(3)
    )


def _let_people_in(account: Any, owner: Any) -> None:
    """Family with and without an end, and some who were invited and did not answer."""
    from gridhall.apps.accounts.models import AccessInvitation, AccountAccess
    from gridhall.apps.identity.models import User

    now = timezone.now()
    users = User.objects.bulk_create(User(phone=f"137110000{index:02d}", name=f"亲戚{index}") for index in range(20))
    AccountAccess.objects.bulk_create(
        AccountAccess(account=account, user=user, role="FAMILY", scopes=["VIEW_USAGE", "VIEW_BILLS"], method="INVITED",
                      starts_on=account.opened_on, granted_by=owner, made_at=now)
        for user in users
    )  # fmt: skip
    AccessInvitation.objects.bulk_create(
        AccessInvitation(account=account, phone=f"137220000{index:02d}", role="FAMILY", scopes=["VIEW_USAGE"],
                         invited_by=owner, invited_at=now, expires_at=now + timedelta(days=3))
        for index in range(5)
    )  # fmt: skip


def _found_group(account: Any, owner: Any) -> None:
    """400 sites of a group, all bound to the owner."""
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount

    sites = CustomerAccount.objects.bulk_create(
        CustomerAccount(number=f"42282611{index:05d}", kind="SHOP", name=f"唐崖连锁第{index}分店", group=account,
                        opened_on="2026-01-01")
        for index in range(MANY)
    )  # fmt: skip
    AccountAccess.objects.bulk_create(
        AccountAccess(account=site, user=owner, role="AGENT", scopes=["VIEW_BILLS", "VIEW_USAGE"], method="COUNTER",
                      starts_on="2026-01-01", tag=f"分店 {site.number[-3:]}")
        for site in sites
    )  # fmt: skip


def _write_down(account: Any, owner: Any) -> None:
    """Notes, messages, what people told us, what staff looked at, views of lists, devices."""
    from gridhall.apps.identity.models import LinkedIdentity, Passkey, User, UserSession
    from gridhall.apps.notifications.models import Feedback, Message
    from gridhall.apps.workforce.models import AccountNote, SavedView, Unmasking

    now, staff = timezone.now(), list(User.objects.filter(is_staff=True))
    party = account.agreements.get().party
    some = range(SEVERAL)
    AccountNote.objects.bulk_create(
        AccountNote(account=account, text=f"备注{index}", written_by=staff[index % len(staff)], written_at=now)
        for index in some
    )
    Message.objects.bulk_create(
        Message(user=owner, kind="BILL_ISSUED", key=f"rich:{index}", title_zh="账单", title_en="Bill", text_zh="已出账",
                text_en="Issued", reason_zh="有账单", reason_en="A bill", link="/bills/", sent_at=now)
        for index in some
    )  # fmt: skip
    Feedback.objects.bulk_create(
        Feedback(number=f"Y2611{index:02d}ABCDE", user=owner if index % 2 else None, source="0" * 32, page="/bills/",
                 kind="UNCLEAR", text="看不懂", given_at=now)
        for index in some
    )  # fmt: skip
    Unmasking.objects.bulk_create(
        Unmasking(account=account, party=party, user=user, fields=["NAME"], reason_kind="BILL_QUESTION",
                  reason="核对账单", shown_at=now - timedelta(minutes=1), until=now + timedelta(minutes=9))
        for user in staff for _time in range(3)
    )  # fmt: skip
    for page in ("console:account-list", "console:finding-list", "console:bill-run-list", "console:feedback-list"):
        SavedView.objects.bulk_create(
            SavedView(user=user, page=page, name=f"视图{index}", query="sort=name", saved_at=now)
            for user in staff for index in range(5)
        )  # fmt: skip
    UserSession.objects.bulk_create(
        UserSession(user=user, session_key=f"rich{user.pk}x{index}", method="CODE", device="Chrome · Android",
                    started_at=now, seen_at=now)
        for user in (owner, *staff) for index in range(5)
    )  # fmt: skip
    Passkey.objects.bulk_create(
        Passkey(user=owner, credential_id=f"rich{index}".encode(), public_key=b"key", name=f"手机{index}",
                created_at=now)
        for index in range(3)
    )  # fmt: skip
    LinkedIdentity.objects.create(user=owner, provider="WECHAT", subject="rich", linked_at=now)


def _hold_and_check(account: Any) -> None:
    """A run with drafts, exceptions of every kind, and a sample that waits; a bill that was computed again."""
    from gridhall.apps.billing.kinds import BillExceptionKind
    from gridhall.apps.billing.models import Bill, BillCheck, BillException

    bill = Bill.objects.filter(account=account, status="ISSUED").latest("first_day")
    now = timezone.now()
    for other in Bill.objects.filter(run=bill.run):
        BillException.objects.bulk_create(
            BillException(run=bill.run, account_id=other.account_id, bill=other, kind=kind, holds=False)
            for kind in BillExceptionKind.values
        )
        BillCheck.objects.create(
            run=bill.run, bill=other, position=other.pk, drawn_for="RISK", drawn_at=now, drawn_by="tests"
        )
