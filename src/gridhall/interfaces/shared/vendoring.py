"""
Copies the parts made elsewhere into `static/vendor`, for maintainers: `python -m gridhall.interfaces.shared.vendoring`.

The only place that needs npm (and fonttools with brotli, for the digits). What it copied is written to `manifest.json`:
file -> version, source, license, sha256, for every file of the folder; a test recomputes every digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "vendor"
MANIFEST = FOLDER / "manifest.json"
DIGITS = "U+0020-003A,U+00A5,U+2013,U+2212"
OUTLINE_ICONS = [
    "alert-triangle",
    "archive",
    "arrow-back-up",
    "bell",
    "bell-ringing",
    "bolt",
    "building-factory-2",
    "building-store",
    "calculator",
    "calendar-stats",
    "charging-pile",
    "chart-bar",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "clock",
    "device-mobile",
    "download",
    "external-link",
    "file-certificate",
    "gauge",
    "help-circle",
    "home",
    "home-bolt",
    "info-circle",
    "language",
    "letter-case",
    "logout",
    "mail-opened",
    "message-report",
    "moon",
    "receipt-off",
    "receipt-yen",
    "refresh",
    "scale",
    "search",
    "shield-check",
    "solar-panel-2",
    "sun-moon",
    "trending-down",
    "trending-up",
    "user",
    "wifi-off",
    "x",
]
FILLED_ICONS = ("bolt", "home", "receipt-yen", "user")
# Only the console draws these: a sprite of their own keeps them out of what a customer's phone loads.
STAFF_ICONS = [
    "adjustments-horizontal",
    "alert-triangle",
    "arrow-back-up",
    "arrows-sort",
    "bolt",
    "bookmark",
    "building-community",
    "check",
    "checklist",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "clock",
    "columns-3",
    "command",
    "dashboard",
    "download",
    "eye",
    "eye-off",
    "file-invoice",
    "gauge",
    "heart-handshake",
    "history",
    "home-bolt",
    "info-circle",
    "keyboard",
    "language",
    "logout",
    "map-pin",
    "note",
    "pencil",
    "plug-connected",
    "printer",
    "receipt-yen",
    "scale",
    "search",
    "shield-lock",
    "sort-ascending",
    "sort-descending",
    "spacing-vertical",
    "sun-moon",
    "tags",
    "trash",
    "upload",
    "user",
    "users",
    "wallet",
    "x",
]


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package, pinned; its LICENSE file travels with what is taken from it."""

    name: str
    version: str
    license: str

    @property
    def source(self) -> str:
        """Where it is published."""
        return f"https://www.npmjs.com/package/{self.name}/v/{self.version}"

    @property
    def license_name(self) -> str:
        """How its license file is called beside what was copied."""
        return f"LICENSE.{self.name.rsplit('/', 1)[-1]}.txt"


HTMX = Package("htmx.org", "2.0.11", "0BSD")
ICONS = Package("@tabler/icons", "3.51.0", "MIT")
DIGIT_FONT = Package("@fontsource/barlow-semi-condensed", "5.3.0", "OFL-1.1")


Manifest = dict[str, dict[str, str]]


def copy_everything() -> Manifest:
    """Fetch, copy, write the manifest and give it."""
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        copied = _copy_htmx(_unpack(HTMX, room)) | _copy_icons(_unpack(ICONS, room))
        copied |= _copy_digits(_unpack(DIGIT_FONT, room))
    MANIFEST.write_text(json.dumps(dict(sorted(copied.items())), indent=2) + "\n")
    return copied


def _unpack(package: Package, room: Path) -> Path:
    """Fetch a package with npm and unpack it."""
    target = room / package.name.replace("/", "_")
    target.mkdir()
    asked = ["npm", "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", str(target)]
    subprocess.run(asked, check=True, capture_output=True)
    with tarfile.open(next(target.glob("*.tgz"))) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _keep(package: Package, root: Path, files: dict[str, bytes]) -> Manifest:
    """Write the files taken from a package and its license, and give their part of the manifest."""
    files = files | {package.license_name: (root / "LICENSE").read_bytes()}
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    return {
        name: {
            "version": package.version,
            "source": package.source,
            "license": package.license,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in files.items()
    }


def _copy_htmx(root: Path) -> Manifest:
    return _keep(HTMX, root, {"htmx.min.js": (root / "dist" / "htmx.min.js").read_bytes()})


def _copy_icons(root: Path) -> Manifest:
    """Draw the icons that are used into one sprite; filled ones end in `-filled`."""
    symbols = [_draw_outline(root, name) for name in OUTLINE_ICONS]
    for name in FILLED_ICONS:
        body = _read_icon(root / "icons" / "filled" / f"{name}.svg")
        symbols.append(f'<symbol id="{name}-filled" viewBox="0 0 24 24" fill="currentColor">{body}</symbol>')
    staff = [_draw_outline(root, name) for name in STAFF_ICONS]
    return _keep(ICONS, root, {"icons.svg": _join_sprite(symbols), "icons-staff.svg": _join_sprite(staff)})


def _join_sprite(symbols: list[str]) -> bytes:
    return ('<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n").encode()


def _draw_outline(root: Path, name: str) -> str:
    body = _read_icon(root / "icons" / "outline" / f"{name}.svg")
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
    )


def _read_icon(path: Path) -> str:
    """Give what is drawn: everything within the svg but the empty ground."""
    body = path.read_text().split(">", 1)[1].rsplit("</svg>", 1)[0]
    body = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    return re.sub(r"\s*\n\s*", "", body)


def _copy_digits(root: Path) -> Manifest:
    """Cut the digits font down to digits, signs and currency."""
    files = {}
    for weight in ("500", "600"):
        source = root / "files" / f"barlow-semi-condensed-latin-{weight}-normal.woff2"
        cut = root / f"digits-{weight}.woff2"
        asked = [
            "pyftsubset",
            str(source),
            f"--unicodes={DIGITS}",
            "--flavor=woff2",
            "--layout-features=tnum,lnum,kern",
        ]
        subprocess.run([*asked, f"--output-file={cut}"], check=True)
        files[cut.name] = cut.read_bytes()
    return _keep(DIGIT_FONT, root, files)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, facts in copy_everything().items():
        sys.stdout.write(f"{name}  {facts['source']}  {facts['sha256'][:12]}\n")
