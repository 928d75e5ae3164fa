"""`gridhall readings`: exit codes, figures, every fault by line, and a million rows with flat memory."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gridhall.cli.readings import readings

SHARED = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(readings, [str(argument) for argument in arguments])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    lines = [f"2026-01-01T{at // 4:02d}:{at % 4 * 15:02d},0.{at:03d}" for at in range(96) if at not in (40, 41)]
    path.write_text("\n".join(["timestamp,kwh", *lines]))
    return path


def test_check_prints_what_the_file_holds(good: Path) -> None:
    result = run("check", good)
    assert result.exit_code == 0
    for words in ("CSV", "2026-01-01 00:00 to 2026-01-02 00:00", "every 15 minutes", "96 points", "4.479 kWh",
                  "missing 2", "gap       2026-01-01 10:00 to 2026-01-01 10:30"):  # fmt: skip
        assert words in result.output


def test_check_as_json(good: Path) -> None:
    report = json.loads(run("check", good, "--json").output)
    [point] = report["usage_points"]
    assert (report["usable"], report["format"], report["fault_count"]) == (True, "CSV", 0)
    assert (point["points"], point["import_kwh"], point["missing"], point["interval_minutes"]) == (96, "4.479", 2, 15)
    assert point["gaps"] == [{"start": "2026-01-01 10:00", "end": "2026-01-01 10:30", "slots": 2}]


def test_check_names_every_fault(good: Path) -> None:
    good.write_text(good.read_text().replace("0.005", "x").replace("0.050", "-3"))
    result = run("check", good)
    assert result.exit_code == 1
    assert "good.csv:7 [kwh] 'x' is not a number" in result.output and "is negative" in result.output
    assert "2 faults" in result.output


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04", b"<feed>", b"100,NEM12\n", b"PAR1PAR1"])
def test_check_never_ends_in_a_traceback(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    for options in ((), ("--json",)):
        result = run("check", path, *options)
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit)


def test_a_missing_file_and_a_wrong_zone(good: Path, tmp_path: Path) -> None:
    assert run("check", tmp_path / "none").exit_code == 1
    assert "no time zone" in run("check", good, "--zone", "Mars/Base").output


@pytest.mark.parametrize("target", ["csv", "parquet", "espi"])
def test_convert_keeps_the_energy(target: str, good: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("convert", good, out, "--to", target).exit_code == 0
    [point] = json.loads(run("check", out, "--json").output)["usage_points"]
    assert (point["import_kwh"], point["missing"]) == ("4.479", 2)


def million(path: Path, is_bad: bool) -> None:
    with path.open("w") as out:
        out.write("usage_point,timestamp,kwh\n")
        for point in range(40):
            for at in range(25_000):
                day, slot = divmod(at, 96)
                month, day = divmod(day, 28)
                value = "oops" if is_bad and at % 10 == 3 else f"0.{slot:03d}"
                day_text = f"{2024 + month // 12}-{month % 12 + 1:02d}-{day + 1:02d}"
                out.write(f"p{point},{day_text}T{slot // 4:02d}:{slot % 4 * 15:02d},{value}\n")


MEASURE = """
import resource, sys
from gridhall.cli import main
sys.argv = ["gridhall", *sys.argv[1:]]
try:
    main()
finally:
    print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak_kib(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    return int(done.stderr.split("PEAK")[1]), done.stdout


def test_a_hundred_thousand_bad_rows_are_listed_with_flat_memory(tmp_path: Path) -> None:
    path, clean, faults = tmp_path / "bad.csv", tmp_path / "clean.csv", tmp_path / "faults.csv"
    million(path, is_bad=True)
    million(clean, is_bad=False)
    plain, _ = peak_kib("readings", "check", clean)
    peak, output = peak_kib("readings", "check", path, "--faults", faults)
    assert "100,000 faults in all" in output and len(output.splitlines()) < 1_000
    assert "bad.csv:5 [kwh] 'oops' is not a number" in output
    with faults.open(newline="") as stream:
        lines = [int(row["line"]) for row in csv.DictReader(stream) if row["grade"] == "fault"]
    assert lines == [2 + point * 25_000 + at for point in range(40) for at in range(3, 25_000, 10)]
    assert peak < plain + 60_000, (plain, peak)


@pytest.mark.shared_data
def test_every_sample_is_judged(tmp_path: Path) -> None:
    folder = next((one for one in SHARED if one.is_dir()), None)
    if folder is None:
        pytest.skip("the measured data sets are not beside the checkout")
    for path in (folder / "nem12_samples").glob("*/*"):
        assert run("check", path).exit_code == (1 if path.parent.name == "invalid" else 0), path
