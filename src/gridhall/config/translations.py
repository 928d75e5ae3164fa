"""
Compiling translations: .po to .mo in the format of GNU gettext, without the gettext tools.

Format: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
"""

from __future__ import annotations

import ast
import struct
from pathlib import Path

MAGIC = 0x950412DE
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


class FaultyTranslation(ValueError):
    """A .po file cannot be read; the message says where."""


def compile_all(root: Path) -> list[Path]:
    """Compile every .po below a folder that is newer than its .mo. Returns what was written."""
    written = []
    for source in sorted(root.rglob("LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            fresh = target.with_suffix(".mo.new")
            fresh.write_bytes(compile_catalog(source.read_text(encoding="utf-8"), name=str(source)))
            fresh.rename(target)
            written.append(target)
    return written


def compile_catalog(text: str, *, name: str = "messages.po") -> bytes:
    """
    Compile the text of a .po file; fuzzy and empty entries are left out, as msgfmt does.

    :raises FaultyTranslation: if a line is none of a comment, a keyword or a quoted text.
    """
    entries = {
        key: value for key, value, is_fuzzy in read_entries(text, name=name) if value.strip("\0") and not is_fuzzy
    }
    keys = sorted(entries, key=lambda key: key.encode())
    ids = b"".join(key.encode() + b"\0" for key in keys)
    texts = b"".join(entries[key].encode() + b"\0" for key in keys)
    table, id_table, text_table = 28, [], []
    id_at = table + 16 * len(keys)
    text_at = id_at + len(ids)
    for key in keys:
        length, text_length = len(key.encode()), len(entries[key].encode())
        id_table += [length, id_at]
        text_table += [text_length, text_at]
        id_at, text_at = id_at + length + 1, text_at + text_length + 1
    head = struct.pack("<7I", MAGIC, 0, len(keys), table, table + 8 * len(keys), 0, 0)
    return head + struct.pack(f"<{4 * len(keys)}I", *id_table, *text_table) + ids + texts


def read_entries(text: str, *, name: str = "messages.po") -> list[tuple[str, str, bool]]:
    """Read the entries of a .po file: key as gettext writes it (context, plural), text (forms joined by NUL), fuzzy."""
    found: list[tuple[str, str, bool]] = []
    parts: dict[str, str] = {}
    field, is_fuzzy = "", False

    def close() -> None:
        nonlocal parts, is_fuzzy
        if "msgid" in parts:
            context = f"{parts['msgctxt']}\x04" if "msgctxt" in parts else ""
            plural = f"\0{parts['msgid_plural']}" if "msgid_plural" in parts else ""
            forms = [parts[key] for key in sorted(parts) if key.startswith("msgstr")]
            found.append((f"{context}{parts['msgid']}{plural}", "\0".join(forms), is_fuzzy and bool(parts["msgid"])))
        parts, is_fuzzy = {}, False

    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("#") or not line:
            if any(key.startswith("msgstr") for key in parts):
                close()
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        if not line.startswith('"'):
            keyword, _, line = line.partition(" ")
            if keyword.partition("[")[0] not in KEYWORDS:
                raise FaultyTranslation(f"{name}:{number} begins with {keyword!r}, which is no keyword of a .po file.")
            if keyword in ("msgctxt", "msgid") and any(key.startswith("msgstr") for key in parts):
                close()
            field = keyword
            parts[field] = ""
        try:
            parts[field] += ast.literal_eval(line.strip())
        except (SyntaxError, ValueError, KeyError, TypeError):
            raise FaultyTranslation(f"{name}:{number} is not a quoted text: {raw.strip()[:60]}") from None
    close()
    return found
