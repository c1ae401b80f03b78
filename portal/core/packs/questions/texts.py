"""Texts with places for answers, such as “{unit_name}综治中心”: filled in, and read back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Tries until a text counts as written otherwise: answers that hold pieces of the text could be read in many ways.
_MOST_TRIES = 20_000


@dataclass(frozen=True, slots=True)
class AskedText:
    """A text in parts: ``pieces`` stand around ``names``, one more than these."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        """Tell whether something stands between any two answers, so that they can be told apart."""
        return bool(self.names) and all(self.pieces[1:-1])

    def filled(self, answers: Mapping[str, str]) -> str:
        """Return the text with the answers in it."""
        said = [answers[name] + piece for name, piece in zip(self.names, self.pieces[1:], strict=True)]
        return self.pieces[0] + "".join(said)

    def read(self, text: str) -> dict[str, str] | None:
        """Return the answers that a text holds; None for a text that says something else."""
        if not text.startswith(self.pieces[0]):
            return None
        return next(_Reading(self, text).read(0, len(self.pieces[0]), {}), None)


class _Reading:
    """One text that is read: the shortest answers first, each the same wherever it is named."""

    def __init__(self, asked: AskedText, text: str) -> None:
        self.asked, self.text, self.tries = asked, text, 0

    def read(self, at: int, start: int, found: dict[str, str]) -> Iterator[dict[str, str]]:
        if at == len(self.asked.names):
            if start == len(self.text):
                yield found
            return
        name, piece = self.asked.names[at], self.asked.pieces[at + 1]
        for end in self._ends(at, start, found.get(name)):
            self.tries += 1
            if self.tries > _MOST_TRIES:
                return
            answer = self.text[start:end]
            yield from self.read(at + 1, end + len(piece), {**found, name: answer})

    def _ends(self, at: int, start: int, known: str | None) -> Iterator[int]:
        piece = self.asked.pieces[at + 1]
        if known is not None:
            if self.text.startswith(known + piece, start):
                yield start + len(known)
            return
        if at + 1 == len(self.asked.names):
            end = len(self.text) - len(piece)
            if end > start and self.text.endswith(piece):
                yield end
            return
        end = self.text.find(piece, start + 1)
        while end >= 0:
            yield end
            end = self.text.find(piece, end + 1)


def asked_text(text: str, known: Collection[str]) -> AskedText:
    """Return a text in parts; only what names a known question is a place for an answer."""
    return _parsed(text, frozenset(known))


@lru_cache(maxsize=2_048)
def _parsed(text: str, known: frozenset[str]) -> AskedText:
    pieces, names, last = [], [], 0
    for found in _NAME.finditer(text):
        if found[1] in known:
            pieces.append(text[last : found.start()])
            names.append(found[1])
            last = found.end()
    return AskedText((*pieces, text[last:]), tuple(names))
