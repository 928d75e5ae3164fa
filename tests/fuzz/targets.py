"""What is fuzzed: each target takes any bytes and must read them or refuse them, and nothing else."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.summary import summarize

Target = Callable[[bytes], None]

_CSV = (
    b"usage_point,timestamp,kwh,kvarh,quality\na,2026-01-01T00:00,0.25,0,actual\na,2026-01-01T00:15,0.5,0,estimated\n"
)
_NEM12 = (
    b"100,NEM12,202601010000,A,B\n200,NMI0000001,E1,1,E1,N1,M1,kWh,30,\n300,20260101,"
    + b"1," * 48
    + b"V,,,20260102000000,\n400,1,48,F52,,\n900\n"
)
_NEM13 = (
    b"100,NEM13,200401101030,MDA1,Ret1\n250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,"
    b"007654.9,20040107100333,A,,,1312.1,kWh,20040407,20040108100333,20040109080000\n900\n"
)
_ESPI = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="R/1"/><content><ReadingType>'
    b"<uom>72</uom><powerOfTenMultiplier>0</powerOfTenMultiplier></ReadingType></content></entry><entry>"
    b'<link rel="self" href="M/1"/><link rel="related" href="R/1"/><content><MeterReading/></content></entry><entry>'
    b'<link rel="up" href="M/1/IntervalBlock"/><content><IntervalBlock><IntervalReading><timePeriod><duration>900'
    b"</duration><start>1767225600</start></timePeriod><value>7</value></IntervalReading></IntervalBlock></content>"
    b"</entry></feed>"
)
_TARIFF = (
    b"code: demo\nname: {zh: \xe4\xb8\x80, en: one}\ncurrency: CNY\neffective_from: 2026-01-01\nverified: false\n"
    b"charges:\n  - code: energy\n    kind: energy\n    price: 0.558\n"
)


def _reader(seed: bytes) -> tuple[Target, list[bytes]]:
    folder = Path(tempfile.mkdtemp(prefix="gridhall-fuzz-"))

    def read(content: bytes) -> None:
        path = folder / "input"
        path.write_bytes(content)
        try:
            found = read_file(path, is_strict=False)
        except BusinessError:
            return
        for series in found.series:
            summarize(series)

    return read, [seed]


def _tariffs() -> tuple[Target, list[bytes]] | None:
    try:
        loader = importlib.import_module("gridhall.engines.rating.language.loader")
    except ImportError:
        return None

    def read(content: bytes) -> None:
        try:
            loader.parse_tariff(content, "input.yaml")
        except BusinessError:
            return

    return read, [_TARIFF, b'{"items": [{"name": "x", "energyratestructure": [[{"rate": 0.1}]]}]}']


def find_targets() -> dict[str, tuple[Target, list[bytes]]]:
    """All targets by name, each with the inputs it starts from."""
    targets = {
        "csv": _reader(_CSV),
        "nem12": _reader(_NEM12),
        "nem13": _reader(_NEM13),
        "espi": _reader(_ESPI),
    }
    tariffs = _tariffs()
    if tariffs is not None:
        targets["tariff"] = tariffs
    return targets
