"""Meters as the file that an import reads: imported again they change nothing."""

from __future__ import annotations

from django.conf import settings

from gridhall.apps.metering.rules.meter_table import HIGHEST_RATIO

# What a register showed when its meter was hung, if somebody read it; estimates are not passed on as readings.
_OPENING = """(SELECT CASE WHEN r.quality = 0 THEN round(r.value_wh / 1000.0, 3) END FROM metering_registerreading r
    WHERE r.meter_id = m.id AND r.register = 'IMPORT' AND r.read_at = i.starts_on::timestamp AT TIME ZONE '{zone}'
    ORDER BY r.known_at DESC LIMIT 1)"""

# A check meter keeps the product of its ratios, and no first day. Too large for one column, the product is parted.
_PT = f"""CASE WHEN m.check_multiplier <= {HIGHEST_RATIO} THEN 1 ELSE (SELECT min(d)
    FROM generate_series(1, {HIGHEST_RATIO}) d
    WHERE m.check_multiplier % d = 0 AND m.check_multiplier / d <= {HIGHEST_RATIO}) END"""


def get_file_statements() -> dict[str, str]:
    """
    Give the name of each file, and the statement that selects its rows, for `accounts.actions.export_accounts`.

    Meters that never hung anywhere are not among them.
    """
    opening = _OPENING.format(zone=settings.TIME_ZONE)
    meters = f"""SELECT m.serial_number, u.code AS usage_point_code, NULL AS feeder_code, NULL AS transformer_code,
        i.starts_on, i.ends_on, i.ct_ratio, i.pt_ratio, {opening} AS opening_kwh, m.model, m.register_digits
        FROM metering_meterinstallation i JOIN metering_meter m ON m.id = i.meter_id
        JOIN accounts_usagepoint u ON u.id = i.usage_point_id
        UNION ALL SELECT m.serial_number, NULL, f.code, t.code, NULL, NULL, m.check_multiplier / s.pt, s.pt, NULL,
        m.model, m.register_digits FROM metering_meter m LEFT JOIN accounts_feeder f ON f.id = m.feeder_id
        LEFT JOIN accounts_transformer t ON t.id = m.transformer_id CROSS JOIN LATERAL (SELECT {_PT} AS pt) s
        WHERE f.id IS NOT NULL OR t.id IS NOT NULL
        ORDER BY usage_point_code, starts_on, serial_number"""
    return {"meters": meters}
