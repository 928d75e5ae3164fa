"""Kept balances: the same as counted by hand from raw reads, done again when something changed, never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from gridhall.apps.accounts.models import Feeder, Transformer
from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.actions import balancing
from gridhall.apps.metering.kinds import BalanceStateKind
from gridhall.apps.metering.models import BalancedMonth, MeterInstallation, NetworkBalance
from gridhall.apps.metering.rules.balances import judge_balance
from gridhall.apps.metering.tests.conftest import AT, Town
from gridhall.core.periods import Month

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
LATER = datetime(2026, 5, 20, 4, tzinfo=UTC)
MISSING = 255


class Books:
    """What every meter read, kept beside the store: the oracle counts from this and from nothing else."""

    def __init__(self, seed: int = 7) -> None:
        self.random = np.random.default_rng(seed)
        self.reads: dict[tuple[int, Month], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def write(self, meter, month: Month, *, mean_wh: int, export_wh: int = 0, holes: int = 0) -> None:
        """Make and store a month of a meter."""
        shape = (month.days, 96)
        imported = self.random.poisson(mean_wh, shape).astype(np.int32)
        exported = self.random.poisson(export_wh, shape).astype(np.int32)
        quality = np.zeros(shape, np.uint8)
        if holes:
            quality.flat[self.random.choice(quality.size, holes, replace=False)] = MISSING
        imported[quality == MISSING] = exported[quality == MISSING] = 0
        self.reads[meter.series_id, month] = (imported, exported, quality)
        queries.get_store().write_month(
            month, np.array([meter.series_id]), imported[None], exported[None], quality=quality[None], known_at=AT
        )

    def correct(self, meter, month: Month, day: int, slot: int, energy_wh: int) -> None:
        """Store a late read."""
        imported, _, quality = self.reads[meter.series_id, month]
        imported[day, slot], quality[day, slot] = energy_wh, 1
        queries.get_store().write_reads(
            np.array([meter.series_id]), np.array([month.first_day + timedelta(days=day)], "datetime64[D]"),
            np.array([slot]), np.array([energy_wh], np.int32), quality=np.array([1], np.uint8), known_at=LATER,
        )  # fmt: skip

    def count(self, hung: list[tuple], month: Month, end_day: date) -> tuple[Decimal, int, int, int]:
        """Give kWh, slots, missing slots and silent meters of (meter, ratio, first day, end day), one by one."""
        energy_wh, slots, missing, silent = 0, 0, 0, 0
        for meter, ratio, first, end in hung:
            of_meter = []
            for offset in range(month.days):
                day = month.first_day + timedelta(days=offset)
                if not (first <= day < end and day < end_day):
                    continue
                kept = self.reads.get((meter.series_id, month))
                for slot in range(96):
                    slots += 1
                    is_missing = kept is None or int(kept[2][offset, slot]) == MISSING
                    of_meter.append(is_missing)
                    if not is_missing:
                        energy_wh += ratio * (int(kept[0][offset, slot]) - int(kept[1][offset, slot]))
            missing += sum(of_meter)
            silent += bool(of_meter) and all(of_meter)
        return Decimal(energy_wh) / 1000, slots, missing, silent


EVER = (date(2020, 1, 1), date(2040, 1, 1))


@pytest.fixture
def company(town: Town):
    """Two feeders, three transformers, a customer on a feeder, one that feeds in, one exchanged within the month."""
    books = Books()
    other = Feeder.objects.create(code="F2", name="清坪线", substation="清坪变")
    far = Transformer.objects.create(code="T2", name="清坪台区", feeder=other, capacity_kva=Decimal(200))
    Transformer.objects.create(code="T3", name="空台区", feeder=other, capacity_kva=Decimal(200))
    hung: dict[str, list[tuple]] = {"T1": [], "T2": [], "T3": [], "F1": [], "F2": []}
    for number in range(40):  # more than one chunk of the store
        _, meter = town.metered(f"M{number}", ct_ratio=1 + number % 3)
        hung["T1"].append((meter, 1 + number % 3, *EVER))
        books.write(meter, JANUARY, mean_wh=200, holes=3 if number == 5 else 0)
    solar = town.usage_point(transformer=far)
    meter = town.meter("SUN")
    actions.install_meter(usage_point=solar, meter=meter, on=date(2025, 1, 1), at=AT, actor="test")
    books.write(meter, JANUARY, mean_wh=50, export_wh=90)
    hung["T2"].append((meter, 1, *EVER))
    factory = town.usage_point(transformer=None, feeder=other, voltage="KV10")
    old, new = town.meter("OLD"), town.meter("NEW")
    actions.install_meter(
        usage_point=factory, meter=old, on=date(2025, 1, 1), at=AT, actor="test", ct_ratio=20, pt_ratio=100
    )
    actions.exchange_meter(usage_point=factory, new_meter=new, on=date(2026, 1, 12), at=AT, actor="test")
    for one in (old, new):
        books.write(one, JANUARY, mean_wh=300)
    hung["F2"] = [(old, 2000, EVER[0], date(2026, 1, 12)), (new, 2000, date(2026, 1, 12), EVER[1]), *hung["T2"]]
    hung["F1"] = list(hung["T1"])
    checks = {}
    for code, extra, mean, ratio in (
        ("F1", {"feeder": town.feeder}, 170, 100), ("F2", {"feeder": other}, 66, 10_000),
        ("T1", {"transformer": town.transformer}, 160, 100),
    ):  # fmt: skip
        check = town.meter(f"CHECK-{code}", check_multiplier=ratio, **extra)
        books.write(check, JANUARY, mean_wh=mean)
        checks[code] = [(check, ratio, *EVER)]
    return books, hung, checks


def kept_of(code: str, month: Month = JANUARY) -> NetworkBalance:
    place = {"feeder__code": code} if code.startswith("F") else {"transformer__code": code}
    return NetworkBalance.objects.get(balanced_month__month=month.first_day, **place)


def compare(company, month: Month = JANUARY, end_day: date | None = None) -> None:
    books, hung, checks = company
    end_day = end_day or month.next().first_day
    for code in hung:
        kept = kept_of(code, month)
        supplied, check_slots, check_missing, silent_checks = books.count(checks.get(code, []), month, end_day)
        delivered, slots, missing, silent = books.count(hung[code], month, end_day)
        assert (kept.supplied_kwh, kept.delivered_kwh) == (supplied, delivered), code
        assert (kept.check_slots, kept.check_missing_slots) == (check_slots, check_missing), code
        assert (kept.customer_slots, kept.customer_missing_slots) == (slots, missing), code
        assert (kept.check_meters, kept.silent_meters) == (len(checks.get(code, [])), silent_checks + silent), code
    assert NetworkBalance.objects.filter(balanced_month__month=month.first_day).count() == len(hung)


def test_every_place_is_balanced_as_by_hand(company):
    done = actions.balance_network(at=LATER)
    assert [(one.month, one.end_day, one.is_new, one.feeders, one.transformers) for one in done] == [
        ("2026-01", date(2026, 2, 1), True, 2, 3)
    ]
    compare(company)
    assert (kept_of("F2").customer_meters, kept_of("T1").customer_meters) == (2, 40)  # exchanged: one at a time
    assert (kept_of("T3").check_meters, kept_of("T3").delivered_kwh) == (0, 0)


def test_what_is_kept_is_what_the_days_come_to(company):
    actions.balance_network(at=LATER)
    span = {"first_day": JANUARY.first_day, "end_day": FEBRUARY.first_day}
    for feeder in Feeder.objects.all():
        days = queries.get_feeder_balance(feeder=feeder, **span)
        kept = kept_of(feeder.code)
        assert (days.supplied_kwh, days.delivered_kwh) == (kept.supplied_kwh, kept.delivered_kwh)
    for transformer in Transformer.objects.all():
        days = queries.get_transformer_balance(transformer=transformer, **span)
        kept = kept_of(transformer.code)
        assert (days.supplied_kwh, days.delivered_kwh) == (kept.supplied_kwh, kept.delivered_kwh)


def test_nothing_is_done_again_until_something_changed(company, town):
    books, hung, _ = company
    actions.balance_network(at=LATER)
    before = BalancedMonth.objects.get()
    assert [one.is_new for one in actions.balance_network(at=LATER + timedelta(days=1))] == [False]
    queries.get_store().compact(JANUARY)
    assert [one.is_new for one in actions.balance_network(at=LATER + timedelta(days=2))] == [False]
    assert BalancedMonth.objects.get().computed_at == before.computed_at
    books.correct(hung["T1"][5][0], JANUARY, 3, 40, 77_777)  # a late read
    assert [one.is_new for one in actions.balance_network(at=LATER)] == [True]
    compare(company)
    actions.compact_reads(at=LATER, actor="test")  # tells the same in fewer files
    assert [one.is_new for one in actions.balance_network(at=LATER)] == [False]
    factory = MeterInstallation.objects.get(meter__serial_number="NEW")
    actions.change_ratio(
        usage_point=factory.usage_point, on=date(2026, 1, 20), ct_ratio=40, pt_ratio=100, at=LATER, actor="test"
    )
    assert [one.is_new for one in actions.balance_network(at=LATER)] == [True]
    new = factory.meter
    hung["F2"][1] = (new, 2000, date(2026, 1, 12), date(2026, 1, 20))
    hung["F2"].append((new, 4000, date(2026, 1, 20), EVER[1]))
    compare(company)
    moved = hung["T1"].pop()
    usage_point = MeterInstallation.objects.get(meter=moved[0]).usage_point
    usage_point.transformer = Transformer.objects.get(code="T2")
    usage_point.save()
    hung["T2"].append(moved)
    hung["F1"], hung["F2"] = list(hung["T1"]), [*hung["F2"], moved]
    assert [one.is_new for one in actions.balance_network(at=LATER)] == [True]
    compare(company)


def test_the_month_under_way_is_balanced_until_yesterday(company):
    for at, until in ((datetime(2026, 1, 9, 20, tzinfo=UTC), date(2026, 1, 10)), (LATER, date(2026, 2, 1))):
        assert [(one.is_new, one.end_day) for one in actions.balance_network(at=at)] == [(True, until)]
        compare(company, end_day=until)
    assert actions.balance_network(at=datetime(2025, 12, 31, 15, tzinfo=UTC)) == []  # the month has no day yet


def test_a_silent_meter_or_many_missing_reads_make_no_loss(company, town):
    town.metered("SILENT")
    actions.balance_network(at=LATER)
    page = queries.list_feeder_balances(month=JANUARY, choice=queries.BalanceChoice(), limit=10)
    states = {row.code: row.state for row in page.rows}
    assert states == {"F1": BalanceStateKind.INCOMPLETE, "F2": BalanceStateKind.SOUND}
    assert kept_of("F1").silent_meters == kept_of("T1").silent_meters == 1


def test_killed_in_the_middle_it_goes_on_and_counts_nothing_twice(company, monkeypatch):
    books, hung, checks = company
    for meter, *_rest in [*hung["T1"], *hung["F2"], *(checks[code][0] for code in checks)]:
        books.write(meter, FEBRUARY, mean_wh=120)
    whole = balancing._add_up

    def killed(kept, network, *counted):
        rows = whole(kept, network, *counted)
        if network.month == JANUARY:
            yield next(rows)
            raise KeyboardInterrupt
        yield from rows

    monkeypatch.setattr(balancing, "_add_up", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.balance_network(at=LATER)
    assert [month.month for month in BalancedMonth.objects.all()] == [FEBRUARY.first_day]  # the newest comes first
    monkeypatch.setattr(balancing, "_add_up", whole)
    assert [(one.month, one.is_new) for one in actions.balance_network(at=LATER)] == [
        ("2026-02", False), ("2026-01", True),
    ]  # fmt: skip
    compare(company)
    compare(company, FEBRUARY)


def test_a_damaged_month_keeps_no_other_from_being_balanced(company):
    books, hung, _checks = company
    for meter, *_rest in hung["T1"]:
        books.write(meter, FEBRUARY, mean_wh=120)
    folder = queries.get_store().folder(FEBRUARY)
    for shard in folder.glob("*.shard"):
        shard.write_bytes(shard.read_bytes()[:100])
    done = actions.balance_network(at=LATER)
    assert [(one.month, bool(one.problem)) for one in done] == [("2026-02", True), ("2026-01", False)]
    compare(company)
    assert not BalancedMonth.objects.filter(month=FEBRUARY.first_day).exists()


def test_progress_counts_up_to_every_stretch(company):
    told = []
    actions.balance_network(at=LATER, progress=lambda month, done, of: told.append((str(month), done, of)))
    assert told[-1] == ("2026-01", 46, 46)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "SOUND"),
        ({"loss_wh": -1}, "NEGATIVE"),
        ({"check_meters": 0, "loss_wh": -1}, "NO_CHECK"),
        ({"customer_meters": 0}, "NO_CUSTOMER"),
        ({"check_slots": (10_000, 10)}, "SOUND"),
        ({"check_slots": (10_000, 11), "loss_wh": -1}, "INCOMPLETE"),
        ({"customer_slots": (10_000, 11)}, "INCOMPLETE"),
        ({"silent_meters": 1}, "INCOMPLETE"),
    ],
)
def test_judge_balance(facts, state):
    usual = {
        "loss_wh": 5, "check_meters": 1, "customer_meters": 9, "check_slots": (2976, 0), "customer_slots": (26784, 0),
        "silent_meters": 0,
    }  # fmt: skip
    assert judge_balance(**(usual | facts)) == state
