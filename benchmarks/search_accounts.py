"""
A million accounts to search among, made in the database by SQL: `python -m benchmarks.search_accounts COUNT`.

Names are drawn as they are in China: a fifth of people share three surnames, many have names of two characters, firms
have long ones; addresses repeat a few towns and roads. Prints a session cookie of a clerk and what to search for.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

# Surnames with their share in thousandths, after the seventh census (rounded); the rest share what is left.
SURNAMES = (
    "王72 李72 张68 刘54 陈45 杨31 黄22 赵21 吴20 周19 徐15 孙15 马13 朱13 胡12 郭11 何11 林11 "
    "罗10 高10 郑9 梁8 谢8 宋8 唐7 许7 韩7 邓7 冯6 曹6 彭6 曾6 肖6 "
    "田12 覃12 向8 冉8 谭7 杜5 丁5 蒋5 沈5 姚4 卢4 姜4 崔4 钟4 汪4 陆4 范4"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英玉梅红建国华文志海燕春龙山水清秋云峰林雪晨欣怡子涵浩宇轩梓萱"
TOWNS = [
    "高乐山镇",
    "忠堡镇",
    "甲马池镇",
    "朝阳寺镇",
    "清坪镇",
    "唐崖镇",
    "活龙坪乡",
    "小村乡",
    "黄金洞乡",
    "大路坝区",
    "坪坝营镇",
]
ROADS = [
    "龙潭路",
    "解放路",
    "楚蜀大道",
    "南河路",
    "新建街",
    "民族路",
    "文体路",
    "沿河路",
    "学府路",
    "光明路",
    "幸福大道",
    "工农街",
]
FIRMS = [
    "茶叶加工有限公司",
    "建材有限责任公司",
    "农业开发有限公司",
    "小吃店",
    "超市",
    "五金经营部",
    "养殖专业合作社",
    "酒店管理有限公司",
]

_MAKE = """
SET synchronous_commit = off;
CREATE TEMP TABLE people AS
SELECT place - 1 AS place, name FROM unnest(%(people)s::text[]) WITH ORDINALITY AS drawn (name, place);
CREATE TEMP TABLE named AS
SELECT n, CASE WHEN n %% 20 = 0
           THEN (%(towns)s::text[])[1 + (n / 20) %% %(town_count)s]
                || (%(marks)s::text[])[1 + (n / 37) %% %(mark_count)s]
                || (%(firms)s::text[])[1 + (n / 220) %% %(firm_count)s]
           ELSE people.name END AS name,
       (%(towns)s::text[])[1 + n %% %(town_count)s] || (%(roads)s::text[])[1 + (n / 11) %% %(road_count)s]
         || (1 + n %% 997) || '号' || (1 + n / 997 %% 9) || '单元'
         || (100 * (1 + n %% 18) + 1 + n %% 4) || '室' AS address
  FROM generate_series(1, %(count)s) n JOIN people ON people.place = (n * 7919::bigint) %% %(people_count)s;
CREATE TEMP TABLE drawn AS
SELECT named.*, read.pinyin, read.initials
  FROM named JOIN (SELECT name, (accounts_read_name(name)).* FROM (SELECT DISTINCT name FROM named) once) read
    USING (name)
 ORDER BY n;
INSERT INTO accounts_place (code, name, name_en, kind, area) VALUES ('422826', '咸丰县', '', 'COUNTY', 'RURAL')
    ON CONFLICT DO NOTHING;
INSERT INTO accounts_party (id, mrid, code, kind, name, name_pinyin, name_initials, real_name_level)
SELECT n, gen_random_uuid(), 'bench-' || n, CASE WHEN n %% 20 = 0 THEN 'ORGANIZATION' ELSE 'PERSON' END, name, pinyin,
       initials, 'NONE'
  FROM drawn;
INSERT INTO accounts_customeraccount
    (id, mrid, number, kind, name, name_pinyin, name_initials, industry_code, billing_cycle, opened_on)
SELECT n, gen_random_uuid(), lpad((4228260000000 + n * 10::bigint)::text, 13, '0'),
       CASE WHEN n %% 20 = 0 THEN 'SHOP' ELSE 'RESIDENT' END, name, pinyin, initials, '', 'MONTHLY',
       '2020-01-01' FROM drawn;
INSERT INTO accounts_customeragreement (id, mrid, account_id, party_id, starts_on)
SELECT n, gen_random_uuid(), n, n, '2020-01-01' FROM drawn;
INSERT INTO accounts_contact (id, party_id, kind, value, is_primary)
SELECT n, n, 'PHONE', (13000000000 + (n * 7919::bigint) %% 999999937)::text, true FROM drawn;
INSERT INTO accounts_servicelocation (id, mrid, place_id, address)
SELECT n, gen_random_uuid(), (SELECT id FROM accounts_place LIMIT 1), address FROM drawn;
INSERT INTO accounts_usagepoint
    (id, mrid, code, account_id, service_location_id, voltage, has_generation, status, connected_on)
