"""Binary COPY: whatever goes in comes out of the database again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.apps.billing.rules.copy_format import Column, encode_rows

ROW = st.tuples(
    st.integers(-(2**62), 2**62),
    st.integers(-(2**53), 2**53),
    st.text("abcxyz中文0123 ", max_size=12),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=0, max_size=30))
def test_rows_come_back_as_they_went_in(rows: list[tuple[Any, ...]]) -> None:
    count = len(rows)
    whole, money, texts, days, flags, nulls = zip(*rows, strict=True) if rows else ((),) * 6
    null = np.array(nulls, bool)
    columns = [
        Column("place", "int4", np.arange(count)),
        Column("whole", "int8", np.array(whole, np.int64), nulls=null),
        Column("money", "numeric:2", np.array(money, np.int64)),
        Column("fine", "numeric:6", np.array(money, np.int64)),
        Column("words", "text", np.array([text.encode() for text in texts], "S")),
        Column("day", "date", np.array([day.toordinal() for day in days], np.int64)),
        Column("flag", "bool", np.array(flags, bool)),
        Column("list", "int8[]", np.stack([np.array(whole, np.int64)] * 2, axis=1) if count else np.zeros((0, 2))),
        Column("empty", "int8[]", np.zeros((count, 0), np.int64)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS copied (place int4, whole int8, money numeric(20,2),"
            " fine numeric(24,6), words varchar, day date, flag bool, list int8[], empty int8[])"
        )
        cursor.execute("TRUNCATE copied")
        with cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(encode_rows(columns, count))
        cursor.execute("SELECT * FROM copied ORDER BY place")
        found = cursor.fetchall()
    expected = [
        (
            place, None if row[5] else row[0], Decimal(row[1]).scaleb(-2), Decimal(row[1]).scaleb(-6), row[2], row[3],
            row[4], [row[0], row[0]], [],
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip
    assert found == expected
