"""Commands: one change each, of one place of a draft, with what stood there before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from portal.core import pointer as pointers
from portal.core.canonical import canonical

Op = Literal["add", "replace", "remove", "move"]
Kind = Literal["do", "undo", "redo"]
DO: Kind = "do"
UNDO: Kind = "undo"
REDO: Kind = "redo"
END = "-"
_BACK: dict[Op, Op] = {"add": "remove", "remove": "add", "replace": "replace", "move": "move"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants of one place: None stands for nothing there.

    A path ends at a member of a map or at an entry of a list, and leads through maps alone: in lists, a whole entry is
    the smallest thing that is changed. An ``add`` to a list puts an entry before the one that is at that place, or at
    the end (``-``). A ``move`` changes the one number by which a thing stands among its siblings.
    """

    op: Op
    path: str
    before: Any = None
    after: Any = None
    made: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A change that was made: by whom, when, why, and together with which others (``group``)."""

    number: int
    op: Op
    path: str
    before: Any
    after: Any
    made: int = 0
    group: str = ""
    kind: Kind = DO
    takes_back: str = ""
    by_id: int | None = None
    by_name: str = ""
    at: dt.datetime | None = None
    why: str = ""

    @property
    def change(self) -> Change:
        """Return the change that the command made."""
        return Change(self.op, self.path, self.before, self.after, self.made)


def inverse(commands: Sequence[Command]) -> list[Change]:
    """Return the changes that take commands back, the last one first."""
    return [Change(_BACK[one.op], one.path, one.after, one.before, one.made) for one in reversed(commands)]


def current(document: Any, path: str) -> Any:
    """Return what stands at a path of a draft; None for nothing."""
    return pointers.get(document, path, None)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same, nothing included."""
    return one is other or canonical(one) == canonical(other)


def is_entry(document: Any, path: str) -> bool:
    """Tell whether a path names an entry of a list, or the place after its last one."""
    above, _, last = path.rpartition("/")
    return isinstance(pointers.get(document, above), list) and (last == END or last.isdecimal())


def put(document: Any, change: Change) -> Any:
    """Return a draft's document with a change made that fits it."""
    above, _, last = change.path.rpartition("/")
    holder = pointers.get(document, above)
    if isinstance(holder, list):
        return pointers.put(document, above, _listed(holder, last, change))
    if change.after is not None:
        return pointers.put(document, change.path, change.after)
    document = pointers.without(document, change.path)
    for _ in range(change.made):
        if pointers.get(document, above) != {}:
            break
        document = pointers.without(document, above)
        above = above.rpartition("/")[0]
    return document


def placed(document: Any, change: Change) -> Change:
    """Return a change by the place that it means now: an entry of a list may have moved to another number."""
    above, _, last = change.path.rpartition("/")
    holder = pointers.get(document, above)
    if not isinstance(holder, list):
        return change
    if change.op == "add":
        index = len(holder) if last == END else min(int(last), len(holder))
        return replace(change, path=f"{above}/{index}")
    if last.isdecimal() and int(last) < len(holder) and same(holder[int(last)], change.before):
        return change
    found = [index for index, entry in enumerate(holder) if same(entry, change.before)]
    return replace(change, path=f"{above}/{found[0]}") if len(found) == 1 else change


def _listed(holder: list[Any], last: str, change: Change) -> list[Any]:
    index = len(holder) if last == END else int(last)
    if change.op == "add":
        return [*holder[:index], change.after, *holder[index:]]
    if change.after is None:
        return [*holder[:index], *holder[index + 1 :]]
    return [*holder[:index], change.after, *holder[index + 1 :]]
