"""
How Chinese names are read: a table of readings, from which the database writes `zhang da shan` beside 张大山.

The readings are those of pypinyin (MIT), without tones; `ü` is typed `v`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Surnames that are read otherwise than the character usually is.
SURNAMES = {
    "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "曾": "zeng", "覃": "qin", "朴": "piao",
    "盖": "ge", "冼": "xian", "种": "chong", "繁": "po", "缪": "miao", "秘": "bi", "员": "yun", "折": "she",
    "任": "ren", "黑": "he", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai",
    "单于": "chan yu", "令狐": "ling hu", "宿": "su", "乐": "yue", "召": "shao", "翟": "zhai", "都": "du",
    "隗": "wei", "呙": "guo", "逄": "pang", "麻": "ma", "那": "na", "晁": "chao", "车": "che", "葛": "ge",
}  # fmt: skip
_FIRST, _END = 0x4E00, 0xA000
LONGEST_PHRASE = 4


def list_readings() -> Iterator[tuple[str, str]]:
    """List text and pinyin of every character, of phrases in which one is read otherwise, and of surnames (`^单`)."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    def read(text: str) -> list[str]:
        return lazy_pinyin(text, style=Style.NORMAL, v_to_u=False, errors="ignore")

    alone = {}
    for code in [0x3007, *range(_FIRST, _END)]:
        found = read(chr(code))
        if found:
            alone[chr(code)] = found[0]
            yield chr(code), found[0]
    for phrase in PHRASES_DICT:
        if 2 <= len(phrase) <= LONGEST_PHRASE and all(character in alone for character in phrase):
            together = read(phrase)
            if len(together) == len(phrase) and together != [alone[character] for character in phrase]:
                yield phrase, " ".join(together)
    for surname, pinyin in SURNAMES.items():
        yield f"^{surname}", pinyin


def as_typed(text: str) -> str:
    """
    Give what somebody typed as pinyin or initials; empty if it cannot be pinyin.

    >>> as_typed("Zhang Dashan"), as_typed("lü'an"), as_typed("ｚｄｓ"), as_typed("张三"), as_typed("12")
    ('zhangdashan', 'lvan', 'zds', '', '')
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("ü", "v").replace("u:", "v")
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    plain = re.sub(r"[\s'’.-]", "", plain)
    return plain if re.fullmatch(r"[a-z][a-z0-9]*", plain) else ""
