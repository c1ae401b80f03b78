"""Finding a choice by what people type: names, other words, and the sound of Chinese names.

An index is built once from all choices of a picker. ``search`` ranks: the name itself, its beginning, a part of it,
another word for it, its pinyin, its initials, rarer readings of its characters, and last a name that stands above it.
``named`` answers the narrower question which choices a text *names*: by code, by whole name, or by a path. Only what is
named once may be taken without asking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

# The readings of each character of a text, the usual one first; what is not Chinese is read as it is written.
Spelling = Callable[[str], Sequence[Sequence[str]]]

EXACT, BEGINS, HOLDS, SYNONYM, PINYIN, INITIALS, RARE, ABOVE = range(8)
MAX_TEXT = 120
# Each word of a query is looked for in each choice: nobody finds more by a seventh word.
MAX_WORDS = 6
# How a word is found, and whether it stands elsewhere than at the beginning.
_Rank = tuple[int, int]
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BETWEEN = re.compile(r"\s{0,3}[/›>»]\s{0,3}")
_SOUND = re.compile(r"[a-zv0-9]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen: its code, its name as the page says it, and the names above it.

    ``lines`` hold the names from the top down to it, in each language that finds it; ``aliases`` are other words for
    it. ``path`` is what a control shows when it was chosen. A choice with ``leaf`` has none below. ``group`` orders
    choices that are found alike, the smallest first.
    """

    code: str
    label: str
    lines: tuple[tuple[str, ...], ...] = ()
    path: str = ""
    aliases: tuple[str, ...] = ()
    leaf: bool = True
    group: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A choice and how it was found; the smaller the rank, the closer."""

    choice: Choice
    rank: int


@dataclass(frozen=True, slots=True)
class _Sounds:
    """The readings of a name; ``starts`` are the letters with which a part of it can begin: most names lack them."""

    all: tuple[tuple[str, ...], ...]
    usual: tuple[tuple[str, ...], ...]
    starts: frozenset[str]

    @classmethod
    def of(cls, readings: Sequence[Sequence[str]]) -> _Sounds:
        every = tuple(tuple(one) for one in readings if one)
        starts = set()
        for at, here in enumerate(every):
            after = every[at + 1] if at + 1 < len(every) else ()
            starts |= {one[:1] for one in here} | {one[:2] for one in here}
            starts |= {one[0] + other[0] for one in here for other in after}
        return cls(every, tuple(one[:1] for one in every), frozenset(starts))

    def rank(self, sound: str) -> _Rank | None:
        """Return how a sound spells a part of the name; None where it does not."""
        if sound[:2] not in self.starts:
            return None
        found = _sound_rank(self.usual, sound)
        if found is None:
            rare = _sound_rank(self.all, sound)
            return (RARE, rare[1]) if rare is not None else None
        return found


@dataclass(frozen=True, slots=True)
class _Entry:
    choice: Choice
    code: str
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    above: tuple[str, ...]
    sounds: tuple[_Sounds, ...]
    order: int


def normal(text: str) -> str:
    """Return a text as it is compared: one width, one case, no invisible characters, single spaces."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:MAX_TEXT]))
    return " ".join(plain.casefold().split())


def as_sound(word: str) -> str:
    """Return a word as pinyin is compared, ``ü`` as v and without apostrophes; empty where it is no pinyin."""
    plain = word.replace("ü", "v").replace("u:", "v").replace("'", "").replace("’", "")
    return plain if _SOUND.fullmatch(plain) else ""


def path_of(text: str) -> str:
    """Return a path as it is compared, whatever stands between its parts."""
    return "/".join(_BETWEEN.split(normal(text)))


