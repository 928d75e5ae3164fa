"""An account, and people of several roles. Names are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models import Contact, CustomerAccount, CustomerAgreement, Party
from gridhall.apps.identity.models import StaffRole, User

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)


def make_account(number: str, name: str) -> CustomerAccount:
    """An open account whose holder has a phone."""
    party = Party.objects.create(kind=kinds.PartyKind.PERSON, name=name)
    Contact.objects.create(
        party=party, kind=kinds.ContactKind.PHONE, value=f"1380000{number[-4:]}", is_primary=True
    )  # fmt: skip
    account = CustomerAccount.objects.create(
        number=number, kind=kinds.CustomerKind.RESIDENT, name=name, opened_on=date(2025, 1, 1)
    )
    CustomerAgreement.objects.create(account=account, party=party, starts_on=date(2025, 1, 1))
    return account


def make_person(phone: str, name: str, *roles: str) -> User:
    """A member of staff with some roles; without one, a customer."""
    user = User.objects.create(phone=phone, name=name, password="!", phone_verified_at=AT, is_staff=bool(roles))
    for role in roles:
        StaffRole.objects.create(user=user, role=role, granted_at=AT)
    return User.objects.get(pk=user.pk)


@dataclass
class Office:
    """Who works here, and on what."""

    account: CustomerAccount
    other_account: CustomerAccount
    clerk: User
    second_clerk: User
    auditor: User
    administrator: User
    customer: User


@pytest.fixture
def office(db: None) -> Office:
    return Office(
        account=make_account("4228260000017", "张三"),
        other_account=make_account("4228260000025", "李四"),
        clerk=make_person("13600000001", "赵工", "CLERK"),
        second_clerk=make_person("13600000002", "钱工", "CLERK"),
        auditor=make_person("13600000003", "孙工", "AUDITOR"),
        administrator=make_person("13600000004", "周工", "ADMINISTRATOR"),
        customer=make_person("13800000017", "张三"),
    )
