"""A page as somebody without a mouse sees it: its words, its links, and forms with what their controls hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
UNSEEN = frozenset({"script", "style", "template", "head", "svg"})
Pairs = list[tuple[str, str]]


@dataclass
class Node:
    """An element with its attributes, and what lies in it."""

    tag: str
    attrs: dict[str, str]
    inside: list[Node | str] = field(default_factory=list)

    def nodes(self) -> Iterator[Node]:
        """Yield the element and all below it, in order."""
        yield self
        for one in self.inside:
            if isinstance(one, Node):
                yield from one.nodes()

    @property
    def text(self) -> str:
        """Return the words of the element as they are read."""
        return re.sub(r"\s+", " ", "".join(self._words())).strip()

    def _words(self) -> Iterator[str]:
        for one in self.inside:
            if isinstance(one, str):
                yield one
            elif one.tag not in UNSEEN:
                yield from one._words()
                yield " "


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {key: value or "" for key, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


class Form:
    """A form with the pairs that a browser would send for it."""

    def __init__(self, node: Node, address: str) -> None:
        self.node = node
        self.action = node.attrs.get("action") or address
        self.method = node.attrs.get("method", "get").lower()
        self.controls: dict[str, list[Node]] = {}
        self.buttons: list[Node] = []
        for one in node.nodes():
            kind = one.attrs.get("type", "text" if one.tag == "input" else "submit")
            if one.tag == "button" and kind == "submit" and "disabled" not in one.attrs:
                self.buttons.append(one)
            elif one.tag not in ("input", "select", "textarea") or kind in ("file", "button"):
                continue
            elif one.attrs.get("name") and "disabled" not in one.attrs:
                self.controls.setdefault(one.attrs["name"], []).append(one)
        self.values: dict[str, list[str]] = {name: _held(nodes) for name, nodes in self.controls.items()}

    def enter(self, name: str, values: list[str]) -> bool:
        """Enter values into the controls of a name; return whether something changed."""
        nodes = self.controls[name]
        kind = nodes[0].attrs.get("type", "")
        if kind in ("checkbox", "radio"):
            offered = [node.attrs.get("value", "on") for node in nodes]
            if kind == "checkbox" and values in (["true"], ["false"]):
                values = offered[-1:] if values == ["true"] else []
            assert set(values) <= set(offered), (name, values, offered)
        elif nodes[0].tag == "select":
            offered = [one.attrs.get("value", one.text) for one in nodes[0].nodes() if one.tag == "option"]
            assert set(values) <= set(offered), (name, values, offered)
        changed = self.values[name] != values
        self.values[name] = values
        return changed

    def pairs(self, button: Node | None = None) -> Pairs:
        """Return what is sent when a button is pressed."""
        sent = [(name, value) for name, values in self.values.items() for value in values]
        if button is not None and button.attrs.get("name"):
            sent.append((button.attrs["name"], button.attrs.get("value", "")))
        return sent


def _held(nodes: list[Node]) -> list[str]:
    held: list[str] = []
    for node in nodes:
        if node.tag == "select":
            options = [one for one in node.nodes() if one.tag == "option"]
            chosen = [one for one in options if "selected" in one.attrs] or options[:1]
            held += [one.attrs.get("value", one.text) for one in chosen]
        elif node.tag == "textarea":
            held.append("".join(one for one in node.inside if isinstance(one, str)).removeprefix("\n"))
        elif node.attrs.get("type") in ("checkbox", "radio"):
            held += [node.attrs.get("value", "on")] if "checked" in node.attrs else []
        elif node.attrs.get("type") != "submit":
            held.append(node.attrs.get("value", ""))
    return held


@dataclass
class Page:
    """What came back from an address."""

    address: str
    status: int
    root: Node

    @classmethod
    def read(cls, address: str, status: int, text: str) -> Page:
        """Return the page that a text of HTML is."""
        reader = _Reader()
        reader.feed(text)
        return cls(address, status, reader.open[0])

    @property
    def text(self) -> str:
        """Return all words of the page."""
        return self.root.text

    @property
    def main(self) -> Node:
        """Return the content without the menu."""
        return next((node for node in self.root.nodes() if node.tag == "main"), self.root)

    def links(self, within: Node | None = None) -> list[tuple[str, str]]:
        """Return the links with their words, of the whole page or of a part."""
        nodes = (within or self.root).nodes()
        return [(one.text, one.attrs["href"]) for one in nodes if one.tag == "a" and one.attrs.get("href")]

    def forms(self) -> list[Form]:
        """Return the forms that can be sent."""
        return [Form(node, self.address) for node in self.root.nodes() if node.tag == "form"]
