"""A YAML or JSON file as a tree whose every node knows its line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from gridhall.core.errors import Fault, FaultyInput

MOST_YAML = 1_000_000
MOST_JSON = 32_000_000
"""Downloads of the Utility Rate Database hold hundreds of rates; they are read some twenty times as fast as YAML."""
MAX_DEPTH = 40
MAX_NODES = 400_000
MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value and its line (from 1).

    :param value: str for every YAML scalar (numbers keep their decimals), Decimal, int, bool or None from JSON,
        list[Node], or dict[str, Node].
    """

    value: Any
    line: int | None
    quoted: bool = False

    @property
    def is_map(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, list)

    @property
    def is_null(self) -> bool:
        """Whether it says nothing."""
        return self.value is None or (
            isinstance(self.value, str) and not self.quoted and self.value in ("", "~", "null")
        )


def decode(content: bytes, file: str, most: int = MOST_YAML) -> str:
    """
    Read text.

    :raises FaultyInput: if it is no UTF-8, or longer than `most` bytes.
    """
    if len(content) > most:
        size = f"{len(content) / 1e6:.1f} MB, more than {most // 1_000_000} MB"
        raise FaultyInput([Fault(file, 1, None, f"the file has {size}", "give a file of one tariff, or one account")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FaultyInput([Fault(file, line, None, "the text is not UTF-8", "save the file as UTF-8")]) from None


def read_yaml(text: str, file: str) -> Node:
    """
    Compose YAML into nodes.

    :raises FaultyInput: if it is no YAML, has a key twice, or refers to itself.
    """
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = f"this is not YAML: {error.problem or error.context or 'it cannot be read'}"
        remedy = "check indents, colons and quotes in this place"
        if "\t" in "".join(text.split("\n")[line - 1 : line])[: 1 + (mark.column if mark is not None else 0)]:
            problem, remedy = "a tab stands where YAML wants spaces", "put two spaces for each tab"
        raise FaultyInput([Fault(file, line, None, problem, remedy)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        number = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or " ")
        problem = f"the character U+{number:04X} cannot stand in YAML"
        raise FaultyInput([Fault(file, line, None, problem, "take it out")]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise FaultyInput(
            [Fault(file, 1, None, "this is not YAML", "write it as docs/reference/tariff-language.md says")]
        ) from None
    if root is None:
        raise FaultyInput(
            [Fault(file, 1, None, "the file is empty", "write it as docs/reference/tariff-language.md says")]
        )
    composer = _Composer(file)
    tree = composer.node(root, 0)
    if composer.faults:
        raise FaultyInput(composer.faults)
    return tree


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.count = 0

    def node(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            problem = "the file is nested too deeply, or refers to itself"
            raise FaultyInput([Fault(self.file, line, None, problem, "write it out without anchors")])
        if isinstance(node, yaml.ScalarNode):
            return Node(node.value, line, quoted=node.style is not None)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.node(child, depth + 1) for child in node.value], line)
        return Node(self._mapping(node, depth), line)

    def _mapping(self, node: Any, depth: int) -> dict[str, Node]:
        out: dict[str, Node] = {}
        merged: list[Any] = []
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault(self.file, line, None, "a key is a list or a mapping", "use a plain word"))
                continue
            if key.tag == MERGE:
                merged += child.value if isinstance(child, yaml.SequenceNode) else [child]
                continue
            if key.value in out:
                self.faults.append(Fault(self.file, line, key.value, "the key stands twice", "keep one of them"))
                continue
            out[key.value] = self.node(child, depth + 1)
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                line = other.start_mark.line + 1
                self.faults.append(Fault(self.file, line, "<<", "is not a mapping", "merge a mapping: `<<: *name`"))
                continue
            out |= {name: child for name, child in self.node(other, depth + 1).value.items() if name not in out}
        return out


def read_json(text: str, file: str) -> Node:
    """
    Read JSON into nodes; numbers are Decimal with every digit. Lines are those of the keys in the text, as far as told.

    :raises FaultyInput: if it is no JSON.
    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            seen: set[str] = set()
            twice.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=_integer, parse_constant=lambda word: word, object_pairs_hook=pairs
        )
    except json.JSONDecodeError as error:
        fault = Fault(file, error.lineno, None, f"this is not JSON: {error.msg}", "save it again as JSON")
        raise FaultyInput([fault]) from None
    except RecursionError:
        problem = "the file is nested too deeply"
        raise FaultyInput([Fault(file, 1, None, problem, "give one tariff, as it was downloaded")]) from None
    if twice:
        line = text.count("\n", 0, max(0, text.rfind(json.dumps(twice[0], ensure_ascii=False)))) + 1
        raise FaultyInput([Fault(file, line, twice[0][:60], "the key stands twice", "keep one of them")])
    return plain_node(value, _KeyLines(text), 0, file, 1)


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 30 else Decimal(digits)


class _KeyLines:
    """Finds the line of the next occurrence of each key: cheap, and right where keys come in the order of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.line = 1

    def of(self, key: str) -> int:
        found = self.text.find(json.dumps(key, ensure_ascii=False), self.position)
        if found >= 0:
            self.line += self.text.count("\n", self.position, found)
            self.position = found
        return self.line


def plain_node(value: Any, lines: _KeyLines | None, depth: int, file: str, line: int | None = None) -> Node:
    """Wrap plain Python values as nodes."""
    if depth > MAX_DEPTH:
        raise FaultyInput([Fault(file, line, None, "the file is nested too deeply", "give one tariff")])
    if isinstance(value, dict):
        out = {}
        for key, child in value.items():
            at = lines.of(str(key)) if lines else line
            out[str(key)] = plain_node(child, lines, depth + 1, file, at)
        return Node(out, line)
    if isinstance(value, list | tuple):
        return Node([plain_node(child, lines, depth + 1, file, line) for child in value], line)
    return Node(value, line, quoted=isinstance(value, str))
