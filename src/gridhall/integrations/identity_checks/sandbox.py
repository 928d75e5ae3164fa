"""
A checker for tests and demonstrations: a real server on this machine that speaks the signed protocol.

Its documents are test cards: pictures with a QR code that names the person, made by `draw_card` and `draw_face`. It
reads them as a vendor reads documents, so that a photograph turned on its side, blurred or of another card is told
apart. It knows no real person, and must never be chosen where real customers sign in.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zxingcpp
from PIL import Image, UnidentifiedImageError

from gridhall.integrations.identity_checks import signing
from gridhall.integrations.identity_checks.base import BusinessVerdict, PersonVerdict

MOST_BODY_BYTES = 30_000_000
_CARD, _FACE = "gridhall-card", "gridhall-face"


@dataclass(frozen=True, slots=True)
class Company:
    """One entry of the sandbox's register."""

    name: str
    representative_id: str
    is_active: bool = True


COMPANIES = {
    "91422826MA0000001L": Company("咸丰县唐崖测试茶业有限公司", "11010519491231002X"),
    "91422826MA0000002P": Company("咸丰县坪坝营测试建材有限公司", "11010519491231002X", is_active=False),
}


def draw_card(*, name: str, id_number: str, expires: str = "2099-12-31") -> bytes:
    """Draw a test document of a person, as JPEG."""
    return _draw([_CARD, name, id_number, expires], (856, 540))


def draw_face(*, id_number: str) -> bytes:
    """Draw a test face of a person, as JPEG."""
    return _draw([_FACE, hashlib.sha256(id_number.encode()).hexdigest()[:24]], (640, 640))


def _draw(parts: list[str], size: tuple[int, int]) -> bytes:
    code = zxingcpp.create_barcode("|".join(parts), zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6))
    picture = Image.new("RGB", size, (238, 242, 240))
    picture.paste(drawn.convert("RGB"), ((size[0] - drawn.width) // 2, (size[1] - drawn.height) // 2))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _read(content: str, kind: str) -> list[str] | None:
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(content)))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError):
        return None
    for found in zxingcpp.read_barcodes(picture):
        parts = found.text.split("|")
        if parts[0] == kind:
            return parts[1:]
    return None


def judge_person(asked: dict[str, str]) -> PersonVerdict:
    """Compare what was typed, the card and the face."""
    card = _read(asked["document"], _CARD)
    if card is None or len(card) != 3:
        return PersonVerdict.UNREADABLE_DOCUMENT
    face = _read(asked["face"], _FACE)
    if face is None:
        return PersonVerdict.NO_FACE
    name, id_number, expires = card
    if id_number != asked["id_number"]:
        return PersonVerdict.OTHER_DOCUMENT
    if name != asked["name"]:
        return PersonVerdict.WRONG_NUMBER
    if expires < time.strftime("%Y-%m-%d"):
        return PersonVerdict.EXPIRED_DOCUMENT
    same_face = face == [hashlib.sha256(id_number.encode()).hexdigest()[:24]]
    return PersonVerdict.MATCH if same_face else PersonVerdict.OTHER_FACE


def judge_business(asked: dict[str, str], companies: dict[str, Company]) -> tuple[BusinessVerdict, bool]:
    """Look a company up."""
    company = companies.get(asked["credit_code"])
    if company is None:
        return BusinessVerdict.NOT_FOUND, False
    if company.name != asked["name"]:
        return BusinessVerdict.OTHER_NAME, False
    if not company.is_active:
        return BusinessVerdict.NOT_ACTIVE, False
    return BusinessVerdict.ACTIVE, company.representative_id == asked["person_id_number"]


class Sandbox:
    """The server; listens from its making until it is closed."""

    def __init__(self, *, key_id: str, secret: str, port: int = 0, companies: dict[str, Company] | None = None) -> None:
        self.key_id, self.secret = key_id, secret
        self.companies = COMPANIES if companies is None else companies
        self.seen_nonces: dict[str, float] = {}
        self.asked = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="identity sandbox").start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """Give the status and content of an answer."""
        nonce, timestamp = headers.get(signing.NONCE, ""), headers.get(signing.TIMESTAMP, "")
        expected = signing.sign_request(secret=self.secret, path=path, timestamp=timestamp, nonce=nonce, body=body)
        is_theirs = signing.is_same(expected, headers.get(signing.SIGNATURE, ""))
        if headers.get(signing.KEY_ID) != self.key_id or not is_theirs:
            return 401, {"error": "signature"}
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > signing.MOST_SKEW_S:
            return 401, {"error": "timestamp"}
        with self._lock:
            if nonce in self.seen_nonces:
                return 401, {"error": "replayed"}
            self.seen_nonces[nonce] = time.time()
            self.asked += 1
        asked = json.loads(body)
        answer: dict[str, Any] = {"asked": asked["reference"], "reference": f"SBX-{hash_of(asked['reference'])}"}
        if path == "/v1/person-checks":
            return 200, answer | {"result": judge_person(asked)}
        if path == "/v1/business-checks":
            verdict, is_representative = judge_business(asked, self.companies)
            return 200, answer | {"result": verdict, "is_representative": is_representative}
        return 404, {"error": "path"}


def hash_of(text: str) -> str:
    """Give a short name for a reference."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _handler(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MOST_BODY_BYTES:
                self.send_error(413)
                return
            body = self.rfile.read(length)
            try:
                status, content = sandbox.answer(self.path, self.headers, body)
            except (ValueError, KeyError, TypeError):
                status, content = 400, {"error": "form"}
            answer = json.dumps(content).encode()
            nonce = self.headers.get(signing.NONCE, "")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            signature = signing.sign_answer(secret=sandbox.secret, status=status, nonce=nonce, body=answer)
            self.send_header(signing.SIGNATURE, signature)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: what is asked is personal."""

    return Handler
