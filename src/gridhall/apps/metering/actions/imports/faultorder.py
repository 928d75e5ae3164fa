"""A file of faults in the order of lines, whatever its size, in little memory."""

from __future__ import annotations

import csv
import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TextIO

_ROWS_A_RUN = 50_000
_RUNS_AT_ONCE = 64
Row = list[str]


def order_key(members: dict[str, int], file: str, line: int | None) -> tuple[int, int]:
    """
    Tell where a fault belongs: members of an archive as they came, each with what is said of it as a whole before its
    lines.
    """
    return members.setdefault(file, len(members)), -1 if line is None else line


def sort_faults(path: Path, members: dict[str, int]) -> None:
    """
    Put the rows below the header of a fault file in order; rows of one line stay as they were.

    :param members: the number of each file named in it.
    """

    def key(row: Row) -> tuple[int, int]:
        return order_key(members, row[0], int(row[1]) if row[1] else None)

    with ExitStack() as stack:
        runs: list[TextIO] = []

        def spill(rows: Iterable[Row]) -> TextIO:
            run = stack.enter_context(tempfile.TemporaryFile("w+", newline="", encoding="utf-8", dir=path.parent))
            csv.writer(run).writerows(rows)
            return run

        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = next(rows)
            while run := sorted(islice(rows, _ROWS_A_RUN), key=key):
                runs.append(spill(run))
        while len(runs) > _RUNS_AT_ONCE:
            merged = spill(heapq.merge(*map(_rows_of, runs[:_RUNS_AT_ONCE]), key=key))
            for used in runs[:_RUNS_AT_ONCE]:
                used.close()
            runs[:_RUNS_AT_ONCE] = [merged]
        ordered = path.with_name(path.name + ".ordered")
        with ordered.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(heapq.merge(*map(_rows_of, runs), key=key))
        os.replace(ordered, path)


def _rows_of(run: TextIO) -> Iterator[Row]:
    run.seek(0)
    return csv.reader(run)