@dataclass
class Index:
    """All choices of a picker, ready to be searched; ``by_above`` finds a choice by a name above it alone."""

    by_above: bool = True
    _entries: list[_Entry] = field(default_factory=list, repr=False)
    _codes: dict[str, Choice] = field(default_factory=dict, repr=False)
    _named: dict[str, list[Choice]] = field(default_factory=dict, repr=False)
    _paths: dict[str, list[Choice]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, choices: Iterable[Choice], spelling: Spelling | None = None, *, by_above: bool = True
    ) -> Index:
        """Return the index of some choices, in their order; without a ``spelling`` nothing is found by its sound."""
        index = cls(by_above)
        for order, choice in enumerate(choices):
            index._add(choice, spelling, order)
        return index

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and normal(code) in self._codes

    def get(self, code: str) -> Choice | None:
        """Return the choice with a code."""
        return self._codes.get(normal(code))

    def all(self) -> list[Choice]:
        """Return every choice, in their order."""
        return [entry.choice for entry in self._entries]

    def named(self, text: str) -> list[Choice]:
        """Return the choices that a text names: the one with this code, else those of this path, else of this name."""
        wanted = normal(text)
        if not wanted:
            return []
        by_code = self._codes.get(wanted)
        if by_code is not None:
            return [by_code]
        return list(self._named.get(wanted, ())) or list(self._paths.get(path_of(text), ()))

    def search(
        self, query: str, limit: int = 50, *, first: Callable[[Choice], bool] | None = None
    ) -> list[Found]:
        """Return the choices found by every word of a query, the closest first; of many words by the first six.

        Among choices that are found alike those with ``first`` come before others, short names before long ones.
        """
        whole = normal(query)
        words = list(dict.fromkeys(_BETWEEN.sub(" ", whole).split()))[:MAX_WORDS]
        if not words:
            return []
        exact = {id(choice) for choice in self.named(query)}
        found = []
        for entry in self._entries:
            rank = (EXACT, 0) if id(entry.choice) in exact else self._rank(entry, words)
            if rank is not None:
                preferred = first is None or first(entry.choice)
                choice = entry.choice
                key = (rank[0], not preferred, rank[1], choice.group, len(choice.label), entry.order)
                found.append((key, Found(choice, rank[0])))
        found.sort(key=lambda pair: pair[0])
        return [one for _, one in found[:limit]]

    def _add(self, choice: Choice, spelling: Spelling | None, order: int) -> None:
        whole = dict.fromkeys([choice.label, *(line[-1] for line in choice.lines)])
        names = tuple(dict.fromkeys(normal(name) for name in whole))
        spelt = [name for name in whole if not name.isascii()]
        sounds = tuple(_Sounds.of(spelling(normal(name))) for name in spelt) if spelling is not None else ()
        above = tuple(dict.fromkeys(normal(name) for line in choice.lines for name in line[:-1]))
        aliases = tuple(normal(alias) for alias in choice.aliases)
        entry = _Entry(choice, normal(choice.code), names, aliases, above, sounds, order)
        self._entries.append(entry)
        self._codes.setdefault(entry.code, choice)
        for name in names:
            self._named.setdefault(name, []).append(choice)
        paths = {path_of(choice.path)}
        for line in choice.lines:
            parts = [path_of(name) for name in line]
            paths |= {"/".join(parts[start:]) for start in range(len(parts) - 1)}
        for path in paths - {"", *names}:
            self._paths.setdefault(path, []).append(choice)

    def _rank(self, entry: _Entry, words: Sequence[str]) -> _Rank | None:
        ranks = []
        for word in words:
            own = _own_rank(entry, word)
            if own is None:
                if not any(word in name for name in entry.above):
                    return None
                continue
            ranks.append(own)
        if ranks:
            return max(ranks)
        return (ABOVE, 0) if self.by_above else None


def _own_rank(entry: _Entry, word: str) -> _Rank | None:
    if entry.code.startswith(word) or any(name.startswith(word) for name in entry.names):
        return BEGINS, 0
    if any(word in name for name in entry.names):
        return HOLDS, 0
    if any(word in alias for alias in entry.aliases):
        return SYNONYM, 0
    sound = as_sound(word)
    if not sound:
        return None
    ranks = [rank for one in entry.sounds if (rank := one.rank(sound)) is not None]
    return min(ranks) if ranks else None


def _sound_rank(syllables: Sequence[Sequence[str]], sound: str) -> _Rank | None:
    """Return PINYIN where whole syllables in a row are spelt, INITIALS where each is begun; None where neither."""
    best: _Rank | None = None
    for start, readings in enumerate(syllables):
        if not any(reading[0] == sound[0] for reading in readings):
            continue
        if _spelt(syllables, start, sound, whole=True):
            return PINYIN, int(start > 0)
        if best is None and _spelt(syllables, start, sound, whole=False):
            best = INITIALS, int(start > 0)
    return best


def _spelt(syllables: Sequence[Sequence[str]], start: int, sound: str, *, whole: bool) -> bool:
    """Tell whether a sound is spelt by syllables in a row, whole or begun ones; the last may be cut short."""
    reached = {0}
    for readings in syllables[start:]:
        following: set[int] = set()
        for done in reached:
            for reading in readings:
                shared = _shared(reading, sound, done)
                if shared and done + shared == len(sound):
                    return True
                if not whole:
                    following.update(range(done + 1, done + shared + 1))
                elif shared == len(reading):
                    following.add(done + shared)
        if not following:
            return False
        reached = following
    return False


def _shared(reading: str, sound: str, done: int) -> int:
    """Return how many letters of a reading stand in a sound from a place on."""
    length = 0
    for ours, theirs in zip(reading, sound[done : done + len(reading)], strict=False):
        if ours != theirs:
            break
        length += 1
    return length
