"""Whose changes a draft takes along: where several persons changed one place, each one's stays a step of its own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.commands import Change, Command, put, same
from portal.core.drafts.draft import Draft
from portal.core.drafts.renewing import Renewed, changed


@dataclass(frozen=True, slots=True)
class Step:
    """A change with the last command that led to it; None where the draft said so when it was begun."""

    change: Change
    last: Command | None

    @property
    def number(self) -> int:
        """Return the number of the command, by which steps are in order."""
        return self.last.number if self.last is not None else 0


@dataclass(frozen=True, slots=True)
class _Stood:
    """What stood at a place after the last command that one person made of it in a row."""

    value: Any
    last: Command | None


def steps_of(found: Renewed, begun: Draft, begun_as: Draft, log: Sequence[Command]) -> list[Step]:
    """Return the changes of a renewed draft by those who made them, in the order in which they were made.

    ``begun`` is what was in force when the draft was begun, ``begun_as`` what the draft said then.
    """
    stood = _stood(found, begun, begun_as, log)
    steps = [step for one in found.changes for step in _steps(one, stood[one.path])]
    return sorted(steps, key=lambda step: step.number)


def _stood(
    found: Renewed, begun: Draft, begun_as: Draft, log: Iterable[Command]
) -> Mapping[str, list[_Stood]]:
    """Return, for each place that the renewed draft changes, what stood there after each person's commands."""
    paths = sorted(one.path for one in found.changes)
    places = {path: _before(found, path) for path in paths}
    stood: dict[str, list[_Stood]] = {}
    for path, place in places.items():
        value = pointers.get(begun_as.document, place)
        said = not same(value, pointers.get(begun.document, place))
        stood[path] = [_Stood(value, None)] if said else []
    document: Any = begun_as.document
    for command in log:
        document = put(document, command.change)
        for path in _touched(paths, stood, found.moves.now(command.path)):
            after, one = _Stood(pointers.get(document, places[path]), command), stood[path]
            if one and one[-1].last is not None and one[-1].last.by_id == command.by_id:
                one.pop()
            one.append(after)
    return stood


def _touched(paths: list[str], known: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield those of some sorted places that lie at, above or below a place."""
    above = path
    while above:
        if above in known:
            yield above
        above = above.rpartition("/")[0]
    below = f"{path}/"
    for at in range(bisect_left(paths, below), len(paths)):
        if not paths[at].startswith(below):
            return
        yield paths[at]


def _before(found: Renewed, path: str) -> str:
    """Return where a place lay when the draft was begun."""
    return found.moves.before(path) or path


def _steps(change: Change, stood: list[_Stood]) -> Iterator[Step]:
    """Yield a change as one step for each person; where it became another one in the merge, as that of the last."""
    made: list[Step] = []
    value = change.before
    for one in stood:
        if not same(value, one.value):
            made.append(Step(changed(change.path, value, one.value), one.last))
        value = one.value
    if made and same(value, change.after):
        yield from made
    else:
        yield Step(change, stood[-1].last if stood else None)
