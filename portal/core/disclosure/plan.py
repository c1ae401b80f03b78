"""What one set of roles sees of one type of record: worked out once, applied to many.

Without a word from a role, a personal or sensitive field is masked and every other field may be read and changed. A
role may say otherwise, field by field; of several roles the one that allows most counts. Disclosing a record, with a
reason, opens what is masked; what is hidden stays hidden. Lists never show personal data, whoever looks.

A record may withhold fields, such as an address kept from the other side: their masks tell nothing, and disclosing
opens them to those alone who need them: who may change the record, and who answers for it at the unit that handles it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import OF_FORM, Rights
from portal.core.disclosure.protected import Protected
from portal.core.errors import Problem, msg
from portal.core.forms import FULL, Profile
from portal.core.masks import mask

REFUSED = msg("This field cannot be changed by you: it is hidden, masked or read-only")
_NOTHING: Any = object()


class Level(IntEnum):
    """What somebody may do with a field."""

    HIDDEN = 0
    MASKED = 1
    READ = 2
    WRITE = 3


LEVELS: Mapping[str, Level] = {level.name.lower(): level for level in Level}


@dataclass(slots=True)
class _Node:
    """One place in the data at which something is limited, or below which something is."""

    level: Level = Level.WRITE
    mask: str = "text"
    below: dict[str, _Node] = field(default_factory=dict)

    def open(self, least: Level) -> bool:
        """Return whether nothing below it is limited to less."""
        return all(node.level >= least and node.open(least) for node in self.below.values())


@dataclass(frozen=True, eq=False)
class Plan:
    """What is hidden, masked and fixed; every pointer that is not named is open."""

    levels: Mapping[str, Level]
    root: _Node
    profile: Profile
    _seen: dict[tuple[str, Level], bool] = field(default_factory=dict, repr=False)

    def level(self, pointer: str) -> Level:
        """Return what may be done with a field: what holds for the parts around it holds for it."""
        node, level = self.root, Level.WRITE
        for part in pointers.split(pointer):
            found = node.below.get("*" if part.isdecimal() else part) or node.below.get(part)
            if found is None:
                break
            node, level = found, min(level, found.level)
        return level

    def sees(self, pointer: str, least: Level = Level.READ) -> bool:
        """Return whether a field is seen in clear, or as far as ``least``, with everything in it.

        It is asked of the few fields that a definition names, again and again. The name of a column that no field
        fills is no pointer: nothing is limited there.
        """
        found = self._seen.get((pointer, least))
        if found is None:
            found = self._seen[pointer, least] = not pointer.startswith("/") or self._sees(pointer, least)
        return found

    def _sees(self, pointer: str, least: Level) -> bool:
        node = self.root
        for part in pointers.split(pointer):
            found = node.below.get("*" if part.isdecimal() else part) or node.below.get(part)
            if found is None:
                return True
            if found.level < least:
                return False
            node = found
        return node.open(least)

    def limits(self) -> Iterator[tuple[str, Level, str]]:
        """Yield each field that is limited, with its level and its mask."""
        for where, level in self.levels.items():
            node = self.root
            for part in pointers.split(where):
                node = node.below[part]
            yield where, level, node.mask

    def value(self, pointer: str, value: Any) -> Any:
        """Return one field's value as it may be shown; None where it is hidden."""
        node, level = self.root, Level.WRITE
        for part in pointers.split(pointer):
            found = node.below.get("*" if part.isdecimal() else part) or node.below.get(part)
            if found is None:
                return value
            node, level = found, min(level, found.level)
            if level is Level.HIDDEN:
                return None
            if level is Level.MASKED:
                return mask(node.mask, value)
        return _shown(value, node)

    def show(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of the data with nothing in it that may not be seen."""
        shown: dict[str, Any] = _shown(dict(data), self.root)
        return shown

    def restore(
        self, stored: Mapping[str, Any], sent: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Return what was sent with everything put back that its sender could not see or change.

        The problems name the fields that were changed all the same. Leaving a field out is no change, and neither is
        sending back what was shown.
        """
        problems: list[Problem] = []
        return _restored(dict(stored), dict(sent), self.root, "", problems), problems


def plan_of(
    fields: Collection[Protected],
    roles: Iterable[Rights],
    *,
    disclosed: bool = False,
    listing: bool = False,
    withheld: frozenset[str] = frozenset(),
    needed: bool = False,
    name: str = "",
) -> Plan:
    """Return the plan of people who hold ``roles``; ``disclosed`` after giving a reason, ``listing`` for lists.

    ``withheld`` are the fields that the record withholds; ``needed`` tells that the people need them.
    """
    # What a role says of the forms of steps has no place in the record's own data.
    said = [{where: level for where, level in role if where.startswith("/")} for role in roles]
    found = _limits(fields, said, disclosed=disclosed, listing=listing)
    known = {one.pointer for one in fields}
    for where in withheld & known:
        level = found.get(where, (Level.WRITE, ""))[0]
        opened = disclosed and needed and not listing
        found[where] = (level if opened else min(level, Level.MASKED), "text")
    return _made({where: one for where, one in found.items() if one[0] is not Level.WRITE}, name)


def plan_of_answers(
    fields: Iterable[Protected],
    roles: Iterable[Rights],
    own: Plan,
    copied: Mapping[str, str],
    *,
    form: str,
    disclosed: bool = False,
    name: str = "",
) -> Plan:
    """Return the plan of the answers of a step's form for people who see the record by the plan ``own``.

    Roles speak of a form as they do of a type. An answer that is copied into the record (``copied``: from its pointer
    to the record's) is seen no better here than there.
    """
    prefix = form + OF_FORM
    said = [
        {where.removeprefix(prefix): level for where, level in role if where.startswith(prefix)}
        for role in roles
    ]
    found = _limits(fields, said, disclosed=disclosed)
    for source, target in copied.items():
        around = own.level(target)
        for where, level, kind in [(target, around, "text"), *own.limits()]:
            if level is not Level.WRITE and (where == target or where.startswith(target + "/")):
                here = source + where.removeprefix(target)
                known = found.get(here, (Level.WRITE, "text"))
                found[here] = (min(known[0], level), kind if where in own.levels else known[1])
    return _made(found, name)


def _limits(
    fields: Iterable[Protected],
    roles: Iterable[Mapping[str, str]],
    *,
    disclosed: bool = False,
    listing: bool = False,
) -> dict[str, tuple[Level, str]]:
    """Return the level and the mask of each field that is not open."""
    known = {one.pointer: one for one in fields}
    said = list(roles) or [{}]
    found: dict[str, tuple[Level, str]] = {}
    for where in sorted({*known, *(pointer for role in said for pointer in role)}):
        protected = known.get(where)
        level = max(_said(role, where, known) for role in said)
        if disclosed and level is Level.MASKED:
            level = Level.WRITE
        if listing and protected is not None:
            level = min(level, Level.MASKED)
        if level is not Level.WRITE:
            found[where] = (level, protected.mask if protected else "text")
    return found


def _made(found: Mapping[str, tuple[Level, str]], name: str) -> Plan:
    root, levels = _Node(), {}
    for where, (level, kind) in sorted(found.items()):
        levels[where] = level
        _put(root, where, level, kind)
    return Plan(levels, root, _profile(levels, name) if levels else FULL)


OPEN = Plan({}, _Node(), FULL)


def _said(role: Mapping[str, str], where: str, known: Mapping[str, Protected]) -> Level:
    """Return what one role makes of a field: its own word, or what it says of a part around it, never more."""
    if where in role:
        return LEVELS[role[where]]
    level = Level.MASKED if where in known else Level.WRITE
    parts = pointers.split(where)
    around = (pointers.join(parts[:length]) for length in range(1, len(parts)))
    return min([level, *(LEVELS[role[outer]] for outer in around if outer in role)])


def _put(root: _Node, where: str, level: Level, kind: str) -> None:
    node = root
    for part in pointers.split(where):
        node = node.below.setdefault(part, _Node())
    node.level, node.mask = level, kind


def _profile(levels: Mapping[str, Level], name: str) -> Profile:
    """Return the plan as the forms know it; a list with something masked in it cannot be changed row by row."""
    fixed = {where for where, level in levels.items() if level is Level.READ}
    fixed |= {where.partition("/*")[0] for where in levels if "/*" in where}
    return Profile(
        name,
        hidden=frozenset(where for where, level in levels.items() if level is Level.HIDDEN),
        masked=frozenset(where for where, level in levels.items() if level is Level.MASKED),
        readonly=frozenset(fixed),
    )


def _shown(value: Any, node: _Node) -> Any:
    if not node.below:
        return value
    if isinstance(value, list):
        every = node.below.get("*")
        seen = [_member(member, every) for member in value] if every is not None else value
        return [member for member in seen if member is not _NOTHING]
    if not isinstance(value, dict):
        return value
    result = {}
    for name, member in value.items():
        below = node.below.get(name) or node.below.get("*")
        seen = _member(member, below) if below is not None else member
        if seen is not _NOTHING:
            result[name] = seen
    return result


def _member(value: Any, node: _Node | None) -> Any:
    if node is None or (node.level is Level.READ and not node.below):
        return value
    if node.level is Level.HIDDEN:
        return _NOTHING
    return mask(node.mask, value) if node.level is Level.MASKED else _shown(value, node)


def _restored(
    stored: dict[str, Any], sent: dict[str, Any], node: _Node, at: str, problems: list[Problem]
) -> dict[str, Any]:
    result = dict(sent)
    every = node.below.get("*")
    limited = dict.fromkeys([*stored, *sent], every) if every is not None else {}
    for name, below in (limited | node.below).items():
        where = f"{at}/{pointers.escape(name)}"
        had, given = stored.get(name, _NOTHING), sent.get(name, _NOTHING)
        objects = all(one is _NOTHING or isinstance(one, dict) for one in (had, given))
        if below.level is Level.WRITE and objects:
            inner = {} if had is _NOTHING else had
            kept = _restored(inner, {} if given is _NOTHING else given, below, where, problems)
            if kept or given is not _NOTHING:
                result[name] = kept
        elif below.level is Level.WRITE and had is _NOTHING:
            continue  # nothing is stored here that the sender could not see
        else:
            if given is not _NOTHING and given != _member(had, below):
                problems.append(Problem("field.protected", REFUSED, pointer=where))
            result.pop(name, None)
            if had is not _NOTHING:
                result[name] = had
    return result
