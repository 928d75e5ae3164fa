"""The text of a tariff as somebody brings it in: what is wrong with it, by line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.rating.catalogue import parse
from gridhall.engines.rating.tariff import Tariff

MAX_BYTES = 8_000_000
LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class CheckedText:
    """
    What a check of a tariff found.

    :param text: as it was read; empty where it is no text.
    :param tariff: None where something is wrong.
    """

    text: str
    tariff: Tariff | None
    faults: tuple[Fault, ...]


def check_text(content: bytes, name: str) -> CheckedText:
    """Read a tariff and tell every fault with its line; warnings come as faults that are marked so."""
    text = ""
    try:
        text = read_text(content, name)
        tariff = read_tariff_text(text, name)
    except FaultyInput as refusal:
        return CheckedText(text, None, tuple(refusal.faults))
    return CheckedText(text, tariff, tariff.warnings)


def read_tariff_text(text: str, name: str) -> Tariff:
    """
    Read a tariff.

    :raises FaultyInput: with every fault and its line.
    """
    tariff = parse(text.encode(), name)
    if len(tariff.code) > LONGEST_CODE:
        problem = f"the code has more than {LONGEST_CODE} characters"
        raise FaultyInput([Fault(name, 1, "tariff", problem, "shorten it")])
    return tariff


def read_text(content: bytes, name: str) -> str:
    """
    Give the text of a file.

    :raises FaultyInput: if it is none, or too large.
    """
    if len(content) > MAX_BYTES:
        raise too_large(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultyInput([Fault(name, line, None, "the text is not UTF-8", "save the file as UTF-8")]) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise FaultyInput([Fault(name, line, None, "the text holds a NUL byte", "write the file anew as text")])
    return text


def too_large(name: str) -> FaultyInput:
    """Make the refusal of a file that is too large."""
    return FaultyInput([Fault(name, None, None, "the file is larger than 8 MB", "give one tariff a file")])
