"""Why a condition held or did not: the tree of its parts with their values and verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core.conditions.operators import OPERATORS

CONCEALED = "concealed"
# Of no field: the person had a hand in what the step is about.
OTHER_PERSON = "other_person"
# Of no field: the file of the matter lacks the documents that it found (``actual``).
FILE_LACKS = "file_lacks"


def plain(value: Any) -> Any:
    """Return ``value`` as something JSON can carry."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Trace:
    """One part of an evaluated condition.

    ``kind`` is all, any, none or atom. An atom says which field it looked at, what it found there and what it
    expected; ``note`` is "missing" or "wrong_type" where the value could not be compared at all, and CONCEALED
    where its reader may not see the field.
    """

    kind: str
    holds: bool
    members: tuple[Trace, ...] = ()
    field: str = ""
    op: str = ""
    expected: Any = None
    actual: Any = None
    note: str = ""
    pointer: str = ""

    def concealed(self, closed: Collection[str]) -> Trace:
        """Return this atom for a reader who may not see the fields ``closed``: of theirs it tells nothing."""
        return Trace("atom", self.holds, note=CONCEALED) if self.field in closed else self

    def failed(self) -> list[Trace]:
        """Return the atoms that kept this from holding; under a ``none`` these are atoms that hold."""
        return [] if self.holds else list(self._deciding(False))

    def _deciding(self, verdict: bool) -> Iterator[Trace]:
        """Yield the atoms that gave this part its verdict."""
        if self.kind == "atom":
            yield self
            return
        wanted = verdict if self.kind != "none" else not verdict
        for member in self.members:
            if member.holds is wanted:
                yield from member._deciding(wanted)

    def to_json(self) -> dict[str, Any]:
        """Return the tree as JSON."""
        if self.kind != "atom":
            return {"kind": self.kind, "holds": self.holds, "members": [m.to_json() for m in self.members]}
        result = {"field": self.field, "op": self.op, "holds": self.holds, "actual": plain(self.actual)}
        operator = OPERATORS.get(self.op)
        if operator is None or operator.operand != "nothing":
            result["expected"] = plain(self.expected)
        if self.note:
            result["note"] = self.note
        if self.pointer:
            result["pointer"] = self.pointer
        return result
