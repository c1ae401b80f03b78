"""Roles as a matrix: who may do what with a sort of record, and which role reads or writes which field.

Each cell is one change of the draft, so that two persons at different cells never meet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import ACTIONS, THINGS
from portal.core.drafts.commands import Change, Op
from portal.core.errors import InvalidInput, msg

SECTION = "roles"
LEVELS = ("hidden", "masked", "read", "write")
Cells = Mapping[str, str]


def roles_in(document: Mapping[str, Any]) -> list[str]:
    """Return the roles in use, in their order."""
    roles = document.get(SECTION) or {}
    shown = [key for key, one in roles.items() if not one.get("hidden")]
    return sorted(shown, key=lambda key: (roles[key].get("order", 0), key))


def things_in(document: Mapping[str, Any]) -> list[str]:
    """Return what roles can speak of: the sorts of records of the draft, then units, releases and the like."""
    forms = document.get("forms") or {}
    records = [key for key, one in forms.items() if one.get("kind") == "entity"]
    ordered = sorted(records, key=lambda key: ((forms[key].get("entity") or {}).get("order", 0), key))
    return [*ordered, *THINGS]


def forms_in(document: Mapping[str, Any]) -> list[str]:
    """Return the forms of whose fields roles can say something: those of records, then those of steps."""
    forms = document.get("forms") or {}
    records = [one for one in things_in(document) if one in forms]
    return [*records, *sorted(key for key in forms if key not in records)]


def actions_of(thing: str) -> list[str]:
    """Return the actions that mean anything of a thing."""
    own = THINGS.get(thing)
    return [name for name in ACTIONS if own is None or name in own.actions]


def granted(document: Mapping[str, Any], role: str, thing: str, action: str) -> bool:
    """Tell whether a role may do something with a thing, as its own line says."""
    given = pointers.get(document, pointers.join([SECTION, role, "grants", thing]), None)
    if not isinstance(given, list):
        return False
    return bool({action, *ACTIONS[action].former} & set(given))


def level(document: Mapping[str, Any], role: str, thing: str, field: str) -> str:
    """Return what a role may do with a field; empty where that follows from how sensitive the field is."""
    found = pointers.get(document, pointers.join([SECTION, role, "fields", thing, field]), None)
    return found if isinstance(found, str) else ""


def grant(document: Mapping[str, Any], role: str, thing: str, wanted: Mapping[str, bool]) -> list[Change]:
    """Return the changes, one after the other, by which a role may do some actions and may not do others."""
    _require(document, role)
    if not set(wanted) <= set(actions_of(thing)):
        raise InvalidInput("matrix.cell", msg("There is no such cell in the table"))
    path = pointers.join([SECTION, role, "grants", thing])
    said = pointers.get(document, path, None)
    listed = list(said) if isinstance(said, list) else None
    changes = []
    for action, given in wanted.items():
        names = {action, *ACTIONS[action].former}
        if bool(names & set(listed or ())) == given:
            continue
        if listed is not None and not given:
            changes += [
                Change("remove", f"{path}/{at}", listed.pop(at), None) for at in _places(listed, names)
            ]
        elif listed is None:
            listed = [action]
            changes.append(Change("add", path, None, [action]))
        else:
            listed.append(action)
            changes.append(Change("add", f"{path}/-", None, action))
    return changes


def _places(listed: Sequence[str], names: Collection[str]) -> list[int]:
    """Return where some names stand in a list, the last first."""
    return [at for at in reversed(range(len(listed))) if listed[at] in names]


def set_level(document: Mapping[str, Any], role: str, thing: str, field: str, wanted: str) -> list[Change]:
    """Return the change by which a role reads or writes a field; empty gives it back to the field's sensitivity."""
    _require(document, role)
    if wanted and wanted not in LEVELS:
        raise InvalidInput("matrix.cell", msg("There is no such cell in the table"))
    before = level(document, role, thing, field)
    if before == wanted:
        return []
    path = pointers.join([SECTION, role, "fields", thing, field])
    op: Op = "add" if not before else "replace" if wanted else "remove"
    return [Change(op, path, before or None, wanted or None)]


def wanted_changes(
    document: Mapping[str, Any], thing: str, seen: Cells, sent: Cells, fields: Sequence[str]
) -> list[Change]:
    """Return the changes of the cells that a person changed: those that were sent otherwise than they were seen.

    Cells are named ``role:action`` or ``role:/field``; what was seen is what the changes say stood there.
    """
    changes: list[Change] = []
    granting: dict[str, dict[str, bool]] = {}
    for name in sorted({*seen, *sent}):
        before, after = seen.get(name, ""), sent.get(name, "")
        if before == after:
            continue
        role, _, what = name.partition(":")
        if what.startswith("/"):
            if what not in fields:
                raise InvalidInput("matrix.cell", msg("There is no such cell in the table"))
            changes += set_level(document, role, thing, what, after)
        else:
            granting.setdefault(role, {})[what] = after == "1"
    for role, wanted in granting.items():
        changes += grant(document, role, thing, wanted)
    return changes


def _require(document: Mapping[str, Any], role: str) -> None:
    if role not in (document.get(SECTION) or {}):
        raise InvalidInput("matrix.role", msg("This role is not there any more: somebody removed it"))
