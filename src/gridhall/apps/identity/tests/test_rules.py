"""Phone numbers and passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.identity import rules


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800001234", "13800001234"),
        (" 138 0000 1234 ", "13800001234"),
        ("+8613800001234", "13800001234"),
        ("+86-138-0000-1234", "13800001234"),
        ("008613800001234", "13800001234"),
        ("（0718）682-2345", "07186822345"),
        ("+86 718 6822345", "07186822345"),
        ("1380000123", None),
        ("12800001234", None),
        ("138000012345", None),
        ("", None),
        ("abc", None),
        ("+", None),
        ("٠١٢٣٤٥٦٧٨٩", None),
    ],
)
def test_normalize_phone(text: str, number: str | None) -> None:
    assert rules.normalize_phone(text) == number


@given(st.text())
def test_normalize_phone_takes_any_text_and_is_idempotent(text: str) -> None:
    number = rules.normalize_phone(text)
    assert number is None or rules.normalize_phone(number) == number


@pytest.mark.parametrize(
    "password", ["", "1234567", "12345678", "aaaaaaaa", "13800001234", "x13800001234x", "张三张三张三张三", "a" * 129]
)
def test_weak_passwords(password: str) -> None:
    assert rules.find_password_weakness(password, phone="13800001234", name="张三")


def test_good_passwords() -> None:
    assert rules.find_password_weakness("correct horse", phone="13800001234", name="张三") is None
