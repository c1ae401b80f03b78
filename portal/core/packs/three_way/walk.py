"""The walk over three configurations: place by place, each by its merge type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from portal.core import pointer as pointers
from portal.core.packs.merge_types import is_atomic_map, is_text, keyed, merge_type
from portal.core.packs.three_way.absent import ABSENT, is_part, same, sort_of
from portal.core.packs.three_way.decision import Answer, Decision
from portal.core.packs.three_way.lists import arranged, shared
from portal.core.packs.three_way.moving import Moves
from portal.core.packs.three_way.parent import Parent
from portal.core.packs.three_way.words import Action, Conflict, Pile
from portal.core.text import DEFAULT_LANGUAGE

ENTRY = "="
ORDER = "=order"
_ORDER_KEY = "order"

_atomic_map = lru_cache(maxsize=8_192)(is_atomic_map)
_text = lru_cache(maxsize=8_192)(is_text)
_merge_type = lru_cache(maxsize=8_192)(merge_type)


@dataclass(frozen=True, slots=True)
class At:
    """A place: its path as decisions name it, and the bundle pointer by which its format is looked up."""

    path: str = ""
    where: str = ""

    def member(self, name: str) -> At:
        """Return the place of a member of a map."""
        token = pointers.escape(name)
        return At(f"{self.path}/{token}", f"{self.where}/{token}")

    def entry(self, key: str) -> At:
        """Return the place of an entry of a list."""
        return At(f"{self.path}/{ENTRY}{pointers.escape(key)}", f"{self.where}/0")


@dataclass
class Walk:
    """One merge under way: what is found, and the answers that were given before."""

    theirs: Parent
    moves: Moves
    answers: Mapping[str, Answer] = field(default_factory=dict)
    found: list[Decision] = field(default_factory=list)

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The places of questions at which an answer was given, also where no side says anything."""
        return frozenset(self.theirs.asks(self.answers))

    @cached_property
    def _answering(self) -> Mapping[str, list[str]]:
        """These and all that is around them, each with the names in it that lead on."""
        found: dict[str, list[str]] = {}
        for path in self._asked:
            parts = pointers.split(path)
            for depth in range(len(parts)):
                found.setdefault(pointers.join(parts[:depth]), []).append(parts[depth])
            found.setdefault(path, [])
        return found

    def value(self, at: At, base: Any, theirs: Any, ours: Any) -> Any:
        """Return what three values at a place become, and note the decisions that it takes."""
        if at.path in self._answering:
            if at.path in self._asked:
                return self._decided(at, base, theirs, ours)
        elif (theirs is ours and theirs is base) or (same(base, ours) and same(base, theirs)):
            return ours
        if at.path in self.moves.contested:
            return self._decided(at, base, theirs, ours, "moved_onto")
        if isinstance(theirs, dict) and isinstance(ours, dict) and not _atomic_map(at.where):
            return self._members(at, base if isinstance(base, dict) else {}, theirs, ours)
        if isinstance(theirs, list) and isinstance(ours, list) and _merge_type(at.where).kind != "atomic":
            return self._entries(at, base if isinstance(base, list) else [], theirs, ours)
        if _mixed_texts(theirs, ours) and _text(at.where) and not same(base, ours) and not same(base, theirs):
            return self._members(at, *map(_by_language, (base, theirs, ours)))
        return self._decided(at, base, theirs, ours)

    def _members(
        self, at: At, base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]
    ) -> dict[str, Any]:
        result = {}
        for name in dict.fromkeys([*theirs, *ours, *base, *self._answering.get(at.path, ())]):
            sides = (side.get(name, ABSENT) for side in (base, theirs, ours))
            value = self.value(at.member(name), *sides)
            if value is not ABSENT:
                result[name] = value
        return result

    def _entries(self, at: At, base: list[Any], theirs: list[Any], ours: list[Any]) -> list[Any]:
        known = _merge_type(at.where)
        before, there, here = (keyed(side, known) for side in (base, theirs, ours))
        kept = {}
        for key in dict.fromkeys([*there, *here, *before]):
            sides = (side.get(key, ABSENT) for side in (before, there, here))
            value = self.value(at.entry(key), *sides)
            if value is not ABSENT:
                kept[key] = value
        orders = list(before), list(there), list(here)
        first, second = (2, 1) if self._leads(at, *orders) == "ours" else (1, 2)
        return [kept[key] for key in arranged(orders[first], (orders[second], orders[0]), kept)]

    def _leads(
        self, at: At, before: list[str], there: list[str], here: list[str]
    ) -> Literal["theirs", "ours"]:
        """Return whose order a list takes: of who changed it, of the county where both did."""
        theirs, ours = shared(there, dict.fromkeys(here)), shared(here, dict.fromkeys(there))
        if theirs == ours:
            return "theirs"
        base = shared(before, dict.fromkeys(theirs))
        moved_here = shared(ours, dict.fromkeys(base)) != base
        action: Literal["theirs", "ours"] = "ours" if moved_here else "theirs"
        path = f"{at.path}/{ORDER}"
        decision = Decision(
            path, base, theirs, ours, "kept" if moved_here else "taken", None, action, note="order"
        )
        answer = self._answer(decision)
        if answer is not None:
            action = "ours" if answer.action == "ours" else "theirs"
        if action == "ours" and self.theirs.lock_at(path):
            action = "theirs"
        value = ours if action == "ours" else theirs
        self.found.append(replace(decision, action=action, value=value, answered=answer is not None))
        return action

    def _decided(self, at: At, base: Any, theirs: Any, ours: Any, conflict: Conflict | None = None) -> Any:
        pile, found, action, note = self._verdict(at, base, theirs, ours)
        if conflict is not None:
            pile, found, action, note = "decide", conflict, None, ""
        decision = Decision(
            at.path, base, theirs, ours, pile, found, action, note=note, before=self.moves.before(at.path)
        )
        answer = self._answer(decision)
        values = {"base": base, "theirs": theirs, "ours": ours}
        if answer is not None:
            action = answer.action
            value = answer.value if action == "custom" else values[action]
        elif action is None:
            value = theirs if self.is_locked(at.path, theirs, ours) else ours
        else:
            value = values[action]
        self.found.append(replace(decision, action=action, value=value, answered=answer is not None))
        return value

    def _verdict(
        self, at: At, base: Any, theirs: Any, ours: Any
    ) -> tuple[Pile, Conflict | None, Action | None, str]:
        """Return the pile, the conflict, the action and the note of three values that are no map and no list."""
        if at.path in self._asked and same(base, theirs) and same(theirs, ours):
            return "kept", None, "ours", "answer"
        if same(theirs, ours):
            return "redundant", None, "theirs", "alike"
        if same(base, ours):
            return "taken", None, "theirs", ""
        if self.is_locked(at.path, theirs, ours):
            return "decide", "locked", None, ""
        if same(base, theirs) or (not isinstance(ours, dict) and is_part(theirs, base)):
            return "kept", None, "ours", ""
        if not isinstance(theirs, dict) and is_part(ours, base):
            return "taken", None, "theirs", "removed_both"
        if _is_order(at, theirs, ours):
            return "kept", None, "ours", "order"
        if self.theirs.is_answer(at.path, ours):
            return "kept", None, "ours", "answer"
        if ours is ABSENT:
            return "decide", "removed_here", None, ""
        if theirs is ABSENT:
            return "decide", "removed_there", None, ""
        return "decide", "both" if sort_of(theirs) == sort_of(ours) else "type", None, ""

    def _answer(self, decision: Decision) -> Answer | None:
        answer = self.answers.get(decision.path)
        return answer if answer is not None and answer.digests == decision.digests else None

    def is_locked(self, path: str, theirs: Any, value: Any) -> bool:
        """Tell whether a value at a place would change what the new version locks."""
        if same(theirs, value):
            return False
        if self.theirs.lock_at(path) is not None:
            return True
        for lock in self.theirs.locks_below(path):
            below = lock.removeprefix(path)
            if not same(pointers.get(theirs, below, ABSENT), pointers.get(value, below, ABSENT)):
                return True
        return False


def _is_order(at: At, theirs: Any, ours: Any) -> bool:
    """Tell whether two numbers only say where a thing stands among others."""
    return at.path.endswith(f"/{_ORDER_KEY}") and sort_of(theirs) == sort_of(ours) == "number"


def _mixed_texts(theirs: Any, ours: Any) -> bool:
    """Tell whether one text is written in one language and the other one by language."""
    return {sort_of(theirs), sort_of(ours)} == {"text", "map"}


def _by_language(text: Any) -> Any:
    if isinstance(text, dict):
        return text
    return {DEFAULT_LANGUAGE: text} if isinstance(text, str) else {}
