"""Questions of a configuration: what each centre below has to say itself, and the places that its answers fill.

No answer is kept beside the values: what was answered is read from the places themselves, so that it can't differ
from what is in force. A place is *open* while the blank of its question stands there, and *apart* where something
else was written than an answer could have made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs.merge import ABSENT
from portal.core.packs.questions.kinds import KINDS, Kind
from portal.core.packs.questions.texts import AskedText, asked_text
from portal.core.text import Text

SECTION = "questions"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an answer fills: whole, or a part of a ``text``."""

    path: str
    text: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the place as packs say it."""
        return {"path": self.path, **({"text": self.text} if self.text else {})}


@dataclass(frozen=True, slots=True)
class Question:
    """One question as a pack asks it."""

    id: str
    title: Text
    kind: Kind
    help: Text = ""
    required: bool = False
    blank: Any = ABSENT
    places: tuple[Place, ...] = ()
    order: float = 0
    hidden: bool = False

    @property
    def spoken(self) -> str:
        """Return the words that stand in texts until it is answered."""
        return self.kind.blank if self.blank is ABSENT else str(self.blank)

    def value(self, answer: str) -> Any:
        """Return the value that an answer becomes at a place of its own."""
        return self.kind.value(answer)

    def to_json(self) -> dict[str, Any]:
        """Return the question as packs say it."""
        return {
            "title": self.title,
            **({"help": self.help} if self.help else {}),
            "kind": self.kind.name,
            **({"required": True} if self.required else {}),
            **({} if self.blank is ABSENT else {"blank": self.blank}),
            "places": [one.to_json() for one in self.places],
            "order": self.order,
        }


@dataclass
class Asked:
    """A question at one configuration: its answer, the places that are open, and those written otherwise."""

    question: Question
    answer: Any = ABSENT
    open: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        """Tell whether nothing is left to say: no place is open."""
        return not self.open

    @property
    def text(self) -> str:
        """Return the answer as it is entered; empty for none."""
        return "" if self.answer is ABSENT else str(self.answer)


def questions_of(bundle: Mapping[str, Any]) -> tuple[Question, ...]:
    """Return the questions of a bundle in their order; what is not well formed is passed over."""
    section = bundle.get(SECTION)
    found = [
        question
        for key, raw in (section.items() if isinstance(section, dict) else ())
        if isinstance(raw, dict) and (question := _question(key, raw)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.order, one.id)))


def _question(key: str, raw: Mapping[str, Any]) -> Question | None:
    kind = KINDS.get(raw["kind"]) if isinstance(raw.get("kind"), str) else None
    order, places = raw.get("order", 0), raw.get("places")
    if kind is None:
        return None
    return Question(
        key,
        raw.get("title") or key,
        kind,
        raw.get("help") or "",
        raw.get("required") is True,
        raw.get("blank", ABSENT),
        tuple(
            Place(one["path"], one.get("text") or "")
            for one in (places if isinstance(places, list) else ())
            if isinstance(one, dict) and isinstance(one.get("path"), str)
        ),
        order if isinstance(order, int | float) else 0,
        raw.get("hidden") is True,
    )


@dataclass(frozen=True)
class Answers:
    """The questions of a configuration with what it says at their places."""

    bundle: Mapping[str, Any]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return the questions that are asked."""
        return tuple(one for one in questions_of(self.bundle) if not one.hidden)

    def standing(self) -> list[Asked]:
        """Return each question with its answer and its places."""
        asked = {one.id: Asked(one) for one in self.questions}
        for one in self.questions:
            for place in one.places:
                self._read(asked, one, place)
        return list(asked.values())

    def _read(self, asked: Mapping[str, Asked], question: Question, place: Place) -> None:
        value, mine = pointers.get(self.bundle, place.path, ABSENT), asked[question.id]
        if not has_room(self.bundle, place.path):
            return  # what the place is a part of was taken away here
        if not place.text:
            if value is ABSENT and question.blank is not ABSENT:
                mine.apart.append(place.path)
            elif value is ABSENT or _same(value, question.blank):
                mine.open.append(place.path)
            elif isinstance(value, str | int) and not isinstance(value, bool):
                mine.answer = value if mine.answer is ABSENT else mine.answer
            else:
                mine.apart.append(place.path)
            return
        parts = asked_text(place.text, asked)
        said = parts.read(value) if isinstance(value, str) and parts.names else None
        for name in dict.fromkeys(parts.names):
            one = asked[name]
            if said is None:
                one.apart.append(place.path)
            elif said[name] == one.question.spoken:
                one.open.append(place.path)
            elif one.answer is ABSENT:
                one.answer = one.question.value(said[name])

    def filled(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of the places that other answers change; an empty answer takes one back.

        What was written otherwise at a place stays. ABSENT stands for nothing there.
        """
        standing = self.standing()
        now = {one.question.id: one.text for one in standing} | {
            key: text.strip() for key, text in given.items()
        }
        apart = {path for one in standing for path in one.apart}
        found: dict[str, Any] = {}
        for one in standing:
            for place in one.question.places:
                if place.path in apart or not has_room(self.bundle, place.path):
                    continue
                value = value_at(one.question, place, now, self.questions)
                if not _same(value, pointers.get(self.bundle, place.path, ABSENT)):
                    found[place.path] = value
        return found


def value_at(
    question: Question, place: Place, answers: Mapping[str, str], among: Iterable[Question] = ()
) -> Any:
    """Return what stands at a place by some answers; its blank where there is none."""
    if not place.text:
        answer = answers.get(question.id, "")
        return question.value(answer) if answer else question.blank
    known = {one.id: one for one in (*among, question)}
    parts: AskedText = asked_text(place.text, known)
    return parts.filled({name: answers.get(name) or known[name].spoken for name in parts.names})


def readers_of(bundle: Mapping[str, Any]) -> dict[str, Callable[[Any], bool]]:
    """Return what tells an answer from any other value, for each place of a configuration that is open."""
    standing = Answers(bundle).standing()
    known = frozenset(one.question.id for one in standing)
    open_ = {path for one in standing for path in one.open}
    texts = {place.path: place.text for one in standing for place in one.question.places}
    return {path: partial(_is_answer, texts[path], known) for path in open_ if path in texts}


def _is_answer(text: str, known: frozenset[str], value: Any) -> bool:
    if not text:
        return isinstance(value, str | int) and not isinstance(value, bool)
    return isinstance(value, str) and asked_text(text, known).read(value) is not None


def places_of(bundle: Mapping[str, Any]) -> frozenset[str]:
    """Return all places that answers fill."""
    return frozenset(place.path for one in questions_of(bundle) for place in one.places)


def has_room(bundle: Mapping[str, Any], path: str) -> bool:
    """Tell whether a place is a member of a map that is there."""
    above = path.rpartition("/")[0]
    holder: Any = bundle
    for part in pointers.split(above):
        holder = holder.get(part) if isinstance(holder, dict) else None
    return isinstance(holder, dict)


def _same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return canonical(one) == canonical(other)
