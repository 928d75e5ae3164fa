"""The templates of messages, as the business wrote them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from gridhall.apps.notifications.kinds import ChannelKind, MessageGroupKind, MessageKind
from gridhall.apps.notifications.rules.templates import Template, read_template
from gridhall.core.errors import Fault, FaultyInput


def get_template(kind: str) -> Template:
    """
    Give the template of a kind of message.

    :raises FaultyInput: if the catalogue is not in order.
    """
    return _read_catalog(_folder())[str(kind)]


def list_templates() -> list[Template]:
    """List the templates in the order of the kinds."""
    found = _read_catalog(_folder())
    return [found[kind] for kind in MessageKind.values]


def find_catalog_faults(folder: Path | None = None) -> list[Fault]:
    """List what is wrong with the templates of a folder, or of the catalogue."""
    return _read(folder or _folder())[1]


def _folder() -> Path:
    return Path(settings.GRIDHALL_CATALOGUE) / "messages"


@cache
def _read_catalog(folder: Path) -> dict[str, Template]:
    templates, faults = _read(folder)
    if faults:
        raise FaultyInput(faults)
    return templates


def _read(folder: Path) -> tuple[dict[str, Template], list[Fault]]:
    templates: dict[str, Template] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            faults.append(Fault(path.name, None, None, f"it cannot be read: {error}", "write it as the others"))
            continue
        template, found = read_template(text if isinstance(text, dict) else {}, file=path.name)
        faults += found
        if template is not None:
            faults += _compare_with_kinds(template, path)
            templates[template.kind] = template
    faults += [
        Fault(str(folder), None, kind, "it has no template", "write one")
        for kind in MessageKind.values
        if kind not in templates and not faults
    ]
    return templates, faults


def _compare_with_kinds(template: Template, path: Path) -> list[Fault]:
    wrong = []
    if template.kind not in MessageKind.values:
        wrong.append(Fault(path.name, None, "kind", f"{template.kind!r} is no kind of message", "add it to kinds.py"))
    if template.group not in MessageGroupKind.values:
        wrong.append(Fault(path.name, None, "group", f"{template.group!r} is no group", "see kinds.py"))
    if ChannelKind.IN_APP not in template.offers:
        wrong.append(Fault(path.name, None, "offers", "IN_APP is missing", "every message can be read in the app"))
    if path.stem != template.kind.lower().replace("_", "-"):
        wrong.append(Fault(path.name, None, "kind", f"the file is not named after {template.kind}", "rename it"))
    return wrong
