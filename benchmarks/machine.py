"""What the machine can do at best, measured in the same run: memory, disk; and how a file is made cold."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import numba
import numpy as np

_BLOCK = 4 << 20


def describe_machine() -> dict[str, Any]:
    """Say what runs where."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("numpy", "numba", "blosc2", "pyarrow", "duckdb", "polars", "pandas")
    return {
        "processor": model or platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in packages if _has(name)},
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _has(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


@numba.njit(parallel=True, cache=True)
def _sum_all(values):  # type: ignore[no-untyped-def]
    total = 0
    for at in numba.prange(values.size):
        total += values[at]
    return total


def measure_limits(folder: Path, *, quick: bool) -> dict[str, float]:
    """Measure memory and disk bandwidth in GB/s."""
    size = (1 << 28) if quick else (1 << 30)
    values = np.ones(size // 8, np.int64)
    _sum_all(values[:1000])
    memory = min(_seconds(lambda: _sum_all(values)) for _ in range(3))
    path = folder / "limits.bin"
    raw = np.random.default_rng(0).integers(0, 256, _BLOCK, np.uint8).tobytes()
    write = _seconds(lambda: _write(path, raw, size // _BLOCK))
    evict([path])
    read = _seconds(lambda: read_bare([path]))
    path.unlink()
    found = {
        "memory_read_gb_s": size / memory / 1e9,
        "disk_write_gb_s": size / write / 1e9,
        "disk_read_gb_s": size / read / 1e9,
    }
    return {name: round(value, 2) for name, value in found.items()}


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _write(path: Path, raw: bytes, blocks: int) -> None:
    with path.open("wb", buffering=0) as file:
        for _ in range(blocks):
            file.write(raw)
        os.fsync(file.fileno())


def evict(paths: Iterable[Path]) -> None:
    """Drop files from the page cache, so that the next read comes from the disk."""
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def read_bare(paths: Iterable[Path], threads: int = 2) -> None:
    """Read files and do nothing with them."""

    def one(path: Path) -> None:
        buffer = bytearray(_BLOCK)
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, paths))
