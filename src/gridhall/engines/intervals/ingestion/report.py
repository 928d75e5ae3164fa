"""What an ingestion did, and the faults it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import Fault
from gridhall.core.periods import Month

KEPT_FAULTS = 1_000


@dataclass(frozen=True)
class Flagged:
    """
    Reads of one series and month that did not pass validation.

    :param flags: uint16[D * 96], bits of `validation.Rule`.
    """

    series: int
    month: Month
    flags: NDArray[np.uint16]


@dataclass
class IngestReport:
    """
    The result of an ingestion; stays small however many rows are bad.

    :param rows: lines (or rows) read; `bad_rows` of them are listed as faults and not stored.
    :param reads: 15-minute reads stored. `repeated`: the same read again. `conflicting`: another value for an interval.
    :param findings: how many reads each validation rule caught, by its name.
    :param faults: the first of the faults; `on_faults` gets all of them.
    """

    file: str
    rows: int = 0
    bad_rows: int = 0
    reads: int = 0
    repeated: int = 0
    conflicting: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    on_faults: Callable[[Sequence[Fault]], None] | None = None
    on_flagged: Callable[[Sequence[Flagged]], None] | None = None

    def take(self, faults: Sequence[Fault]) -> None:
        """List bad rows."""
        self.bad_rows += len(faults)
        self.faults.extend(faults[: max(KEPT_FAULTS - len(self.faults), 0)])
        if self.on_faults is not None and faults:
            self.on_faults(faults)
