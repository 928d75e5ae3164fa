"""What a difference between check meters and customers can be taken for."""

from __future__ import annotations

from gridhall.apps.metering.kinds import BalanceStateKind

MISSING_PER_MILLE = 1
"""More slots than this missing on either side, and the difference says more about reads than about losses."""


def is_incomplete(*, slots: int, missing_slots: int, silent_meters: int) -> bool:
    """
    Tell whether so much is missing that a loss cannot be told from it.

    A meter without a single read is enough, whatever its share of the slots: it may be the largest customer.
    """
    return silent_meters > 0 or missing_slots * 1_000 > slots * MISSING_PER_MILLE


def judge_balance(
    *,
    loss_wh: int,
    check_meters: int,
    customer_meters: int,
    check_slots: tuple[int, int],
    customer_slots: tuple[int, int],
    silent_meters: int,
) -> BalanceStateKind:
    """
    Say what a loss can be taken for.

    :param check_slots, customer_slots: slots expected, and missing of them.
    """
    if not check_meters:
        return BalanceStateKind.NO_CHECK
    if not customer_meters:
        return BalanceStateKind.NO_CUSTOMER
    for slots, missing in (check_slots, customer_slots):
        if is_incomplete(slots=slots, missing_slots=missing, silent_meters=silent_meters):
            return BalanceStateKind.INCOMPLETE
    return BalanceStateKind.NEGATIVE if loss_wh < 0 else BalanceStateKind.SOUND
