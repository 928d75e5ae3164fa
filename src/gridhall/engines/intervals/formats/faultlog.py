"""What a reader found wrong, or worth saying, in the order it found it."""

from __future__ import annotations

from collections.abc import Callable

from gridhall.core.errors import Fault, FaultyInput


class FaultLog:
    """
    Collects the faults and notes of one file.

    A fault makes the file unusable as a whole; a note (`is_warning`) does not. Remedies are shared constants, so a
    hundred thousand bad rows cost some tens of megabytes at most; give `sink` to keep none of them in memory.

    :param file: the name shown to people.
    :param sink: called with every fault and note instead of keeping the faults.
    """

    def __init__(self, file: str, sink: Callable[[Fault], None] | None = None) -> None:
        self.file = file
        self.sink = sink
        self.entries: list[Fault] = []
        self.fault_count = 0

    def fault(self, line: int | None, field: str | None, problem: str, remedy: str = "") -> None:
        """Name something that must be mended."""
        self.fault_count += 1
        self._take(Fault(self.file, line, field, problem, remedy))

    def note(self, line: int | None, field: str | None, problem: str, remedy: str = "") -> None:
        """Name something a person should know, though the file can be used."""
        self._take(Fault(self.file, line, field, problem, remedy, is_warning=True))

    def _take(self, entry: Fault) -> None:
        if self.sink is not None:
            self.sink(entry)
        else:
            self.entries.append(entry)

    def refuse(self, line: int | None, field: str | None, problem: str, remedy: str = "") -> FaultyInput:
        """Add a last fault and return the refusal to raise, for faults after which reading on has no sense."""
        last = Fault(self.file, line, field, problem, remedy)
        self.fault_count += 1
        if self.sink is not None:
            self.sink(last)
        faults = [entry for entry in self.entries if not entry.is_warning]
        self.entries.append(last)
        return FaultyInput([*faults, last])
