"""Decisions of a three-way merge: what each side has at a place, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.errors import Words
from portal.core.packs.three_way.absent import ABSENT, digest_of
from portal.core.packs.three_way.words import (
    ACTIONS,
    CONFLICTS,
    EXPLAINED,
    MOVED,
    NOTES,
    Action,
    Conflict,
    Pile,
)

Digests = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person decided at a place; it holds as long as the three values are those it was given for."""

    path: str
    digests: Digests
    action: Action
    value: Any = ABSENT
    by: str = ""
    at: str = ""
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the answer as it is kept."""
        return {
            "path": self.path,
            "digests": list(self.digests),
            "action": self.action,
            **({} if self.value is ABSENT else {"value": self.value}),
            **{name: text for name in ("by", "at", "why") if (text := getattr(self, name))},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Answer:
        """Read an answer back; KeyError, TypeError or ValueError for what is none."""
        base, theirs, ours = kept["digests"]
        if kept["action"] not in ACTIONS:
            raise ValueError(kept["action"])
        return cls(
            kept["path"],
            (base, theirs, ours),
            kept["action"],
            kept.get("value", ABSENT),
            kept.get("by", ""),
            kept.get("at", ""),
            kept.get("why", ""),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """One place that both sides do not share: its three values, the conflict if there is one, and what follows.

    ``action`` is empty while a person has to decide; ``value`` is then what stands there meanwhile: the county's own,
    or the parent's where it is locked. The path of an entry of a list ends with ``=`` and its key, that of the order
    of a list with ``=order``. ``before`` is where the thing lay in the version that was adopted, if it moved.
    """

    path: str
    base: Any
    theirs: Any
    ours: Any
    pile: Pile
    conflict: Conflict | None = None
    action: Action | None = None
    value: Any = ABSENT
    note: str = ""
    before: str = ""
    answered: bool = False

    @property
    def digests(self) -> Digests:
        """Return the digests of the three values, by which an answer is remembered."""
        return digest_of(self.base), digest_of(self.theirs), digest_of(self.ours)

    @property
    def is_open(self) -> bool:
        """Tell whether a person still has to decide."""
        return self.conflict is not None and self.action is None

    def said(self) -> Words:
        """Return one sentence about the decision."""
        text = CONFLICTS[self.conflict] if self.conflict else NOTES.get(self.note, EXPLAINED[self.pile])
        return Words(MOVED, {"said": Words(text), "before": self.before}) if self.before else Words(text)

    def answer(
        self, action: Action, value: Any = ABSENT, by: str = "", at: str = "", why: str = ""
    ) -> Answer:
        """Return an answer to this decision."""
        return Answer(self.path, self.digests, action, value, by, at, why)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as one JSON object; a side without the thing has no key."""
        sides = {"base": self.base, "theirs": self.theirs, "ours": self.ours, "value": self.value}
        return {
            "path": self.path,
            **{name: value for name, value in sides.items() if value is not ABSENT},
            "conflict": self.conflict,
            "action": self.action,
            "pile": self.pile,
            **({"note": self.note} if self.note else {}),
            **({"before": self.before} if self.before else {}),
        }
