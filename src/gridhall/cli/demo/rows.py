"""The plan of the county as rows, brought in by COPY: twenty thousand supply points in seconds."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from random import Random
from typing import Any

from django.db import connection

from gridhall.apps.metering.models import SERIES_SEQUENCE
from gridhall.cli.demo import people
from gridhall.cli.demo.county import SEED, CountyPlan, SupplyPoint


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table and set its sequence behind the highest id."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        if columns[0] == "id":
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )


def customer_number(index: int) -> str:
    """Give the customer number (户号, 13 digits) of a supply point."""
    return f"4228260{index + 1:06d}"


def meter_serial(series_id: int) -> str:
    """Give the serial number printed on a meter (its bar code)."""
    return f"42100{series_id + 1:07d}"


def write_network(plan: CountyPlan) -> None:
    """Places, feeders and transformers."""
    ids = {place.code: position for position, place in enumerate(plan.places, 1)}
    copy_rows(
        "accounts_place",
        ("id", "code", "name", "name_en", "kind", "parent_id", "area", "latitude", "longitude"),
        (
            (
                ids[p.code],
                p.code,
                p.name,
                p.name_en,
                p.kind,
                ids.get(p.parent),
                p.area,
                p.latitude or None,
                p.longitude or None,
            )
            for p in plan.places
        ),
    )
    copy_rows(
        "accounts_feeder",
        ("id", "code", "name", "substation"),
        ((position, *feeder) for position, feeder in enumerate(plan.feeders, 1)),
    )
    copy_rows(
        "accounts_transformer",
        ("id", "code", "name", "feeder_id", "capacity_kva"),
        (
            (position, code, name, feeder + 1, capacity)
            for position, (code, name, feeder, capacity) in enumerate(plan.transformers, 1)
        ),
    )


def write_customers(plan: CountyPlan, *, opened_on: date, at: datetime) -> None:
    """Parties, contacts, locations, accounts, agreements, terms and usage points."""
    points = plan.points
    random = Random(SEED + 1)
    newcomers = [point for point in points if point.transfer_on]
    names = [(point.kind, point.party_name) for point in points]
    names += [(point.kind, people.make_person_name(random)) for point in newcomers]
    holders = {point.index: name for point, (_, name) in zip(newcomers, names[len(points) :], strict=True)}
    copy_rows(
        "accounts_party",
        ("id", "code", "mrid", "kind", "name", "real_name_level"),
        (
            (i, f"P{i:07d}", uuid.uuid4(), "ORGANIZATION" if kind == "ENTERPRISE" else "PERSON", name, "PHONE")
            for i, (kind, name) in enumerate(names, 1)
        ),
    )
    copy_rows(
        "accounts_contact",
        ("id", "party_id", "kind", "value", "is_primary", "verified_at"),
        ((i, i, "PHONE", people.make_phone(i), True, at) for i in range(1, len(names) + 1)),
    )
    place_ids = {place.code: position for position, place in enumerate(plan.places, 1)}
    copy_rows(
        "accounts_servicelocation",
        ("id", "mrid", "place_id", "address"),
        ((p.index + 1, uuid.uuid4(), place_ids[p.village.code], p.address) for p in points),
    )
    copy_rows(
        "accounts_customeraccount",
        ("id", "mrid", "number", "kind", "name", "industry_code", "billing_cycle", "opened_on"),
        (
            (
                p.index + 1,
                uuid.uuid4(),
                customer_number(p.index),
                p.kind,
                holders.get(p.index, p.account_name),
                p.industry,
                "MONTHLY",
                opened_on,
            )
            for p in points
        ),
    )
    _write_agreements(points, newcomers, opened_on)
    _write_usage_points(points, opened_on)


def _write_agreements(points: list[SupplyPoint], newcomers: list[SupplyPoint], opened_on: date) -> None:
    """Who answers for each account; where it changed hands, two agreements that meet on the day."""
    agreements = [(p.index + 1, p.index + 1, p.index + 1, opened_on, p.transfer_on, p) for p in points]
    for offset, point in enumerate(newcomers, len(points) + 1):
        assert point.transfer_on
        agreements.append((offset, point.index + 1, offset, point.transfer_on, None, point))
    copy_rows(
        "accounts_customeragreement",
        ("id", "mrid", "account_id", "party_id", "starts_on", "ends_on"),
        ((i, uuid.uuid4(), account, party, start, end) for i, account, party, start, end, _ in agreements),
    )
    copy_rows(
        "accounts_agreementterms",
        (
            "id", "agreement_id", "starts_on", "ends_on", "tariff_code", "contract_capacity_kva",
            "contract_demand_kw", "basic_charge", "household_size", "social",
            "power_factor_standard",
        ),
        (
            (
                i, i, start, end, p.tariff, p.capacity_kva, p.contract_demand_kw, p.basic_charge,
                p.household_size, p.social, p.power_factor_standard,
            )
            for i, _, _, start, end, p in agreements
        ),
    )  # fmt: skip


def _write_usage_points(points: list[SupplyPoint], opened_on: date) -> None:
    copy_rows(
        "accounts_usagepoint",
        (
            "id", "mrid", "code", "account_id", "service_location_id", "transformer_id", "feeder_id",
            "voltage", "has_generation", "status", "connected_on",
        ),
        (
            (
                p.index + 1, uuid.uuid4(), f"UP{p.index + 1:07d}", p.index + 1, p.index + 1,
                None if p.transformer is None else p.transformer + 1,
                p.feeder + 1 if p.transformer is None else None,
                p.voltage, p.pv_kw > 0, "CONNECTED", opened_on,
            )
            for p in points
        ),
    )  # fmt: skip
    owned = [p for p in points if p.capacity_kva]
    copy_rows(
        "accounts_customertransformer",
        ("id", "usage_point_id", "name", "capacity_kva", "starts_on"),
        ((i, p.index + 1, "1#变压器", p.capacity_kva, opened_on) for i, p in enumerate(owned, 1)),
    )


def write_meters(plan: CountyPlan, *, opened_on: date) -> None:
    """
    Meters and where they hang.

    Series: one per supply point (the meter that hangs there now), then the exchanged ones, then a check meter a feeder
    and one a transformer.
    """
    points = plan.points
    exchanged = [point for point in points if point.exchange_on]
    meters: list[tuple[int, int | None, int | None]] = [
        (series, None, None) for series in range(len(points) + len(exchanged))
    ]
    meters += [(len(meters) + position, position + 1, None) for position in range(len(plan.feeders))]
    meters += [(len(meters) + position, None, position + 1) for position in range(len(plan.transformers))]
    copy_rows(
        "metering_meter",
        (
            "id",
            "mrid",
            "serial_number",
            "series_id",
            "model",
            "register_digits",
            "feeder_id",
            "transformer_id",
            "check_multiplier",
        ),
        (
            (
                series + 1,
                uuid.uuid4(),
                meter_serial(series),
                series,
                "DDZY-15" if feeder is None and transformer is None else "DTZ-15",
                8,
                feeder,
                transformer,
                1,
            )
            for series, feeder, transformer in meters
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(%s, %s)", [SERIES_SEQUENCE, len(meters) - 1])
    rows = [(p.index + 1, p.index + 1, p.exchange_on or opened_on, None, p) for p in points]
    for offset, point in enumerate(exchanged):
        rows.append((point.index + 1, len(points) + offset + 1, opened_on, point.exchange_on, point))
    copy_rows(
        "metering_meterinstallation",
        ("id", "usage_point_id", "meter_id", "starts_on", "ends_on", "ct_ratio", "pt_ratio"),
        (
            (i, usage_point, meter, start, end, p.ct_ratio, p.pt_ratio)
            for i, (usage_point, meter, start, end, p) in enumerate(rows, 1)
        ),
    )
