"""All of accounts as the files that an import reads: imported again they change nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection, transaction

from gridhall.apps.accounts.queries.access import AccessDenied
from gridhall.apps.accounts.queries.duties import may_export_customers

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

_FILES = {
    "places": """SELECT p.code, p.name, p.name_en, p.kind, q.code AS parent_code, p.area, p.latitude, p.longitude
        FROM accounts_place p LEFT JOIN accounts_place q ON q.id = p.parent_id
        ORDER BY array_position(ARRAY['COUNTY', 'TOWN', 'VILLAGE'], p.kind::text), p.code""",
    "feeders": "SELECT code, name, substation FROM accounts_feeder ORDER BY code",
    "transformers": """SELECT t.code, t.name, f.code AS feeder_code, t.capacity_kva
        FROM accounts_transformer t JOIN accounts_feeder f ON f.id = t.feeder_id ORDER BY t.code""",
    # ID numbers stay where they are: what is left empty says nothing when it is read again.
    "parties": """SELECT p.code, p.kind, p.name, (SELECT value FROM accounts_contact c WHERE c.party_id = p.id
        AND c.kind = 'PHONE' AND c.is_primary ORDER BY c.id LIMIT 1) AS phone, (SELECT value FROM accounts_contact c
        WHERE c.party_id = p.id AND c.kind = 'EMAIL' AND c.is_primary ORDER BY c.id LIMIT 1) AS email,
        NULL AS id_number, p.real_name_level FROM accounts_party p ORDER BY p.id""",
    "contacts": """SELECT p.code AS party_code, c.kind, c.value FROM accounts_contact c
        JOIN accounts_party p ON p.id = c.party_id ORDER BY c.id""",
    "accounts": """SELECT a.number AS account_number, a.kind, a.name, a.industry_code, a.billing_cycle, a.opened_on,
        a.closed_on, h.number AS group_number FROM accounts_customeraccount a
        LEFT JOIN accounts_customeraccount h ON h.id = a.group_id ORDER BY a.number""",
    "agreements": """SELECT a.number AS account_number, p.code AS party_code, g.starts_on, g.ends_on
        FROM accounts_customeragreement g JOIN accounts_customeraccount a ON a.id = g.account_id
        JOIN accounts_party p ON p.id = g.party_id ORDER BY a.number, g.starts_on""",
    "terms": """SELECT a.number AS account_number, t.starts_on, t.ends_on, t.tariff_code, t.contract_capacity_kva,
        t.contract_demand_kw, t.basic_charge, t.household_size, t.social, t.power_factor_standard
        FROM accounts_agreementterms t
        JOIN accounts_customeragreement g ON g.id = t.agreement_id
        JOIN accounts_customeraccount a ON a.id = g.account_id ORDER BY a.number, t.starts_on""",
    "usage_points": """SELECT u.code, a.number AS account_number, p.code AS place_code, l.address, u.voltage,
        t.code AS transformer_code, f.code AS feeder_code, u.has_generation, u.status, u.connected_on, l.latitude,
        l.longitude FROM accounts_usagepoint u JOIN accounts_customeraccount a ON a.id = u.account_id
        JOIN accounts_servicelocation l ON l.id = u.service_location_id JOIN accounts_place p ON p.id = l.place_id
        LEFT JOIN accounts_transformer t ON t.id = u.transformer_id LEFT JOIN accounts_feeder f ON f.id = u.feeder_id
        ORDER BY u.code""",
    "customer_transformers": """SELECT u.code AS usage_point_code, c.name, c.capacity_kva, c.starts_on, c.ends_on
        FROM accounts_customertransformer c JOIN accounts_usagepoint u ON u.id = c.usage_point_id
        ORDER BY u.code, c.starts_on, c.name""",
    "aliases": """SELECT a.number AS account_number, l.kind, l.source, l.value FROM accounts_accountalias l
        JOIN accounts_customeraccount a ON a.id = l.account_id ORDER BY l.id""",
    "consents": """SELECT p.code AS party_code, c.kind, to_char(c.given_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS given_at, to_char(c.withdrawn_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS withdrawn_at, c.source
        FROM accounts_consent c JOIN accounts_party p ON p.id = c.party_id ORDER BY c.id""",
    "accesses": """SELECT a.number AS account_number, u.phone, x.role, array_to_string(x.scopes, '|') AS scopes,
        x.method, x.tag, x.starts_on, x.ends_on FROM accounts_accountaccess x
        JOIN accounts_customeraccount a ON a.id = x.account_id
        JOIN identity_user u ON u.id = x.user_id WHERE x.revoked_at IS NULL ORDER BY x.id""",
}


def export_accounts(*, folder: Path, viewer: User | None, further: Mapping[str, str] | None = None) -> dict[str, int]:
    """
    Write every file that `import_accounts` reads, as the database stands at one moment; give the bytes of each.

    The files hold personal data in full, so only their owner can read them. ID numbers are not written.

    :param further: files of another app: the name of each, and the statement that selects its rows.
    :raises AccessDenied: if the viewer is no manager.
    """
    if not may_export_customers(viewer):
        raise AccessDenied
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name, statement in {**_FILES, **(further or {})}.items():
            path = folder / f"{name}.csv"
            path.unlink(missing_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file, cursor.copy(f"COPY ({statement}) TO STDOUT CSV HEADER") as copy:
                for block in copy:
                    file.write(block)
            sizes[path.name] = path.stat().st_size
    return sizes
