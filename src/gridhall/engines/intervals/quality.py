"""Reading quality: one small code a read, and what each says (after IEC 61968-9 and ESPI QualityOfReading)."""

from __future__ import annotations

from enum import IntEnum


class ReadingQuality(IntEnum):
    """How a read came to be. The order is by trust: lower is better; MISSING has no value."""

    MEASURED = 0
    CORRECTED = 1  # measured, then replaced by a later measured value
    MANUAL = 2  # read by a person
    ESTIMATED_LINEAR = 10  # straight line between neighbours
    ESTIMATED_PROFILE = 11  # the same customer's like days, scaled
    ESTIMATED_REGISTER = 12  # shaped like days, scaled to what the register advanced
    ESTIMATED_OTHER = 13  # estimated by whoever sent it
    SUSPECT = 20  # measured, did not pass validation, waiting for a person
    MISSING = 255


ESTIMATED = frozenset(
    {
        ReadingQuality.ESTIMATED_LINEAR,
        ReadingQuality.ESTIMATED_PROFILE,
        ReadingQuality.ESTIMATED_REGISTER,
        ReadingQuality.ESTIMATED_OTHER,
    }
)
