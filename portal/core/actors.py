"""Who signs, receives, issues or approves: by role, never by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from portal.core.text import Text

Kind = Literal["role", "party", "unit", "body", "seal"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERY_PARTY = "all"


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff role, a party by its role, a unit that deals with the matter, a body outside, or a seal."""

    kind: Kind
    name: Text

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Actor:
        """Build an actor from a map of one kind to its name, such as ``{"role": "clerk"}``."""
        kind = next(known for known in KINDS if known in definition)
        return cls(kind, definition[kind])


def actors(definitions: Any) -> tuple[Actor, ...]:
    """Build the actors of a list; none where there is no list."""
    return tuple(map(Actor.from_definition, definitions or ()))
