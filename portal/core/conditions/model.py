"""The parsed condition: groups of atoms, an atom being subject, operator and operand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from portal.core import pointer
from portal.core.values import Scalar


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the facts: a JSON pointer (``*`` = every row) or the name of a declared input."""

    name: str
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str) -> Field:
        """Return the field of a pointer or input name."""
        return cls(name, tuple(pointer.split(name)) if name.startswith("/") else ())

    def read(self, facts: Any) -> Any:
        """Return what the field holds in ``facts``; None where there is nothing."""
        if not self.parts:
            return facts.get(self.name) if isinstance(facts, Mapping) else None
        return pointer.collected(facts, self.parts)


@dataclass(frozen=True, slots=True)
class CountQuery:
    """A question about related records, answered outside: how many there are, or what they add up to."""

    kind: Literal["count", "sum"]
    entity: str
    match: Mapping[str, str]
    within_days: int | None = None
    of: str = ""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """An operand written in place."""

    value: Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """An operand that is a named parameter or named list."""

    name: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """An operand relative to the day of the decision."""

    days: int = 0
    months: int = 0
    years: int = 0


Operand = Value | Parameter | Today


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison."""

    subject: Field | CountQuery
    op: str
    operand: Operand
    taxonomy: str = ""
    pointer: str = field(default="", compare=False)  # where it stands in its file


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions taken together: all of them, any of them, none of them."""

    kind: Literal["all", "any", "none"]
    members: tuple[Condition, ...]


Condition = Group | Atom


def atoms(condition: Condition) -> Iterator[Atom]:
    """Yield every atom, in reading order."""
    if isinstance(condition, Atom):
        yield condition
    else:
        for member in condition.members:
            yield from atoms(member)


def pointers(condition: Condition) -> frozenset[str]:
    """Return the fields that the condition reads."""
    read: set[str] = set()
    for atom in atoms(condition):
        read.update([atom.subject.name] if isinstance(atom.subject, Field) else atom.subject.match.values())
    return frozenset(read)


def bind(condition: Condition, place: str) -> Condition:
    """Pin the rows of a condition: at ``/parties/2`` the field ``/parties/*/kind`` is ``/parties/2/kind``."""
    if isinstance(condition, Group):
        return replace(condition, members=tuple(bind(member, place) for member in condition.members))
    if isinstance(condition.subject, CountQuery):
        return condition
    parts = list(condition.subject.parts)
    for at, here in enumerate(pointer.split(place)):
        if at >= len(parts) or parts[at] not in ("*", here):
            break
        parts[at] = here
    return replace(condition, subject=Field.of(pointer.join(parts)) if parts else condition.subject)


def leaving_out(condition: Condition, prefix: str, met: bool = True) -> Condition | None:
    """Return the condition with what it asks of fields under ``prefix`` taken as met; None where nothing is left."""
    if isinstance(condition, Atom):
        asks = isinstance(condition.subject, Field) and condition.subject.name.startswith(prefix)
        return None if asks else condition
    inner = not met if condition.kind == "none" else met
    kept = [leaving_out(member, prefix, inner) for member in condition.members]
    members = tuple(member for member in kept if member is not None)
    enough = condition.kind == "any" if met else condition.kind != "any"  # one that is taken so decides
    if not members or (enough and len(members) < len(kept)):
        return None
    return replace(condition, members=members)
