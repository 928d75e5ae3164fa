"""`gridhall new-app NAME`: an app in the shape of every app, working from the first minute."""

from __future__ import annotations

import keyword
import re
import string
from pathlib import Path

import click

from gridhall.core.errors import BusinessError

SHAPE = Path(__file__).with_name("new_app_shape")
SOURCE = Path(__file__).resolve().parents[1]
DRAWERS = {"utils", "helpers", "common", "services", "managers", "core", "tests"}


class UnableToMakeApp(BusinessError):
    """No app was made and nothing changed; the message says why."""


@click.command("new-app")
@click.argument("name")
@click.option("--thing", help="What the app keeps first, in CamelCase.  [the name in the singular]")
@click.option("--source", type=click.Path(path_type=Path, exists=True), default=SOURCE, hidden=True)
def new_app(name: str, thing: str | None, source: Path) -> None:
    """Make a new app in the right shape, and say which lines to add where."""
    folder = source / "apps" / name
    words = _choose_words(name, thing)
    _check_name(name, words["Thing"], folder)
    for template in sorted(SHAPE.rglob("*.txt")):
        place = folder / template.relative_to(SHAPE).with_suffix("")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_fill(template.read_text(encoding="utf-8"), words), encoding="utf-8")
    for package in (folder / "migrations",):
        package.mkdir()
        (package / "__init__.py").touch()
    click.echo(f"Made {folder} with {words['Thing']}. Now:\n")
    for number, line in enumerate(_list_next_steps(name, source), 1):
        click.echo(f"  {number}. {line}")


def _choose_words(name: str, thing: str | None) -> dict[str, str]:
    camel = "".join(part.capitalize() for part in name.split("_"))
    singular = re.sub(r"ies$", "y", camel) if camel.endswith("ies") else camel.removesuffix("s")
    thing = thing or singular
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", thing).lower()
    plural = f"{snake[:-1]}ies" if re.search(r"[^aeiou]y$", snake) else f"{snake}s"
    return {
        "app": name, "App": camel, "Thing": thing, "thing": snake, "things": plural,
        "words": snake.replace("_", " "), "words_plural": plural.replace("_", " "),
    }  # fmt: skip


def _check_name(name: str, thing: str, folder: Path) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise UnableToMakeApp(f"{name!r} is no app name: use small letters, such as `outages`.", code="bad-name")
    if name in DRAWERS:
        raise UnableToMakeApp(f"{name!r} says nothing about what the app does. Name its business.", code="drawer-name")
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", thing):
        raise UnableToMakeApp(f"{thing!r} is no model name: write it in CamelCase, such as `Outage`.", code="bad-thing")
    if folder.exists():
        raise UnableToMakeApp(f"{folder} is there already.", code="app-exists")


def _fill(text: str, words: dict[str, str]) -> str:
    filled = string.Template(text).substitute(words)
    # An article before a vowel; the shape says `a` throughout.
    return re.sub(rf"\b([Aa]) (?={re.escape(words['words'])}\b)", rf"\1{'n' * (words['words'][0] in 'aeio')} ", filled)


def _list_next_steps(name: str, source: Path) -> list[str]:
    steps = [f'src/gridhall/config/settings.py, INSTALLED_APPS:  "gridhall.apps.{name}",']
    contracts = source.parents[1] / "pyproject.toml"
    if not contracts.exists() or f"({name})" not in contracts.read_text(encoding="utf-8"):
        steps.append(f'pyproject.toml, contract "Apps call downward only":  "({name})", on the floor where it belongs')
    return [
        *steps,
        f"gridhall manage makemigrations {name}",
        f"pytest src/gridhall/apps/{name}   (its first tests pass)",
        f"src/gridhall/apps/{name}/README.md: say in one sentence what it is for",
        "make check",
    ]
