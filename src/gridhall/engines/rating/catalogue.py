"""Tariffs by file or by code: ours in YAML, OpenEI's in JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.rating.language import parse_tariff
from gridhall.engines.rating.language.document import MOST_JSON
from gridhall.engines.rating.tariff import Tariff
from gridhall.engines.rating.urdb import parse_urdb

FOLDER = Path(__file__).resolve().parents[2] / "catalogue" / "tariffs"


def load_tariff(path_or_code: str | Path) -> Tariff:
    """
    Load a tariff: a path (YAML or URDB JSON), or the code of a shipped one.

    A JSON file that holds many tariffs by name is taken as PATH#NAME.

    :raises FaultyInput: with every fault, its line and how to mend it.
    """
    text = str(path_or_code)
    if text in shipped_codes():
        return shipped_tariff(text)
    name, _, chosen = text.partition("#")
    path = Path(text) if _is_file(text) else Path(name)
    if not _is_file(name) and path == Path(name):
        text = text[:200]
        remedy = f"give a file, or one of: {', '.join(shipped_codes())}"
        problem = "is a folder" if _is_file(name, Path.is_dir) else "there is no such tariff file or code"
        raise FaultyInput([Fault(text, None, None, problem, remedy)])
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_JSON + 1)
    except OSError as error:
        raise FaultyInput([Fault(text, None, None, f"cannot be read: {error.strerror}", "check the path")]) from None
    return parse(content, str(path), chosen if path == Path(name) else "")


def _is_file(text: str, test: Callable[[Path], bool] = Path.is_file) -> bool:
    try:
        return test(Path(text))
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def parse(content: bytes, file: str, chosen: str = "") -> Tariff:
    """
    Read a tariff from bytes: gzip is unpacked; what begins with a brace or bracket is URDB JSON, all else our YAML.

    :raises FaultyInput: and nothing else.
    """
    content = _unpacked(content, file)
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head in (b"{", b"["):
        return parse_urdb(content, file, chosen)
    return parse_tariff(content, file)


def _unpacked(content: bytes, file: str) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    import zlib

    worker = zlib.decompressobj(31)
    try:
        out = worker.decompress(content, 64_000_000)
        is_whole = worker.eof or len(out) > MOST_JSON  # what is too long is refused by its length
    except zlib.error:
        is_whole = False
    if not is_whole:
        raise FaultyInput([Fault(file, None, None, "the gzip file is broken or cut off", "pack it again")]) from None
    return out


@cache
def shipped_tariff(code: str) -> Tariff:
    """
    Load a shipped tariff.

    :raises KeyError: if there is none of that code.
    """
    path = _shipped()[code]
    return parse_tariff(path.read_bytes(), path.name)


@cache
def _shipped() -> dict[str, Path]:
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def shipped_codes() -> list[str]:
    """Give the codes of the tariffs that come with Gridhall, sorted; a file is named as its tariff."""
    return list(_shipped())
