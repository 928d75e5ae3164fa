"""Values for the addresses that have some in them: things of the owner's first account."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from gridhall.core.periods import Month
from gridhall.interfaces.portal.month_cards import MonthCard, write_card
from tests.company import CUSTOMERS, OWNER_PHONE, STAFF_PHONE

OWN_PAGES: frozenset[str] = frozenset({"portal:group-site"})
"""Addresses whose answer may repeat what was asked for, such as a number that a stranger typed himself."""


def make_address(address: str, bill: Any) -> str:
    """Give the path of an address (`portal:bill-line`) with examples of the owner's."""
    from django.urls import get_resolver

    namespace, _, name = address.partition(":")
    resolver = get_resolver().namespace_dict[namespace][1]
    (candidates, *_rest) = resolver.reverse_dict.getlist(name)
    wanted = candidates[0][0][1]
    values = {"mrid": bill.mrid, "position": 1, "month": Month.of(bill.first_day), "day": bill.first_day}
    if "run" in wanted:
        values["run"] = bill.run.mrid
    if set(wanted) & {"access", "other", "invitation"}:
        values |= _list_accesses(bill)
    if "document_id" in wanted:
        values["document_id"] = _find_tariff()
    if address in ("console:staff-detail", "console:staff-edit"):
        values["mrid"] = _find_clerk()
    values |= OTHER_VALUES.get(address, {})
    if address in ("console:finding-detail", "console:finding-settle"):
        values["mrid"] = make_finding().mrid
    if address == "console:feedback-detail":
        values["number"] = make_feedback().number
    if address in ("console:read-file-detail", "console:read-file-faults"):
        values["pk"] = make_import().pk
    if address.startswith("console:balance-"):
        values["code"] = make_balances()[address == "console:balance-transformer"]
    return reverse(address, kwargs={key: values[key] for key in wanted})


_ACCOUNT = {"number": CUSTOMERS[0].number}
_VENDOR = {"provider": "wechat"}
_CARD = {"card": write_card(MonthCard("2026-10", "12345" * 6 + "0", -12, "YEAR", 43, "zh-hans"))}
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "portal:group-site": {"number": CUSTOMERS[0].number},
    "portal:help-article": {"slug": "tiers"},
    "portal:feedback-thanks": {"number": "Y261123ABCDE"},
    "portal:shared-card": _CARD,
    "portal:shared-card-picture": _CARD,
    "portal:vendor-start": _VENDOR,
    "portal:vendor-return": _VENDOR,
    "portal:sandbox-vendor": _VENDOR,
    "portal:sandbox-card": {"side": "document"},
    "portal:link-add": _VENDOR,
    "portal:link-remove": _VENDOR,
    "console:account-detail": _ACCOUNT,
    "console:account-mask": _ACCOUNT,
    "console:account-unmask": _ACCOUNT,
    "console:note-write": _ACCOUNT,
    "console:meter-detail": {"serial": f"22110{CUSTOMERS[0].number[-8:]}"},
}
"""For addresses whose `mrid` is not that of a bill, and for other converters: address -> converter name -> value."""


def _find_tariff() -> int:
    """The tariff of the owner's second account, in force."""
    from gridhall.apps.tariffs.models import TariffDocument

    return TariffDocument.objects.get(code=CUSTOMERS[1].tariff, status="APPROVED").pk


def _find_clerk() -> Any:
    from gridhall.apps.identity.models import User

    return User.objects.get(phone=STAFF_PHONE).mrid


def make_feedback() -> Any:
    """Give a word of the owner about a page that waits for an answer, made if it is not there."""
    from django.utils import timezone

    from gridhall.apps.identity.models import User
    from gridhall.apps.notifications.models import Feedback

    made = {"kind": "UNCLEAR", "text": "阶梯怎么算的？电话 13800001234", "page": "/prices/", "given_at": timezone.now(),
            "user": User.objects.get(phone=OWNER_PHONE), "source": "0" * 32, "contact": "13800001234"}  # fmt: skip
    return Feedback.objects.get_or_create(number="Y261123T3S7S", defaults=made)[0]


