"""Measuring how a page looks: faults seen by its own geometry, the computed style of parts, and small pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

MEASURE = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
SCREENS = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900)}
SETTLES_MS = 100
LIMITS = {"tap": 44, "largeTap": 60, "cellTap": 38, "shift": 0.02}
CELL_PX = 20
DIFFERENT_CELL = 32
DIFFERENT_CELLS = 3
WATCH_SHIFT = """new PerformanceObserver((list) => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput) window.gridhallShift = (window.gridhallShift || 0) + entry.value; })
  .observe({ type: "layout-shift", buffered: true });"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reading a page."""

    screen: str
    appearance: str
    reading_mode: str
    language: str

    @property
    def name(self) -> str:
        """How the way is called in names of tests and files."""
        large = "-large" if self.reading_mode == "LARGE" else ""
        return f"{self.screen}-{self.appearance.lower()}{large}-{self.language[:2]}"

    @property
    def query(self) -> str:
        """The way as the style guide takes it."""
        return f"?language={self.language}&appearance={self.appearance}&reading_mode={self.reading_mode}"


def list_ways() -> tuple[Way, ...]:
    """
    Give every screen in normal and large type, in both languages, which decide what fits where.

    Light and dark, which decide only colors, take turns, so that each meets both sizes, both languages, every screen.
    """
    found = []
    for number, screen in enumerate(SCREENS):
        for mode in ("NORMAL", "LARGE"):
            for place, language in enumerate(("zh-hans", "en")):
                found.append(Way(screen, ("LIGHT", "DARK")[(number + place) % 2], mode, language))
    return tuple(found)


def find_faults(page: Page, **limits: float) -> list[str]:
    """
    Give what is cut off, overlapping, outside its box, too small to press, or moved while it came.

    :param limits: those of `LIMITS` that are others here.
    """
    return page.evaluate(MEASURE, LIMITS | limits)


READ_STYLES = """() => {
  const kept = ["color", "backgroundColor", "borderTopColor", "borderTopWidth", "borderRadius", "fontSize",
    "fontWeight", "paddingTop", "paddingRight", "paddingBottom", "paddingLeft", "rowGap", "columnGap", "marginTop",
    "minHeight", "fill", "stroke"];
  const usual = new Set(["0px", "normal", "rgba(0, 0, 0, 0)", "none", "auto", "rgb(0, 0, 0)"]);
  const found = {};
  for (const node of document.querySelectorAll("#main, #main *")) {
    for (const name of node.classList) {
      if (!name.startsWith("gh-") || name.startsWith("gh-guide") || name in found) continue;
      const style = getComputedStyle(node);
      const said = kept.map((key) => [key, style[key]]).filter(([, value]) => !usual.has(value));
      for (const [key, value] of said) found[`${name} ${key}`] = value;
      found[name] = "";
    }
  }
  return found;
}"""


def read_styles(page: Page) -> dict[str, str]:
    """Give the computed colors, sizes and spaces of each class: `gh-card paddingTop` -> 16px."""
    return {name: value for name, value in sorted(page.evaluate(READ_STYLES).items()) if value}


FIND_PARTS = """() => {
  const parts = [...document.querySelectorAll("#main > section, .gh-guide-forms > div")]
    .filter((part) => !part.querySelector(".gh-guide-forms, .gh-guide-icons"));
  return (parts.length ? parts : [document.body]).map((part, at) => {
    const box = part.getBoundingClientRect();
    const name = part.getAttribute("aria-labelledby") || `part-${at}`;
    return [name, box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY];
  });
}"""


# A field that takes the focus scrolls the page to itself a frame later, and the bar at the top goes along.
TO_TOP = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  scrollTo(0, 0); requestAnimationFrame(done); })))"""


def take_pictures(page: Page) -> dict[str, NDArray[np.uint8]]:
    """Give each part of the page as a small picture, a cell for 20 pixels: what stands where, in which color."""
    page.evaluate(TO_TOP)
    screenshot = page.screenshot(full_page=True, animations="disabled", caret="hide", scale="css")
    whole = Image.open(io.BytesIO(screenshot)).convert("RGB")
    boxes = page.evaluate(FIND_PARTS)
    found = {}
    for name, left, top, right, bottom in boxes:
        part = whole.crop((round(left), round(top), round(right), round(bottom)))
        size = (max(part.width // CELL_PX, 1), max(part.height // CELL_PX, 1))
        found[name] = np.asarray(part.resize(size, Image.Resampling.BOX))
    return found


def take_screen(page: Page) -> NDArray[np.uint8]:
    """Give what stands on the screen as one small picture."""
    page.evaluate(TO_TOP)
    screenshot = page.screenshot(animations="disabled", caret="hide", scale="css")
    whole = Image.open(io.BytesIO(screenshot)).convert("RGB")
    return np.asarray(whole.resize((whole.width // CELL_PX, whole.height // CELL_PX), Image.Resampling.BOX))


def compare_pictures(now: NDArray[Any], before: NDArray[Any]) -> str:
    """Say how two small pictures differ; nothing where a person would call them the same."""
    if abs(now.shape[0] - before.shape[0]) > 1 + before.shape[0] * 0.02 or abs(now.shape[1] - before.shape[1]) > 1:
        return f"was {before.shape[1]}x{before.shape[0]} cells, is {now.shape[1]}x{now.shape[0]}"
    rows, columns = min(now.shape[0], before.shape[0]), min(now.shape[1], before.shape[1])
    apart = np.abs(now[:rows, :columns].astype(int) - before[:rows, :columns].astype(int)).max(axis=2)
    different = int((apart > DIFFERENT_CELL).sum())
    return f"{different} cells differ, by up to {apart.max()}" if different >= DIFFERENT_CELLS else ""


def pack_pictures(pictures: dict[str, NDArray[np.uint8]]) -> tuple[dict[str, list[int]], bytes]:
    """Give the pictures under each other in one PNG, and where each lies: name -> [top, width, height]."""
    places, top = {}, 0
    for name, picture in pictures.items():
        places[name] = [top, picture.shape[1], picture.shape[0]]
        top += picture.shape[0]
    sheet = np.full((top, max(picture.shape[1] for picture in pictures.values()), 3), 255, np.uint8)
    for name, picture in pictures.items():
        at, width, height = places[name]
        sheet[at : at + height, :width] = picture
    packed = io.BytesIO()
    # 32 steps a color are finer than what is told apart, and half the size.
    Image.fromarray(sheet & 0xF8).save(packed, "PNG", optimize=True)
    return places, packed.getvalue()


def find_movement(page: Page) -> list[str]:
    """Tell by how much a page that is loaded moved, if more than nobody sees."""
    page.wait_for_timeout(SETTLES_MS)
    shift = page.evaluate("window.gridhallShift || 0")
    return [f"moved by {shift:.3f}"] if shift > LIMITS["shift"] else []


def unpack_pictures(places: dict[str, list[int]], packed: bytes) -> dict[str, NDArray[np.uint8]]:
    """Give the pictures again."""
    sheet = np.asarray(Image.open(io.BytesIO(packed)).convert("RGB"))
    return {name: sheet[top : top + height, :width] for name, (top, width, height) in places.items()}
