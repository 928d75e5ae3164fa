"""
The statement behind the search: every way in which a text may name an account, in one question.

Each way is bounded before anything is joined to it, so that a common surname or street costs no more than a rare one:
what lies beyond is found by saying more.
"""

from __future__ import annotations

from datetime import date
from typing import Any

PER_WAY = 200
"""How many each way may bring before they are put together."""
PER_NAME = 4_000
"""How many of one name are looked through for an address."""

_NUMBER = "SELECT 'NUMBER' AS way, id FROM accounts_customeraccount WHERE number LIKE %(begins)s LIMIT %(per_way)s"
_ALIAS = "SELECT 'ALIAS', account_id FROM accounts_accountalias WHERE value = %(text)s LIMIT %(per_way)s"
_POINT = "SELECT 'USAGE_POINT', account_id FROM accounts_usagepoint WHERE code = %(text)s LIMIT %(per_way)s"
_METER = "SELECT 'METER', account_id FROM accounts_usagepoint WHERE id = ANY(%(points)s)"
_HELD = """SELECT '{way}', held.account_id FROM ({parties}) party
    JOIN accounts_customeragreement held ON held.party_id = party.id AND held.starts_on <= %(day)s
     AND (held.ends_on IS NULL OR held.ends_on > %(day)s) LIMIT %(per_way)s"""
_PHONES = """SELECT party_id AS id FROM accounts_contact
    WHERE kind = 'PHONE' AND value LIKE %(begins)s LIMIT %(per_way)s"""
_PARTIES = "SELECT id FROM accounts_party WHERE {condition} LIMIT %(per_way)s"
_ACCOUNTS = "SELECT '{way}', id FROM accounts_customeraccount WHERE {condition} LIMIT %(per_way)s"
_ADDRESS = """SELECT 'ADDRESS', point.account_id
    FROM (SELECT id FROM accounts_servicelocation WHERE {condition} LIMIT %(per_way)s) location
    JOIN accounts_usagepoint point ON point.service_location_id = location.id LIMIT %(per_way)s"""
_NAME_ADDRESS = """SELECT 'NAME_ADDRESS', named.id
    FROM (SELECT id FROM accounts_customeraccount WHERE name LIKE %(name_begins)s LIMIT %(per_name)s) named
    JOIN accounts_usagepoint point ON point.account_id = named.id
    JOIN accounts_servicelocation location ON location.id = point.service_location_id
    WHERE {condition} LIMIT %(per_way)s"""
_SURNAME_ADDRESS = """SELECT 'NAME_ADDRESS', named.id
    FROM (SELECT id FROM accounts_servicelocation WHERE {condition} LIMIT %(per_name)s) location
    JOIN accounts_usagepoint point ON point.service_location_id = location.id
    JOIN accounts_customeraccount named ON named.id = point.account_id AND named.name LIKE %(name_begins)s
    LIMIT %(limit)s"""
_PINYIN = ("replace(name_pinyin, ' ', '') LIKE %(typed_begins)s", "name_initials LIKE %(typed_begins)s")

_ALL = """
WITH found (way, id) AS MATERIALIZED ({ways}),
ranked AS (
    SELECT account.id, account.number, array_agg(DISTINCT found.way) AS ways,
           (account.number = %(text)s) AS is_number, (account.name = %(text)s) AS is_name,
           bool_or(found.way IN ('ALIAS', 'USAGE_POINT', 'NAME_ADDRESS')) AS is_certain,
           (replace(account.name_pinyin, ' ', '') = %(typed)s OR account.name_initials = %(typed)s) AS is_read_so,
           account.name_pinyin
      FROM found JOIN accounts_customeraccount account ON account.id = found.id
     GROUP BY account.id
     ORDER BY is_number DESC, is_certain DESC, is_name DESC, is_read_so DESC, count(*) DESC, name_pinyin, number
     LIMIT %(limit)s
)
SELECT ranked.id, ranked.ways, phone.value, place.address
  FROM ranked
  LEFT JOIN LATERAL (
      SELECT contact.value FROM accounts_customeragreement held
        JOIN accounts_contact contact ON contact.party_id = held.party_id AND contact.kind = 'PHONE'
       WHERE held.account_id = ranked.id AND held.starts_on <= %(day)s
         AND (held.ends_on IS NULL OR held.ends_on > %(day)s)
       ORDER BY contact.is_primary DESC, contact.id LIMIT 1) phone ON true
  LEFT JOIN LATERAL (
      SELECT location.address FROM accounts_usagepoint point
        JOIN accounts_servicelocation location ON location.id = point.service_location_id
       WHERE point.account_id = ranked.id ORDER BY point.id LIMIT 1) place ON true
 ORDER BY is_number DESC, is_certain DESC, is_name DESC, is_read_so DESC, cardinality(ways) DESC, name_pinyin, number
"""


