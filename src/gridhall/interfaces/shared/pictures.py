"""Pictures that people send: looked at by content, turned upright, drawn anew; and the bar codes on them."""

from __future__ import annotations

import io
import re
import struct
import warnings
from dataclasses import dataclass
from typing import IO

import zxingcpp
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000  # the largest telephones; a bomb says more and is not unpacked
LONGEST_SIDE = 2_400
SMALLEST_SIDE = 200
MOST_CODES = 6
_HEIF = re.compile(rb"ftyp(heic|heix|hevc|mif1|msf1|heim|heis)")
_SERIAL = re.compile(r"[0-9A-Z][0-9A-Z-]{3,30}[0-9A-Z]")


class PictureRefused(Exception):
    """
    This is no picture that can be used.

    `code` is `empty`, `heif`, `pdf`, `no-picture`, `too-large`, `too-small` or `broken`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew: JPEG without anything but pixels."""

    jpeg: bytes
    width: int
    height: int


def open_picture(file: IO[bytes], *, longest_side: int = LONGEST_SIDE) -> Image.Image:
    """
    Give the upright pixels of a file, whatever its name or type claims.

    :raises PictureRefused: if it is no picture, too large or small, or broken.
    """
    file.seek(0)
    head = file.read(32)
    file.seek(0)
    if not head:
        raise PictureRefused("empty")
    if head.startswith(b"%PDF"):
        raise PictureRefused("pdf")
    if _HEIF.search(head):
        raise PictureRefused("heif")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(file, formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureRefused("too-large")
            if min(picture.size) < SMALLEST_SIDE:
                raise PictureRefused("too-small")
            # A JPEG is unpacked small at once, where a small one will do.
            picture.draft("RGB", (longest_side, longest_side))
            picture.load()
            picture = ImageOps.exif_transpose(picture)
            if picture.mode != "RGB":
                picture = _on_white(picture)
            picture.thumbnail((longest_side, longest_side))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("too-large") from None
    except Image.UnidentifiedImageError:
        raise PictureRefused("no-picture") from None
    except (OSError, ValueError, SyntaxError, struct.error, IndexError, TypeError, EOFError, OverflowError):
        raise PictureRefused("broken") from None
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """Put what shines through on white: a code on nothing would be read as black."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        ground = Image.new("RGBA", layers.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layers).convert("RGB")
    return picture.convert("RGB")


def draw_anew(file: IO[bytes]) -> Picture:
    """
    Give a picture in which nothing but pixels is left: no place, no hidden content.

    :raises PictureRefused: as `open_picture`.
    """
    picture = open_picture(file)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return Picture(out.getvalue(), picture.width, picture.height)


def read_bar_codes(file: IO[bytes]) -> list[str]:
    """
    Give what stands in the bar codes of a picture that could be meter numbers, each once, however it is held.

    :raises PictureRefused: as `open_picture`.
    """
    picture = open_picture(file)
    found: list[str] = []
    # Bars are found to about thirty degrees beside upright and lying; what is held more aslant, in between.
    for one in zxingcpp.read_barcodes(picture) or zxingcpp.read_barcodes(_turn_half_way(picture)):
        found += find_serials(one.text)
    return list(dict.fromkeys(found))[:MOST_CODES]


def _turn_half_way(picture: Image.Image) -> Image.Image:
    ground = (255, 255, 255)
    return picture.rotate(45, resample=Image.Resampling.BILINEAR, expand=True, fillcolor=ground)


def find_serials(text: str) -> list[str]:
    """
    Give what could be a meter's number in the text of a code.

    >>> find_serials(" 2211060000017 "), find_serials("https://e.cn/m?id=3310001000100018922345")
    (['2211060000017'], ['3310001000100018922345'])
    >>> find_serials("http://example.com/")
    []
    """
    whole = text.strip().upper()
    if _SERIAL.fullmatch(whole):
        return [whole]
    return [part for part in _SERIAL.findall(whole) if sum(letter.isdigit() for letter in part) >= 6]
