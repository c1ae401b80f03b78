"""How the value of one control is written into the page and read back; reading is the exact inverse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.core.forms.forge import Forge
from portal.core.forms.nodes import Node, Option
from portal.core.forms.values import (
    ABSENT,
    dump,
    lines,
    load,
    plain,
    read_scalar,
    same,
    same_key,
    scalar_text,
)
from portal.core.zone import OFFSET

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def control_name(base: str) -> str:
    """Return the name of the control for a place; a control without a name would not be sent."""
    return base or "~value"


def read_text(node: Node, text: str) -> Any:
    """Return the value of a text control; ABSENT if it is empty."""
    text = lines(text)
    if not text:
        return ABSENT
    if node.keywords.get("format") == "date-time" and _LOCAL.fullmatch(text):
        return (text if len(text) > 16 else text + ":00") + OFFSET
    return read_scalar(text, node.types)


def fits_text(node: Node, value: Any) -> bool:
    """Tell whether a text control gives ``value`` back."""
    if isinstance(value, dict | list) or value is None:
        return False
    text = scalar_text(value)
    return bool(text) and plain(text) and not text.startswith("\n") and same(read_text(node, text), value)


def local_datetime(value: Any) -> str | None:
    """Return a timestamp as a ``datetime-local`` control shows it; None if it would lose something."""
    if isinstance(value, str) and value.endswith(OFFSET) and _LOCAL.fullmatch(value.removesuffix(OFFSET)):
        local = value.removesuffix(OFFSET)
        try:
            datetime.fromisoformat(local)
        except ValueError:
            return None
        return local if len(local) > 16 and value[:4] != "0000" else None
    return None


class Tokens:
    """The texts that stand for the options of a control: the value itself, or ``~`` and JSON."""

    def __init__(self, options: Iterable[Option]) -> None:
        self.options = tuple(options)
        strings = {o.value for o in self.options if isinstance(o.value, str) and _own(o.value)}
        self.pairs: list[tuple[str, Option]] = []
        for option in self.options:
            if isinstance(option.value, str):
                text = option.value if option.value in strings else "~" + dump(option.value)
            else:
                text = dump(option.value)
                if text in strings or not plain(text) or "\n" in text:
                    text = "~" + text
            self.pairs.append((text, option))
        self.values = {text: option.value for text, option in self.pairs}
        self._texts: dict[object, str] = {}
        for text, option in self.pairs:
            self._texts.setdefault(same_key(option.value), text)

    def token(self, value: Any) -> str:
        """Return the text that stands for ``value``, also for one that is not among the options."""
        known = self._texts.get(same_key(value))
        if known is not None:
            return known
        if isinstance(value, str) and _own(value) and value not in self.values:
            return value
        return "~" + dump(value)

    def read(self, text: str) -> Any:
        """Return the value a text stands for; ABSENT for the empty one."""
        if text in self.values:
            return self.values[text]
        if not text:
            return ABSENT
        if text.startswith("~"):
            try:
                return load(text[1:])
            except ValueError:
                return text
        return lines(text)


def _own(value: str) -> bool:
    return bool(value) and plain(value) and "\n" not in value and not value.startswith("~")


def tokens_of(node: Node) -> Tokens:
    """Return the tokens of a node with options, made once."""
    if node.tokens is None:
        node.tokens = Tokens(node.options or ())
    assert isinstance(node.tokens, Tokens)
    return node.tokens


def multiple(forge: Forge, node: Node) -> Node | None:
    """Return the node of the items if a list is filled in by ticking options."""
    if node.kind != "array" or node.prefix or node.dynamic:
        return None
    item = forge.node(node.items)
    if item.kind != "choice" or item.dynamic or not item.options:
        return None
    return item if not any(isinstance(o.value, bool | None) for o in item.options) else None


def fits_multiple(item: Node, value: Any) -> bool:
    """Tell whether ticked options give the list ``value`` back."""
    if not isinstance(value, list) or any(v is None or isinstance(v, dict | list) for v in value):
        return False
    texts = [tokens_of(item).token(v) for v in value]
    return len(set(texts)) == len(texts) and all(texts)
