"""Worklists, compiled: which rows wait for a role, said in conditions that the database can answer wholly."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from portal.core.conditions import Condition, FieldType, Group, parse
from portal.core.conditions.model import Field, atoms
from portal.core.conditions.operators import OPERATORS
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.facts import facts
from portal.core.text import Text

Of = Literal["record", "referral", "task", "clock"]
# What the rows of each sort know: themselves, and what they belong to.
READS: Mapping[str, tuple[str, ...]] = {
    "record": ("record", "referral"),
    "referral": ("referral", "record"),
    "task": ("task", "record", "referral"),
    "clock": ("clock", "record", "referral"),
}
# The person who looks, the unit at which they do, and the roles that they have there, to compare with.
WHO: Mapping[str, FieldType] = {
    "/me": FieldType("string"),
    "/my_unit": FieldType("unit"),
    "/my_roles": FieldType("strings"),
}

# What these are called where somebody chooses among them.
WHO_TITLES: Mapping[str, str] = {
    "/me": msg("the person who looks"),
    "/my_unit": msg("the person’s own unit"),
    "/my_roles": msg("the person’s own roles"),
}


@dataclass(frozen=True, slots=True)
class Worklist:
    """A list of what waits: rows of one sort, for some roles, with columns, order and acts."""

    id: str
    title: Text
    of: Of
    entity: str
    roles: frozenset[str]
    where: Condition
    order: tuple[tuple[str, bool], ...]  # column, and whether the largest comes first
    columns: tuple[str, ...]
    acts: tuple[str, ...] = ()
    badge: bool = False
    quiet: bool = False  # shown only while something waits in it
    position: float = 0
    hidden: bool = False
    description: Text = ""
    urgent: bool = False  # more rows than before make an urgent hint


def says(operator: str) -> str:
    """Return the name under which SQL says an operator; empty for one that it can't say."""
    known = OPERATORS.get(operator)
    return known.sql if known is not None else ""


def known_facts(of: str, columns: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """Return the facts that conditions and columns may name: those of the rows, and the record's own columns."""
    return {**facts(READS.get(of, ("record",))), **columns}


def check_worklist(
    definition: Mapping[str, Any], columns: Mapping[str, FieldType] | None, *, file: str = ""
) -> list[Problem]:
    """Return what is wrong with a worklist that fits its schema.

    ``columns`` are the record's fields that stand in a column, such as ``/data/grade``; None: not known, any may be.
    """
    known = known_facts(definition["of"], columns or {})
    condition, problems = parse(
        definition["where"],
        fields=None if columns is None else known,
        parameters=WHO,
        file=file,
        pointer="/where",
        counts=False,
    )
    if condition is not None:
        problems += _beyond_sql(condition, file)
    return [*problems, *(_columns(definition, known, file) if columns is not None else ())]


def _beyond_sql(condition: Condition, file: str) -> Iterator[Problem]:
    for atom in atoms(condition):
        if isinstance(atom.subject, Field) and not says(atom.op):
            params = {"op": atom.op, "known": " ".join(name for name in OPERATORS if says(name))}
            yield Problem(
                "worklist.sql",
                msg("The database can't say %(op)s"),
                params,
                file,
                f"{atom.pointer}/op",
                msg("Use one of: %(known)s"),
            )


def _columns(definition: Mapping[str, Any], known: Mapping[str, FieldType], file: str) -> Iterator[Problem]:
    for name in ("columns", "order"):
        for index, column in enumerate(definition[name]):
            target = column.removeprefix("-") if name == "order" else column
            if target not in known:
                close = difflib.get_close_matches(target, known, n=1) or sorted(known)[:40]
                params = {"column": target, "known": " ".join(close)}
                yield Problem(
                    "worklist.column",
                    msg("There is no column %(column)s"),
                    params,
                    file,
                    f"/{name}/{index}",
                    msg("Use one of: %(known)s"),
                )


def compile_worklist(worklist_id: str, definition: Mapping[str, Any], *, file: str = "") -> Worklist:
    """Compile a worklist; DefinitionError with all problems when its condition can't be used."""
    problems = check_worklist(definition, None, file=file)
    condition = parse(definition["where"], parameters=WHO, counts=False)[0]
    if condition is None or problems:
        raise DefinitionError(
            "worklist.broken", msg("The worklist %(id)s can't be used"), {"id": worklist_id}, problems
        )
    return Worklist(
        id=worklist_id,
        title=definition["title"],
        of=definition["of"],
        entity=definition["entity"],
        roles=frozenset(definition["roles"]),
        where=_in_trees(condition, known_facts(definition["of"], {})),
        order=tuple((name.removeprefix("-"), name.startswith("-")) for name in definition["order"]),
        columns=tuple(definition["columns"]),
        acts=tuple(definition.get("acts", ())),
        badge=bool(definition.get("badge", False)),
        urgent=bool(definition.get("urgent", False)),
        quiet=bool(definition.get("quiet", False)),
        position=definition.get("position", 0),
        hidden=bool(definition.get("hidden", False)),
        description=definition.get("description", ""),
    )


def _in_trees(condition: Condition, known: Mapping[str, FieldType]) -> Condition:
    """Return a condition whose comparisons of facts name the tree of codes that the facts belong to.

    Without it a code is looked for in every tree: that of the places knows the codes of units too.
    """
    if isinstance(condition, Group):
        return replace(condition, members=tuple(_in_trees(one, known) for one in condition.members))
    subject = condition.subject
    kind = known.get(subject.name) if isinstance(subject, Field) else None
    return condition if kind is None or condition.taxonomy else replace(condition, taxonomy=kind.tree)


def worklists(definitions: Mapping[str, Any]) -> dict[str, Worklist]:
    """Compile the worklists of a bundle, in their order."""
    found = [compile_worklist(key, entry) for key, entry in definitions.items()]
    return {one.id: one for one in sorted(found, key=lambda one: (one.position, one.id))}
