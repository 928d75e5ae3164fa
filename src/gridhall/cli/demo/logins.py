"""The demo county's people who can sign in, one for each kind of customer, and what each may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridhall.cli.demo.county import CountyPlan, list_chain

# A password that everybody may know: the demo county has no real customer in it.
DEMO_PASSWORD = "xianfeng-2026"
# Known to everybody, too: with it `gridhall demo code` says the six digits that staff are asked for.
DEMO_SECRET = "XIANFENGDEMOCOUNTYGRIDHALL234567"
LOGIN_TITLES = {
    "19900000001": "居民 Home",
    "19900000002": "商户 Shop",
    "19900000003": "企业 Enterprise",
    "19900000004": "电动车主 EV driver",
    "19900000005": "光伏业主 PV owner",
    "19900000006": "一家多户 Several homes",
    "19900000007": "连锁总部 Group of shops",
}

STAFF_TITLES = {
    "19900000011": ("CLERK", "周前台", "营业员 Clerk"),
    "19900000012": ("BILLING", "吴核算", "电费核算 Billing"),
    "19900000013": ("BILLING_APPROVER", "郑审核", "电费审核 Approves bills"),
    "19900000014": ("METERING", "王计量", "计量 Metering"),
    "19900000015": ("TARIFF", "冯电价", "电价 Tariffs"),
    "19900000016": ("TARIFF_APPROVER", "陈复核", "电价审批 Approves tariffs"),
    "19900000017": ("MANAGER", "褚经理", "经理 Manager"),
    "19900000018": ("AUDITOR", "卫审计", "审计 Auditor"),
    "19900000019": ("ADMINISTRATOR", "蒋管理", "系统管理员 Administrator"),
}
"""Members of staff, one a role: phone to role, name, title."""


@dataclass(frozen=True)
class DemoLogin:
    """One demo customer: phone, whom he stands for, and the supply points he may see (the first is his main one)."""

    phone: str
    points: tuple[int, ...]


def choose_logins(plan: CountyPlan) -> list[DemoLogin]:
    """Choose one supply point of each kind, plausible ones, and a person with several."""

    def first(kind: str, *, skip: int = 0) -> int:
        found = [p.index for p in plan.points if p.kind == kind and not p.transfer_on and not p.exchange_on]
        lively = [i for i in found if kind != "RESIDENT" or 0.20 < plan.points[i].mean_kw < 0.40]
        return (lively or found)[skip]

    home, parents, own = (first("RESIDENT", skip=skip) for skip in range(3))
    shop, firm, charger, roof = first("SHOP"), first("ENTERPRISE"), first("EV"), first("PV")
    head = list_chain(plan.points)[0].index
    points = ((home,), (shop,), (firm,), (charger,), (roof,), (own, parents, shop, charger), (head,))
    return [DemoLogin(phone, indices) for phone, indices in zip(LOGIN_TITLES, points, strict=True)]


def write_logins(plan: CountyPlan, *, opened_on: date, at: datetime) -> None:
    """Make the demo users and open their access; run again, it changes nothing."""
    from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, BindingMethodKind
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import User
    from gridhall.cli.demo.rows import customer_number

    tags = ("我家", "父母家", "门店", "车位充电桩")
    for login in choose_logins(plan):
        user = User.objects.filter(phone=login.phone).first()
        if user is None:
            name = plan.points[login.points[0]].party_name
            user = identity.create_user(
                phone=login.phone, name=name, password=DEMO_PASSWORD, at=at, actor="demo", is_phone_verified=True
            )
        for position, index in enumerate(login.points):
            own = position == 0
            AccountAccess.objects.get_or_create(
                account=CustomerAccount.objects.get(number=customer_number(index)),
                user=user,
                revoked_at=None,
                defaults={
                    "role": AccessRoleKind.OWNER if own else AccessRoleKind.FAMILY,
                    "scopes": list(AccessScopeKind)
                    if own
                    else [AccessScopeKind.VIEW_BILLS, AccessScopeKind.VIEW_USAGE, AccessScopeKind.PAY],
                    "method": BindingMethodKind.COUNTER if own else BindingMethodKind.GRANTED,
                    "tag": tags[position] if len(login.points) > 1 else "",
                    "is_main": own,
                    "starts_on": opened_on,
                },
            )
    _write_group(plan, at=at)
    _write_staff(at=at)


def _write_group(plan: CountyPlan, *, at: datetime) -> None:
    """Let the head office of the chain see all its shops; run again, it changes nothing."""
    from gridhall.apps.accounts import actions
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.cli.demo.rows import customer_number

    head, *shops = (customer_number(point.index) for point in list_chain(plan.points))
    first = CustomerAccount.objects.get(number=head)
    for account in CustomerAccount.objects.filter(number__in=shops, group=None).order_by("number"):
        actions.group_account(account=account, head=first, at=at, actor="demo")


def _write_staff(*, at: datetime) -> None:
    """Make one member of staff for each role."""
    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import User

    for phone, (role, name, _title) in STAFF_TITLES.items():
        user = User.objects.filter(phone=phone).first()
        if user is None:
            user = identity.create_staff(phone=phone, name=name, password=DEMO_PASSWORD, at=at, actor="demo")
            identity.enroll(user=user, secret=DEMO_SECRET, at=at, actor="demo")
        identity.grant_role(user=user, role=role, granted_by=None, at=at, actor="demo")