def make_statement(text: str, *, typed: str, day: date, points: list[int], limit: int) -> tuple[str, dict[str, Any]]:
    """
    Make the question and its parameters. It answers (account id, ways, phone, address), the best first.

    :param typed: the text as pinyin is typed, empty if it cannot be that.
    :param points: usage points where a meter of that number hangs.
    """
    params: dict[str, Any] = {
        "text": text, "begins": f"{_escape(text)}%", "typed": typed or None, "typed_begins": f"{_escape(typed)}%",
        "day": day, "points": points, "limit": limit, "per_way": PER_WAY, "per_name": PER_NAME,
    }  # fmt: skip
    is_digits = text.isascii() and text.isdigit()
    ways = [_ALIAS, _POINT] + ([_METER] if points else [])
    if is_digits:
        ways += [_NUMBER] + ([_HELD.format(way="PHONE", parties=_PHONES)] if len(text) >= 3 else [])
    else:
        ways += _by_name(text, params)
    if typed:
        for condition in _PINYIN:
            ways += [
                _ACCOUNTS.format(way="PINYIN", condition=condition),
                _HELD.format(way="PINYIN", parties=_PARTIES.format(condition=condition)),
            ]
    return _ALL.format(ways=" UNION ALL ".join(f"({way})" for way in ways)), params


def _by_name(text: str, params: dict[str, Any]) -> list[str]:
    """Ways for words: a part of a name or address from three characters on, before that the beginning of a name."""
    words = text.split()
    params["part"] = f"%{_escape(text)}%"
    name = (
        "name LIKE %(begins)s"
        if len(text) < 3
        else "accounts_pairs(name) @> accounts_pairs(%(text)s) AND name LIKE %(part)s"
    )
    ways = [
        _ACCOUNTS.format(way="NAME", condition=name),
        _HELD.format(way="NAME", parties=_PARTIES.format(condition=name)),
    ]
    if len(text) < 3:
        return ways
    if len(words[0]) > 1:
        ways.append(_ADDRESS.format(condition=_all_parts(words, params, "word")))
    if len(words) > 1:
        params["name_begins"] = f"{_escape(words[0])}%"
        condition = _all_parts(words[1:], params, "rest")
        if len(words[0]) > 1:
            ways.append(_NAME_ADDRESS.format(condition=condition.replace("address", "location.address")))
        elif any(len(word) > 1 for word in words[1:]):  # a surname alone is too common: begin at the address
            ways.append(_SURNAME_ADDRESS.format(condition=condition))
    return ways


def _all_parts(words: list[str], params: dict[str, Any], key: str) -> str:
    conditions = []
    for index, word in enumerate(words[:4]):
        params |= {f"{key}_{index}": f"%{_escape(word)}%", f"{key}_{index}_whole": word}
        pairs = f"accounts_pairs(address) @> accounts_pairs(%({key}_{index}_whole)s)"
        pairs = pairs if len(word) > 1 else "true"  # a single character has no pair
        conditions.append(f"{pairs} AND address LIKE %({key}_{index})s")
    return " AND ".join(conditions)


def _escape(text: str) -> str:
    """
    Take a text literally inside LIKE.

    >>> _escape("50%_a\\\\b")
    '50\\\\%\\\\_a\\\\\\\\b'
    """
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
