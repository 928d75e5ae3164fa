"""How many files are written at a time: one for each person and a few in each server process; who comes later waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable
from threading import Lock


class ExportPlaces:
    """
    Places for those who write a file.

    They are of the process: a place is free again when the process ends, whatever happened to the file.

    >>> places = ExportPlaces(2)
    >>> leave = places.take("one")
    >>> places.take("one") is None, places.take("two") is None, places.take("three") is None
    (True, False, True)
    >>> leave(); leave()
    >>> places.take("three") is None
    False
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[Hashable, object] = {}
        self._lock = Lock()

    def take(self, person: Hashable) -> Callable[[], None] | None:
        """Take a place; gives what leaves it, however often it is called, or None when there is none."""
        place = object()
        with self._lock:
            if person in self._taken or len(self._taken) >= self._most:
                return None
            self._taken[person] = place

        def leave() -> None:
            with self._lock:
                if self._taken.get(person) is place:
                    del self._taken[person]

        return leave


class PlacedStream:
    """The pieces of a file, whose place is left when they end, and when the answer is closed before."""

    def __init__(self, pieces: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        self._pieces = pieces
        self.close = leave

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces."""
        try:
            async for piece in self._pieces:
                yield piece
        finally:
            self.close()
