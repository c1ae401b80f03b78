"""The names and values a browser sends, with an index of what lies under what."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, msg

Pair = tuple[str, str]

# A value in a row of a list comes with two marks of its row: all values that a record may hold fit into a body.
MAX_VALUES = 6_000
MAX_PAIRS = 20_000
TOO_MANY = msg(
    "These are too many values: at most %(limit)s fit into one record. Attach a longer list as a file"
)
MAX_LEVELS = 64
MAX_ROW = 100_000
_ROLE = re.compile(
    r"~(?:json|empty|present|rest|group|kept|open|row|origin|variant\d*|shape|order|keyed|key|shown|value)$"
)
_TYPED = re.compile(r"~(?:json|variant\d*|key)$")
_SILENT = ("~kept", "~origin", "~row", "~rest", "~shape", "~group")
_TOKEN = re.compile(r"(?:[^/~]|~[01])*")
_ACTION = re.compile(r"_(add|remove|up|down|open|close|refresh)(?::(.*))?", re.DOTALL)


def split_action(pairs: Iterable[Pair]) -> tuple[list[Pair], str | None]:
    """Return the pairs of the form itself, and the button that was pressed (``add:/parties``), if any."""
    own: list[Pair] = []
    action = None
    for name, value in pairs:
        found = _ACTION.fullmatch(name)
        if found:
            action = f"{found[1]}:{found[2]}" if found[2] is not None else found[1]
        elif name.startswith(("/", "~")):
            own.append((name, value))
        if len(own) > MAX_PAIRS:
            raise InvalidInput("form.size", TOO_MANY, {"limit": MAX_VALUES})
    return own, action


def apply_action(pairs: list[Pair], action: str) -> list[Pair]:
    """Return the pairs after a row was removed or moved, or a part opened or closed."""
    verb, _, base = action.partition(":")
    if verb == "open":
        return [*pairs, (base + "~open", "1")]
    if verb in ("close", "remove"):
        pairs = [(n, v) for n, v in pairs if not _under(n, base)]
        return _close_gap(pairs, base) if verb == "remove" else pairs
    if verb in ("up", "down"):
        return _swap(pairs, base, verb)
    return pairs


def _under(name: str, base: str) -> bool:
    return name == base or name.startswith((base + "/", base + "~"))


def _row(base: str) -> tuple[str, int] | None:
    parent, _, last = base.rpartition("/")
    return (parent, int(last)) if last.isdecimal() and len(last) <= 6 else None


def _close_gap(pairs: list[Pair], base: str) -> list[Pair]:
    row = _row(base)
    if row is None:
        return pairs
    parent, gone = row

    def shift(index: int) -> int:
        return index - 1 if index > gone else index

    return [(_renumber(n, parent, shift), v) for n, v in pairs]


def _swap(pairs: list[Pair], base: str, verb: str) -> list[Pair]:
    row = _row(base)
    if row is None:
        return pairs
    parent, here = row
    present: set[int] = set()

    def note(index: int) -> int:
        present.add(index)
        return index

    for name, _ in pairs:
        _renumber(name, parent, note)
    others = [i for i in present if (i < here if verb == "up" else i > here)]
    if not others:
        return pairs
    there = max(others) if verb == "up" else min(others)
    swapped = {here: there, there: here}
    return [(_renumber(n, parent, lambda i: swapped.get(i, i)), v) for n, v in pairs]


def _renumber(name: str, parent: str, change: object) -> str:
    if not name.startswith(parent + "/"):
        return name
    rest = name[len(parent) + 1 :]
    found = re.match(r"\d{1,6}(?=$|[/~])", rest)
    if not found:
        return name
    return f"{parent}/{change(int(found[0]))}{rest[found.end() :]}"  # type: ignore[operator]


class Body:
    """What was sent; remembers which names were read."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.pairs = [(n, v) for n, v in pairs if n.count("/") <= MAX_LEVELS]
        self.values: dict[str, list[str]] = {}
        self.known: set[str] = set()
        self.touched: set[str] = set()
        self.children: dict[str, dict[str, None]] = {}
        self.read: set[str] = set()
        for name, value in self.pairs:
            self.values.setdefault(name, []).append(value)
            self._index(name)

    def _index(self, name: str) -> None:
        bare = _ROLE.sub("", name)
        silent = name.endswith(_SILENT)
        path = ""
        for token in bare.split("/")[1:]:
            self.children.setdefault(path, {})[token] = None
            path = f"{path}/{token}"
            self.touched.add(path)
            if not silent:
                self.known.add(path)

    def has(self, base: str) -> bool:
        """Tell whether a control for ``base`` or something inside it was sent."""
        return base in self.known

    def one(self, name: str) -> str | None:
        """Return the last value sent under ``name``."""
        found = self.values.get(name)
        if found is None:
            return None
        self.read.add(name)
        return found[-1]

    def all(self, name: str) -> list[str]:
        """Return all values sent under ``name``."""
        self.read.add(name)
        return self.values.get(name, [])

    def rows(self, base: str) -> list[int]:
        """Return the numbers of the rows sent for the list at ``base``."""
        tokens = self.children.get(base, {})
        numbers = sorted({int(t) for t in tokens if t.isdecimal() and t.isascii() and len(t) <= 6})
        return [n for n in numbers if n < MAX_ROW]

    def entries(self, base: str) -> list[str]:
        """Return the tokens of the free entries sent for ``base``, in order."""
        found = [t for t in self.children.get(base, {}) if re.fullmatch(r"~e\d{1,6}", t)]
        return sorted(found, key=lambda t: int(t[2:]))

    def forget(self, base: str) -> None:
        """Take back that anything under ``base`` was read."""
        self.read = {n for n in self.read if not _under(n, base)}

    def forget_in(self, base: str, names: set[str]) -> None:
        """Take back that anything under some members of ``base`` was read."""
        if names:
            tokens, start = {pointers.escape(name) for name in names}, len(base) + 1
            self.read = {
                n for n in self.read if not (n.startswith(base + "/") and _token(n, start) in tokens)
            }

    def leftover(self) -> list[Pair]:
        """Return what was typed into controls that no longer exist, to be kept until they come back."""
        return [
            (n, v)
            for n, v in self.pairs
            if v and n not in self.read and (not _ROLE.search(n) or _TYPED.search(n))
        ]


def _token(name: str, start: int) -> str:
    found = _TOKEN.match(name, start)
    return found[0] if found else ""
