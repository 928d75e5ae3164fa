"""How Gridhall says no: refusals that people can act on, and faults in what they gave us."""

from __future__ import annotations

from dataclasses import dataclass


class BusinessError(Exception):
    """
    A refusal that a person can understand and act on. Nothing has changed.

    Subclasses are named `UnableTo…` and stand beside the action that raises them.

    :param message: one sentence, what stands in the way and what to do next.
    :param code: a stable machine word such as `already-billed`.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing wrong in a file: what, where, and how to mend it.

    >>> print(Fault("reads.csv", 7, "kwh", "'abc' is not a number", "write it as 1.234"))
    reads.csv:7 [kwh] 'abc' is not a number. Mend: write it as 1.234
    """

    file: str
    line: int | None
    field: str | None
    problem: str
    remedy: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        field = "" if self.field is None else f" [{self.field}]"
        remedy = f". Mend: {self.remedy}" if self.remedy else ""
        return f"{place}{field} {self.problem}{remedy}"


class FaultyInput(BusinessError):
    """
    A file that cannot be used at all; `faults` names every reason.

    :param faults: at least one fault, in the order of the file.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(str(fault) for fault in faults[:3]), code="faulty-input")
