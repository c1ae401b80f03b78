"""What of a pilot's values names the pilot alone, and the questions that could stand in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs.merge import ABSENT
from portal.core.packs.origins import is_within
from portal.core.packs.places import said
from portal.core.packs.questions.kinds import KINDS, WINDOW
from portal.core.packs.questions.standing import Answers, Place, Question, value_at
from portal.core.packs.questions.texts import asked_text
from portal.core.packs.three_way.decision import Decision
from portal.core.packs.three_way.walk import ENTRY
from portal.core.text import DEFAULT_LANGUAGE

PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}-\d{7,8}|1[3-9]\d{9})(?!\d)")
_ORDER = {"unit_name": 100, "agency": 200, "phone": 300, "window": 400}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the pilot alone: what it is, the identifier and the words of the question that asks for it."""

    text: str
    kind: str
    id: str
    asks: Mapping[str, str] = field(default_factory=dict)
    blank: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that could be asked in the place of a word; ``answer`` is the pilot's own.

    ``is_needed``: without it the places can't be handed on, for they name the pilot. ``known``: the configuration
    above asks it already.
    """

    question: Question
    answer: str
    is_needed: bool = True
    known: bool = False


@dataclass(frozen=True)
class Own:
    """The words of a pilot alone; ``codes`` begins the codes of its units, ``names`` says what these are called."""

    words: tuple[Word, ...] = ()
    codes: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The longest first: a name is found whole, not by its beginning.
        said = sorted({one.text for one in self.words if one.text}, key=lambda text: (-len(text), text))
        return re.compile("|".join([*map(re.escape, said), PHONE.pattern]))

    @cached_property
    def _known(self) -> Mapping[str, Word]:
        return {one.text: one for one in reversed(self.words)}

    def found(self, text: str) -> Iterator[re.Match[str]]:
        """Yield where words of the pilot stand in a text."""
        return self._pattern.finditer(text)

    def word(self, text: str) -> Word:
        """Return the word that was found; a number that is none of them is a telephone."""
        return self._known.get(text) or Word(text, "phone", "phone")

    def said_in(self, value: Any) -> tuple[str, ...]:
        """Return the words of the pilot, and the units whose codes stand there, in a value, its names included."""
        text = "" if value is ABSENT else canonical(value)
        codes = re.findall(rf"(?<!\d){re.escape(self.codes)}\d*(?!\d)", text) if self.codes else []
        called = (self.names.get(code, code) for code in codes)
        return tuple(dict.fromkeys([*(one[0] for one in self.found(text)), *called]))


@dataclass
class Proposed:
    """The questions for some places: proposals by identifier, and the places at which nothing can be asked."""

    proposals: dict[str, Proposal] = field(default_factory=dict)
    stuck: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # For each override the identifiers of the questions that its values would hold.
    of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def blanks(self, within: str = "") -> dict[str, Any]:
        """Return what stands at the places of the proposals until somebody answers, at one override or at all."""
        asked = [one.question for one in self.proposals.values()]
        return {
            place.path: value_at(one, place, {}, asked)
            for one in asked
            for place in one.places
            if not within or is_within(place.path, within)
        }


def propose(overrides: Sequence[Decision], own: Own, bundle: Mapping[str, Any]) -> Proposed:
    """Return the questions that could be asked in the place of what some overrides of a pilot say of it.

    ``bundle`` is what is in force at the pilot: a question that the configuration above asks already, and that the
    pilot answers by the same word, gets the places as well.
    """
    return _Proposing(own, bundle).all(overrides)


class _Proposing:
    def __init__(self, own: Own, bundle: Mapping[str, Any]) -> None:
        self.own, self.bundle, self.found = own, bundle, Proposed()
        standing = Answers(bundle).standing()
        self.known = {(one.question.kind.name, one.text): one.question for one in standing if one.text}
        self.taken = {one.question.id for one in standing}

    def all(self, overrides: Sequence[Decision]) -> Proposed:
        for one in overrides:
            if one.ours is not ABSENT:
                self._override(one)
        return self.found

    def _override(self, one: Decision) -> None:
        asked: dict[str, None] = {}
        # An entry of a list has no place of its own that an answer could fill.
        fillable = () if f"/{ENTRY}" in one.path else pointers.leaves(one.ours, one.path)
        for path, value in fillable:
            names = self._number(path, value, one) if _is_window(path) else self._text(path, value)
            asked |= dict.fromkeys(names)
        blanks = self.found.blanks(one.path)
        # A place whose name is the pilot's can't be anybody else's.
        neutral = replaced(one.ours, blanks, one.path)
        left = self.own.said_in([one.path, None if neutral is ABSENT else neutral])
        if left or any(map(_is_of_language, blanks)):
            self.found.stuck[one.path] = left or self.own.said_in(one.ours)
            self._forget(one.path)
        else:
            self.found.of[one.path] = tuple(asked)

    def _forget(self, path: str) -> None:
        """Take the places of an override away again, and the questions that have none left and stand in no text."""
        kept = {}
        for name, one in self.found.proposals.items():
            places = tuple(place for place in one.question.places if not is_within(place.path, path))
            kept[name] = replace(one, question=replace(one.question, places=places))
        texts = [place.text for one in kept.values() for place in one.question.places if place.text]
        named = {name for text in texts for name in asked_text(text, kept).names}
        self.found.proposals = {
            name: one for name, one in kept.items() if one.question.places or name in named
        }

    def _number(self, path: str, value: Any, one: Decision) -> tuple[str, ...]:
        """Ask for the number of a window; what stands above stays until then."""
        if KINDS["window"].value(str(value)) != value or not re.search(WINDOW, str(value)):
            return self._text(path, value)
        above = one.theirs if path == one.path else ABSENT
        blank = above if isinstance(above, int | str) and not isinstance(above, bool) else ABSENT
        window = pointers.get(self.bundle, path.rpartition("/")[0], {})
        title = said(window.get("title")) if isinstance(window, dict) else ""
        known = "" if self.own.said_in(title) else title
        asks = {lang: f"{text}（{known}）" if known else text for lang, text in KINDS["window"].asks.items()}
        key = re.sub(r"[^a-z0-9_]", "_", pointers.split(path)[-2].lower())[:40]
        word = Word(str(value), "window", f"window_{key}", asks)
        # Two windows of one number are two questions.
        name = self._made(word, blank, is_needed=bool(self.own.said_in(value)))
        self._put(name, Place(path))
        return (name,)

    def _text(self, path: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, str):
            return ()
        pieces, names, last = [], [], 0
        for found in self.own.found(value):
            pieces.append(value[last : found.start()])
            names.append(self._named(self.own.word(found[0])))
            last = found.end()
        pieces.append(value[last:])
        if len(names) == 1 and not any(pieces):
            self._put(names[0], Place(path))
        elif names:
            text = pieces[0] + "".join(
                f"{{{name}}}{piece}" for name, piece in zip(names, pieces[1:], strict=True)
            )
            parts = asked_text(text, {*self.found.proposals, *self.taken})
            answers = {name: self.found.proposals[name].answer for name in names}
            # What could not be read back is not asked for: the place stays the pilot's.
            if parts.is_readable and parts.read(value) == answers:
                self._put(names[0], Place(path, text))
        return tuple(names)

    def _named(self, word: Word) -> str:
        """Return the question that asks for a word: one that was proposed, one that is asked above, or a new one."""
        for name, one in self.found.proposals.items():
            if (one.question.kind.name, one.answer) == (word.kind, word.text):
                return name
        above = self.known.get((word.kind, word.text))
        if above is None:
            return self._made(word, word.blank or KINDS[word.kind].blank)
        self.found.proposals[above.id] = Proposal(replace(above, places=()), word.text, True, True)
        return above.id

    def _made(self, word: Word, blank: Any, *, is_needed: bool = True) -> str:
        name = _free(word.id, self.taken | self.found.proposals.keys())
        number = name.removeprefix(word.id).lstrip("_")
        asks = word.asks or KINDS[word.kind].asks
        title = {lang: f"{text} {number}" if number else text for lang, text in asks.items()}
        order = _ORDER.get(word.kind, 500) + len(self.found.proposals)
        question = Question(name, title, KINDS[word.kind], "", is_needed, blank, order=order)
        self.found.proposals[name] = Proposal(question, word.text, is_needed)
        return name

    def _put(self, name: str, place: Place) -> None:
        one = self.found.proposals[name]
        question = replace(one.question, places=(*one.question.places, place))
        self.found.proposals[name] = replace(one, question=question)


def replaced(value: Any, values: Mapping[str, Any], at: str = "") -> Any:
    """Return a value, which stands at a place, with other values at places in it; ABSENT takes one away."""
    for path, new in values.items():
        inner = path.removeprefix(at)
        if not inner:
            value = new
        elif new is ABSENT:
            value = pointers.without(value, inner)
        else:
            value = pointers.put(value, inner, new)
    return value


def _is_window(path: str) -> bool:
    parts = pointers.split(path)
    return len(parts) >= 4 and parts[0] == "layout" and parts[-1] == "number" and parts[-3] == "windows"


def _is_of_language(path: str) -> bool:
    """Tell whether a place is a text in one of several languages: the others would go on naming the pilot."""
    return path.endswith(f"/{DEFAULT_LANGUAGE}")


def _free(name: str, taken: Iterable[str]) -> str:
    known, number, found = set(taken), 1, name
    while found in known:
        number += 1
        found = f"{name}_{number}"
    return found