def make_balances() -> tuple[str, str]:
    """Give the codes of a feeder and a transformer with kept balances, made if they are not there: both negative."""
    from decimal import Decimal

    from django.utils import timezone

    from gridhall.apps.accounts.models import Feeder, Transformer
    from gridhall.apps.metering.models import BalancedMonth, NetworkBalance

    month, feeder = Month.of(timezone.localdate()).previous(), Feeder.objects.get(code="F1")
    transformer, _made = Transformer.objects.get_or_create(
        code="T1", defaults={"name": "龙潭台区", "feeder": feeder, "capacity_kva": Decimal(200)}
    )
    kept, is_new = BalancedMonth.objects.get_or_create(
        month=month.first_day,
        defaults={"end_day": month.next().first_day, "mark": "-", "meters": 2, "computed_at": timezone.now()},
    )
    for place in ({"feeder": feeder}, {"transformer": transformer}) if is_new else ():
        NetworkBalance.objects.create(
            balanced_month=kept, supplied_kwh=Decimal(100), delivered_kwh=Decimal(120), check_meters=1,
            customer_meters=1, silent_meters=0, check_slots=2880, check_missing_slots=0, customer_slots=2880,
            customer_missing_slots=0, **place,
        )  # fmt: skip
    return feeder.code, transformer.code


def make_import() -> Any:
    """Give an import of reads with a bad row, made if it is not there."""
    from pathlib import Path

    from django.conf import settings
    from django.utils import timezone

    from gridhall.apps.metering.models import ReadImport

    list_of_faults = Path(settings.DATA_DIR) / "imports" / "example.faults.csv"
    list_of_faults.parent.mkdir(parents=True, exist_ok=True)
    list_of_faults.write_text("file,line,field,problem,remedy,severity\n")
    now = timezone.now()
    made = {"file_name": "十月.csv", "format": "CSV", "status": "DONE", "started_at": now, "finished_at": now,
            "actor": "tests", "rows_rejected": 1, "faults_file": str(list_of_faults)}  # fmt: skip
    record, is_new = ReadImport.objects.get_or_create(sha256="0" * 64, defaults=made)
    if is_new:
        record.faults.create(line=3, field="kwh", problem="12,,5 is not a number", remedy="write it as 1.25")
    return record


def make_finding(*, rule: str = "SPIKE", customer: int = 0, days_ago: int = 9, first: int = 40, slots: int = 4) -> Any:
    """Give a failure of reads of one of the company's meters that waits, made if it is not there."""
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from django.conf import settings
    from django.utils import timezone

    from gridhall.apps.metering import queries
    from gridhall.apps.metering.models import Meter, ValidationFinding
    from gridhall.apps.metering.rules.stretches import fingerprint
    from gridhall.core.periods import local_midnight

    meter = Meter.objects.get(serial_number=f"22110{CUSTOMERS[customer].number[-8:]}")
    day = timezone.localdate() - timedelta(days=days_ago)
    start = local_midnight(day, ZoneInfo(settings.TIME_ZONE)) + timedelta(minutes=15 * first)
    end = start + timedelta(minutes=15 * slots)
    reads = queries.read_as_of(meter=meter, first_day=day, end_day=day + timedelta(days=1))
    part = slice(first, first + slots)
    seen = fingerprint(reads.import_wh[0, part], reads.quality[0, part])
    made = {"slots": slots, "measured_wh": 900, "expected_wh": 400, "found_at": timezone.now(), "fingerprint": seen}
    return ValidationFinding.objects.get_or_create(
        meter=meter, rule=rule, period_start_at=start, period_end_at=end, defaults=made
    )[0]


def _list_accesses(bill: Any) -> dict[str, Any]:
    """The owner's access to the account of a bill, that of his family, and an invitation that nobody has."""
    from gridhall.apps.accounts.models import AccountAccess

    rows = AccountAccess.objects.filter(account_id=bill.account_id, revoked_at=None)
    theirs = rows.filter(role="FAMILY").order_by("id").first()
    own = rows.get(role="OWNER").mrid
    return {"access": own, "other": theirs.mrid if theirs else own, "invitation": NOBODY}


NOBODY = "00000000-0000-4000-8000-000000000000"
