"""Undo and redo: each person takes back their own last group of commands, and no other person's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.core.drafts.commands import DO, REDO, UNDO, Kind


@dataclass(frozen=True, slots=True)
class Group:
    """One act of a person: a change of one or several places, or the taking back of one."""

    uid: str
    kind: Kind
    takes_back: str = ""


def next_undo(groups: Iterable[Group]) -> Group | None:
    """Return the group of a person that an undo takes back; ``groups`` are the person's, in their order."""
    done, _ = _stacks(groups)
    return done[-1] if done else None


def next_redo(groups: Iterable[Group]) -> Group | None:
    """Return the undo of a person that a redo takes back; a new change leaves nothing to redo."""
    _, undone = _stacks(groups)
    return undone[-1] if undone else None


def _stacks(groups: Iterable[Group]) -> tuple[list[Group], list[Group]]:
    done: list[Group] = []
    undone: list[Group] = []
    for group in groups:
        if group.kind == DO:
            done.append(group)
            undone.clear()
        elif group.kind == UNDO and done:
            done.pop()
            undone.append(group)
        elif group.kind == REDO and undone:
            undone.pop()
            done.append(group)
    return done, undone
