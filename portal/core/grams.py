"""Texts as pairs of letters, by which both databases find any part of a text, in whichever script it is written.

``宅基地`` becomes 宅基, 基地, 地: each letter with its next one, and the last alone. So a word of two letters is one
entry, a longer one the entries of its pairs, and a single letter all entries that begin with it. Letters are written
as numbers: nothing that somebody types is an operator, and no setting of a database changes what a letter is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# So much of one text is found: the longest fields of a case have some thousand letters.
MAX_LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class Sought:
    """A word as it is looked for: the entries that must be there, and how they follow one another."""

    pairs: tuple[str, ...]
    beginnings: tuple[str, ...]
    pattern: str


def grams(text: str) -> str:
    """Return the entries of a text, in its order, with blanks between them."""
    return " ".join(entry for run in _runs(text[:MAX_LETTERS]) for entry in (*_pairs(run), run[-1]))


def sought(word: str) -> Sought | None:
    """Return what finds a word in texts; None for one without any letter or digit."""
    runs = [list(run) for run in _runs(word)]
    if not runs:
        return None
    pairs = tuple(dict.fromkeys(entry for run in runs for entry in _pairs(run)))
    beginnings = tuple(dict.fromkeys(run[0] for run in runs if len(run) == 1))
    parts = (" ".join(_pairs(run)) or run[0] for run in runs)
    return Sought(pairs, beginnings, f"%{'%'.join(parts)}%")


def _pairs(run: list[str]) -> list[str]:
    return [one + following for one, following in pairwise(run)]


def _runs(text: str) -> Iterator[list[str]]:
    """Yield the letters and digits that stand together, each as its number."""
    run: list[str] = []
    for letter in unicodedata.normalize("NFKC", text).casefold():
        if letter.isalnum() or unicodedata.category(letter).startswith("M"):
            run.append(f"x{ord(letter):x}x")
        elif run:
            yield run
            run = []
    if run:
        yield run
