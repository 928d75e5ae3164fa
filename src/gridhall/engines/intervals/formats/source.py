"""From a path to plain bytes: compression opened, encodings made UTF-8, bombs refused. By content, never by name."""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gridhall.core.errors import Fault, FaultyInput

MAX_PLAIN_BYTES = 4 << 30
"""A file may unpack to this much."""
MAX_RATIO = 1_000
"""A packed file may grow by this factor once it is past 64 MiB; reads shrink by 10 to 100."""
MAX_MEMBERS = 1_000
_FREE_BYTES = 64 << 20
_NEVER_IN_TEXT = bytes([*range(1, 9), *range(14, 26)])
_BLOCK = 1 << 20


class Bomb(OSError):
    """A packed file grows beyond all measure."""


@dataclass(frozen=True)
class Source:
    """
    One plain file: on its own, or a member of an archive.

    :param name: as shown to people, `archive.zip/member.csv` inside an archive.
    :param path: the file on disk.
    :param member: the member of a zip archive, or None.
    :param is_gzip: whether the bytes (of the file or the member) are gzip.
    """

    name: str
    path: Path
    member: str | None = None
    is_gzip: bool = False

    def open(self) -> io.BufferedReader:
        """Open the plain bytes for reading from the start; unpacking is bounded."""
        packed_size = self.path.stat().st_size
        stream: io.IOBase = self.path.open("rb") if self.member is None else _Member(self.path, self.member)
        if self.is_gzip:
            stream = gzip.GzipFile(fileobj=stream)  # type: ignore[arg-type]
        is_packed = self.member is not None or self.is_gzip
        limit = min(MAX_PLAIN_BYTES, max(_FREE_BYTES, packed_size * MAX_RATIO)) if is_packed else MAX_PLAIN_BYTES
        return io.BufferedReader(_Bounded(stream, limit), _BLOCK)

    def head(self, size: int = 65_536) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)


class _Member(io.RawIOBase):
    """A member of a zip archive that closes the archive with itself."""

    def __init__(self, path: Path, member: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._stream = self._archive.open(member)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._archive.close()
        super().close()


class _Bounded(io.RawIOBase):
    """Counts what comes out and stops a bomb."""

    def __init__(self, stream: io.IOBase, limit: int) -> None:
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))  # type: ignore[attr-defined]
        self._left -= len(data)
        if self._left < 0:
            raise Bomb("unpacks to far more than a file of reads can hold")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


UNPACKING_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def find_sources(path: Path) -> list[Source]:
    """
    List the plain files at a path: one, or the members of a zip archive.

    :raises FaultyInput: when there is none, it cannot be opened, or it is an office document.
    """
    name = path.name[:200]
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _no(name, "there is no such file", "check the path") from None
    except (OSError, ValueError) as error:
        raise _no(name, f"cannot be found: {getattr(error, 'strerror', error)}", "check the path") from None
    if stat.S_ISDIR(mode):
        raise _no(name, "is a folder", "give one file")
    if not stat.S_ISREG(mode):
        raise _no(name, "is a pipe or a device", "save it to a file and give that")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
        if not head:
            raise _no(name, "the file is empty", "export it again")
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _members(path)
        return [Source(name, path, is_gzip=head.startswith(b"\x1f\x8b"))]
    except PermissionError:
        raise _no(name, "may not be read by you", "ask for the right to read it, or copy it") from None
    except UNPACKING_ERRORS as error:
        raise _no(name, f"cannot be opened: {error}", "copy or download it again") from error


def _members(path: Path) -> list[Source]:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        names = [info.filename for info in infos]
        if "[Content_Types].xml" in names:
            raise _no(path.name, "is an office document (Excel, Word)", "save the sheet as CSV and give that")
        wanted = [n for n in names if not n.startswith("__MACOSX/") and not n.rsplit("/", 1)[-1].startswith(".")]
        if not wanted:
            raise _no(path.name, "the archive is empty", "export it again")
        if len(wanted) > MAX_MEMBERS:
            raise _no(path.name, f"the archive holds {len(wanted):,} files", f"split it: at most {MAX_MEMBERS:,}")
        if any(info.flag_bits & 1 for info in infos):
            raise _no(path.name, "the archive is encrypted", "unpack it and give the files")
        sources = []
        for member in wanted:
            with archive.open(member) as stream:
                is_gzip = stream.read(2) == b"\x1f\x8b"
            sources.append(Source(f"{path.name}/{member}", path, member, is_gzip))
        return sources


def _no(name: str, problem: str, remedy: str) -> FaultyInput:
    return FaultyInput([Fault(name, None, None, problem, remedy)])


def find_encoding(head: bytes) -> str | None:
    """
    Tell the encoding of a text by its first bytes; None if it is no text.

    >>> find_encoding("时间,电量".encode("gbk")), find_encoding("时间".encode("utf-16"))
    ('gb18030', 'utf-16')
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = head.count(b"\0")
    if zeros:
        for encoding, skipped in (("utf-16-le", 1), ("utf-16-be", 0)):
            if head[skipped::2].count(b"\0") > 0.8 * (len(head) // 2) and head[1 - skipped :: 2].count(b"\0") == 0:
                return encoding
        first, _, rest = head.partition(b"\n")
        if b"\0" in first or not rest or any(byte in head for byte in _NEVER_IN_TEXT):
            return None
        head = head.replace(b"\0", b"")  # torn lines of a text: each is named where it stands
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            if encoding == "utf-8" and _is_mostly_utf8(head):
                return encoding
            continue
        return encoding
    return "latin-1" if not zeros and sum(byte < 9 for byte in head) == 0 else None


def _is_mostly_utf8(head: bytes) -> bool:
    """A stray byte does not make Chinese in UTF-8 another encoding: other ones hardly ever give three-byte signs."""
    text = head.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(sign >= "\u0800" for sign in text) - bad > bad


def utf8_blocks(source: Source, encoding: str, block: int = 4 << 20) -> Iterator[bytes]:
    """Yield the text as UTF-8 in blocks of whole lines; bytes that are none in the encoding become U+FFFD."""
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = b""
    with source.open() as stream:
        while True:
            data = stream.read(block)
            is_end = len(data) < block
            text = data if decoder is None else decoder.decode(data, final=is_end).encode("utf-8", "replace")
            rest = rest + text
            if is_end:
                if rest:
                    yield rest
                return
            cut = max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, len(rest) - 1)) + 1
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > 16 * block:
                raise Bomb("has a line of more than 64 MiB")