SELECT n, gen_random_uuid(), 'UP' || lpad(n::text, 10, '0'), n, n, 'V220', false, 'CONNECTED', '2020-01-01' FROM drawn;
INSERT INTO metering_meter (id, mrid, serial_number, series_id, model, register_digits, check_multiplier)
SELECT n, gen_random_uuid(), (2211000000000 + n * 17::bigint)::text, n, '', 6, 1 FROM drawn;
INSERT INTO metering_meterinstallation (id, usage_point_id, meter_id, starts_on, ct_ratio, pt_ratio)
SELECT n, n, n, '2020-01-01', 1, 1 FROM drawn;
INSERT INTO accounts_accountalias (kind, source, value, account_id)
SELECT 'OLD_NUMBER', 'bench', 'OLD' || n, n FROM drawn WHERE n %% 10 = 0;
"""
TABLES = [
    "accounts_party",
    "accounts_customeraccount",
    "accounts_customeragreement",
    "accounts_contact",
    "accounts_servicelocation",
    "accounts_usagepoint",
    "accounts_accountalias",
    "metering_meter",
    "metering_meterinstallation",
]
_FIND_INDEXES = """
SELECT owner.relname, kept.relname, ruled.oid IS NOT NULL,
       coalesce(pg_get_constraintdef(ruled.oid), pg_get_indexdef(kept.oid)), 1 AS place
  FROM pg_index indexed
  JOIN pg_class kept ON kept.oid = indexed.indexrelid
  JOIN pg_class owner ON owner.oid = indexed.indrelid
  LEFT JOIN pg_constraint ruled ON ruled.conindid = kept.oid AND ruled.conrelid = owner.oid AND ruled.contype <> 'f'
 WHERE owner.relname = ANY(%s) AND NOT indexed.indisprimary
   AND NOT EXISTS (SELECT 1 FROM pg_constraint other WHERE other.conindid = kept.oid AND other.contype = 'f')
 UNION ALL
SELECT conrelid::regclass::text, conname, true, pg_get_constraintdef(oid), 2
  FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
 ORDER BY place, 1, 2
"""
_KINDS = (
    "number",
    "name",
    "two characters",
    "surname",
    "pinyin",
    "initials",
    "phone",
    "road",
    "address",
    "meter",
    "old",
)


def draw_people(rng: np.random.Generator, count: int = 60_000) -> list[str]:
    """Draw names of people, each as often as its surname is common; a quarter have two characters."""
    parts = [(one[0], int(one[1:])) for one in SURNAMES.split()]
    weights = np.array([share for _surname, share in parts], float)
    surnames = rng.choice([surname for surname, _share in parts], count, p=weights / weights.sum())
    given = np.array(list(GIVEN))
    first, second = rng.choice(given, count), rng.choice(given, count)
    is_short = rng.random(count) < 0.25
    return [
        f"{surname}{a}{'' if short else b}"
        for surname, a, b, short in zip(surnames, first, second, is_short, strict=True)
    ]


def make_accounts(count: int) -> None:
    """Fill the database."""
    from django.db import connection, transaction

    people = draw_people(np.random.default_rng(11))
    marks = [f"{a}{b}" for a in "鑫宏恒瑞福德隆" for b in "源达盛泰兴旺和"]
    parameters = {
        "count": count, "people": people, "people_count": len(people), "towns": TOWNS, "town_count": len(TOWNS),
        "roads": ROADS, "road_count": len(ROADS), "firms": FIRMS, "firm_count": len(FIRMS), "marks": marks,
        "mark_count": len(marks),
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor, _indexes_made_afterwards(cursor):
        for statement in _MAKE.split(";\n"):
            if statement.strip():
                cursor.execute(statement, parameters)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _indexes_made_afterwards(cursor: Any) -> Iterator[None]:
    """
    Fill tables without their triggers, indexes and references, and put these back: minutes instead of most of an hour.

    What the triggers would do to these rows (readings of names) the statements do themselves.
    """
    cursor.execute(_FIND_INDEXES, [TABLES, TABLES])
    found = cursor.fetchall()
    for table, name, is_constraint, *_rest in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if is_constraint else f"DROP INDEX {name}")
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for table, name, is_constraint, definition, _place in found:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" if is_constraint else definition)


def draw_asks(count: int) -> list[dict[str, str]]:
    """Draw what callers say, of accounts all over the county: every kind of search as often."""
    from gridhall.apps.accounts.models import CustomerAccount

    rng = np.random.default_rng(23)
    total = CustomerAccount.objects.count()
    picked = rng.integers(1, total, count)
    rows = {
        row.pk: row
        for row in CustomerAccount.objects.filter(pk__in=[int(one) for one in picked]).prefetch_related(
            "usage_points__service_location", "agreements__party__contacts"
        )
    }
    return [_ask(_KINDS[at % len(_KINDS)], rows[int(pk)]) for at, pk in enumerate(picked)]


def _ask(kind: str, account: Any) -> dict[str, str]:
    address = account.usage_points.all()[0].service_location.address
    phone = account.agreements.all()[0].party.contacts.all()[0].value
    road = next(road for road in ROADS if road in address)
    said = {
        "number": account.number, "name": account.name, "two characters": account.name[:2],
        "surname": f"{account.name[:1]} {road}", "pinyin": account.name_pinyin.replace(" ", ""),
        "initials": account.name_initials, "phone": phone, "road": f"{account.name[:2]} {road}", "address": address,
        "meter": str(2211000000000 + account.pk * 17), "old": f"OLD{account.pk // 10 * 10 or 10}",
    }  # fmt: skip
    return {"kind": kind, "text": said[kind]}


def open_session() -> str:
    """Give the cookie of a clerk who has shown his second factor."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import User

    made: dict[str, Any] = {"at": timezone.now(), "actor": "benchmark"}
    user = User.objects.filter(phone="13700000000").first()
    if user is None:
        user = identity.create_staff(phone="13700000000", name="测速员", password=None, **made)
        identity.grant_role(user=user, role="CLERK", granted_by=None, **made)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "gridhall.config.authentication.UserBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor"] = "TOTP"
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    import django

    django.setup()
    from gridhall.apps.accounts.models import CustomerAccount

    if not CustomerAccount.objects.exists():
        make_accounts(int(sys.argv[1]))
    sys.stdout.write(json.dumps({"cookie": open_session(), "asks": draw_asks(int(sys.argv[2]))}))
