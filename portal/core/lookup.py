"""What a pack says of looking a matter up: whose telephone opens it, of which matters little is told, and the words.

The entity type has ``lookup`` (telephones, and the condition of what is told by nobody but the centre); the settings
have ``lookup``: the words for each common stage, remedies, questions after closing, and the rights on the slip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.conditions import Condition, Env, evaluate, parse
from portal.core.text import Text

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LookupRules:
    """How the records of a type are looked up: fields with telephones, and the condition of reserved matters."""

    phones: tuple[str, ...]
    reserved: Condition | None

    def is_reserved(self, data: Json, stage: str | None, env: Env) -> bool:
        """Tell whether only the centre itself tells how the matter stands."""
        return self.reserved is not None and evaluate(self.reserved, {"data": data, "stage": stage}, env)


def lookup_rules(entity: Json) -> LookupRules | None:
    """Return how the records of an entity type are looked up; None for a type whose records are not."""
    raw = entity.get("lookup")
    if not isinstance(raw, Mapping) or raw.get("hidden"):
        return None
    condition = parse(raw["reserved"])[0] if "reserved" in raw else None
    return LookupRules(tuple(raw.get("phones", ())), condition)


@dataclass(frozen=True, slots=True)
class StageWords:
    """A stage as parties read it: a sentence, a word for the list of steps, and what comes next."""

    title: Text
    step: Text
    then: Text | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that a party may do, and how."""

    id: str
    title: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    """A question after closing, with its answers by identifier."""

    id: str
    title: Text
    answers: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class LookupWords:
    """The words of a release for parties; a stage without words of its own has those of its lifecycle."""

    raw: Json

    @classmethod
    def of(cls, settings: Json) -> LookupWords:
        """Return the words that the settings of a release hold."""
        return cls(settings.get("lookup") or {})

    def stage(self, canonical: str | None, own: Json | None, title: Text) -> StageWords:
        """Return the words for a stage: its own, else those of the common one, else its title."""
        common = self.raw.get("stages", {}).get(canonical or "", {})
        found = {**common, **(own or {})}
        return StageWords(found.get("title", title), found.get("step", title), found.get("next"))

    def remedies(self, canonical: str | None) -> list[Remedy]:
        """Return what a party may do at a common stage, in order."""
        return [
            Remedy(key, one["title"], one["text"])
            for key, one in _ordered(self.raw.get("remedies"))
            if not one.get("stages") or canonical in one["stages"]
        ]

    def questions(self) -> list[Question]:
        """Return what is asked after closing, in order."""
        return [
            Question(key, one["title"], {name: answer["title"] for name, answer in _ordered(one["answers"])})
            for key, one in _ordered(self.raw.get("questions"))
        ]

    def text(self, *names: str) -> Text | None:
        """Return a single text by the names that lead to it."""
        found: Any = self.raw
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        text: Text | None = found
        return text


def _ordered(things: Json | None) -> list[tuple[str, Any]]:
    shown = [(key, one) for key, one in (things or {}).items() if one and not one.get("hidden")]
    return sorted(shown, key=lambda pair: (pair[1].get("order", 0), pair[0]))
