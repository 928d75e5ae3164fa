"""Forms as they stand on pages: found, filled in as a person would, and pressed, once or twice at the same moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html
from PIL import Image

from gridhall.core.tests.threads import run_aside
from tests import company as made

# What is typed into a field that is empty, by its name; other text fields get `WORDS`.
TYPED = {
    "phone": "13966660001",
    "id_number": "11010519491231002X",
    "number": made.NEIGHBOR.number,
    "name": made.NEIGHBOR.name,
    "phone_tail": made.STRANGER_PHONE[-4:],
    "password": made.PASSWORD,
    "code": "123456",
    "credit_code": "91422826MA0000001L",
    "reason": "客户来电核对资料",
}
WORDS = "换一个说法"
LEAVES_ALONE = frozenset({"csrfmiddlewaretoken"})


@dataclass(frozen=True, slots=True)
class Form:
    """One form with one of its buttons: where it stands, where it goes, what it sends."""

    page: str
    path: str
    address: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    button: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same form on another page, or of another person."""
        return self.address, tuple(sorted((*self.fields, *self.files))), self.button

    def make_data(self) -> dict[str, Any]:
        """Give what is sent; pictures are made anew, since each is read once."""
        return self.fields | {name: _draw_picture() for name in self.files}


def find_name(path: str) -> str:
    """Give the name of an address, empty for what is not ours."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def walk_pages(client: Client, starts: list[str], *, most: int = 3) -> Iterator[tuple[str, Any]]:
    """Give every page that can be reached by links, at most a few of each name: path, tree."""
    waiting, seen, times = list(starts), set(starts), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        tree = html.fromstring(answer.content.decode())
        yield path, tree
        for link in tree.xpath("//a/@href"):
            wanted = urljoin(path, link.partition("#")[0])
            name = find_name(wanted) if wanted.startswith("/") and not wanted.startswith("//") else ""
            if name and wanted not in seen and times.get(name, 0) < most:
                seen.add(wanted)
                times[name] = times.get(name, 0) + 1
                waiting.append(wanted)


def find_forms(path: str, tree: Any) -> Iterator[Form]:
    """Give the forms of a page that send something, one for each button with a name."""
    for form in tree.xpath("//form[translate(@method, 'POST', 'post') = 'post']"):
        target = urlsplit(urljoin(path, form.get("action") or path))
        to = target.path + (f"?{target.query}" if target.query else "")
        fields, files = _fill(tree, form)
        buttons = _find_owned(tree, form, "button[@type='submit'] | .//button[not(@type)]", "button[@type='submit']")
        named = [(one.get("name"), one.get("value") or "") for one in buttons if one.get("name")]
        for name, value in named or [("", "")]:
            more = {name: [value]} if name else {}
            # Of many rows with the same button one is enough; of a choice with few values each.
            known = f"{name}={value}" if len(value) < 16 and not value.isdigit() else name
            yield Form(path, to, find_name(to), fields | more, files, known)


def _find_owned(tree: Any, form: Any, inside: str, outside: str) -> list[Any]:
    found = form.xpath(f".//{inside}")
    return [*found, *tree.xpath(f"//{outside}[@form=$name]", name=form.get("id"))] if form.get("id") else found


def _fill(tree: Any, form: Any) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    fields: dict[str, list[str]] = {}
    files = []
    for node in _find_owned(tree, form, "*[self::input or self::select or self::textarea]", "input"):
        name, kind = node.get("name"), node.get("type", "text")
        if not name or name in LEAVES_ALONE or kind in ("submit", "button"):
            continue
        if kind == "file":
            files.append(name)
        elif kind == "radio":
            if name not in fields or node.get("checked") is not None:
                fields[name] = [node.get("value") or "on"]
        elif kind == "checkbox":
            fields.setdefault(name, []).append(node.get("value") or "on")
        else:
            fields[name] = [_type_into(node, name, kind)]
    return fields, tuple(files)


def _type_into(node: Any, name: str, kind: str) -> str:
    if node.tag == "select":
        chosen = node.xpath(".//option[@selected]/@value") or [
            value for value in node.xpath(".//option/@value") if value
        ]
        return chosen[0] if chosen else ""
    there = (node.text_content() if node.tag == "textarea" else node.get("value")) or ""
    if there.strip() or kind == "hidden":
        return there.strip()
    if name in TYPED:
        return TYPED[name]
    given = {"tel": TYPED["phone"], "number": node.get("min") or "1", "date": node.get("min") or node.get("max") or ""}
    return given.get(kind, WORDS)


def _draw_picture() -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (640, 400), "white").save(kept, "JPEG")
    return SimpleUploadedFile("x.jpg", kept.getvalue(), "image/jpeg")


def press(client: Client, form: Form, *, times: int) -> list[int | str]:
    """Send a form so many times at the same moment, each on a connection of its own; gives statuses or failures."""
    barrier, answers = Barrier(times), list[int | str](["nothing"] * times)

    def send(place: int) -> None:
        own = Client(headers={"Referer": f"http://testserver{form.page}"})
        own.cookies = deepcopy(client.cookies)
        data = form.make_data()
        barrier.wait()
        try:
            answer = own.post(form.path, data)
            if answer.streaming:
                b"".join(answer)
            answers[place] = answer.status_code
            answer.close()
        except Exception as failure:  # whatever it is, it is what the test tells
            answers[place] = f"{type(failure).__name__}: {failure}"[:300]

    run_aside(*(lambda place=place: send(place) for place in range(times)))
    return answers
