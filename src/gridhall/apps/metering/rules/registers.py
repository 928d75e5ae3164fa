"""What a register that counts up and rolls over tells about the energy between two readings."""

from __future__ import annotations

WH_PER_KWH = 1_000


def advance_wh(first_wh: int, last_wh: int, *, register_digits: int) -> int:
    """
    Give the energy between two readings of a register of `register_digits` whole kilowatt hours.

    A register that reads lower than before rolled over: it counted to 999…9 and began again at 0.

    >>> advance_wh(1_000, 3_500, register_digits=6), advance_wh(999_999_000, 1_000, register_digits=6)
    (2500, 2000)
    """
    span = 10**register_digits * WH_PER_KWH
    return last_wh - first_wh if last_wh >= first_wh else last_wh - first_wh + span


def is_possible(value_wh: int, *, register_digits: int) -> bool:
    """
    Tell whether a register of so many digits can show a value.

    >>> is_possible(999_999_999, register_digits=6), is_possible(1_000_000_000, register_digits=6)
    (True, False)
    """
    return 0 <= value_wh < 10**register_digits * WH_PER_KWH
