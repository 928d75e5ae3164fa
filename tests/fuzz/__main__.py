"""
Fuzz every target for a while: `python -m tests.fuzz [SECONDS] [TARGET …]`, thirty seconds each by default.

Each target runs in its own process, guided by the coverage of our own modules. A crash leaves its input in the folder
that is printed, and the exit code is 1.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 30


def run_all(seconds: int, names: list[str]) -> int:
    """Run targets one after the other; the number that crashed."""
    from tests.fuzz.targets import find_targets

    folder = Path(tempfile.mkdtemp(prefix="gridhall-fuzz-"))
    crashed = 0
    for name, (_, seeds) in find_targets().items():
        if names and name not in names:
            continue
        corpus = folder / name
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
        command = [sys.executable, "-m", "tests.fuzz", "--one", name, str(corpus), f"-max_total_time={seconds}"]
        command += ["-max_len=8192", "-timeout=20", "-rss_limit_mb=4096", f"-artifact_prefix={folder}/{name}-"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        summary = [line for line in done.stderr.splitlines() if line.startswith(("Done", "stat::number_of_executed"))]
        if done.returncode:
            crashed += 1
            sys.stdout.write(f"{name}: crashed; the input is in {folder}\n{done.stderr[-4000:]}\n")
        else:
            sys.stdout.write(f"{name}: {summary[-1] if summary else 'done'}\n")
    return crashed


def run_one(name: str, options: list[str]) -> None:
    """Fuzz one target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["gridhall.engines", "gridhall.core"]):
        from tests.fuzz.targets import find_targets

        target, _ = find_targets()[name]
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--one"]:
        run_one(arguments[1], arguments[2:])
    else:
        duration = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else SECONDS
        sys.exit(1 if run_all(duration, arguments) else 0)
