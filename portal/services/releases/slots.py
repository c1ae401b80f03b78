"""Give each declared field of an entity type its projection column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import DefinitionError, Problem, msg
from portal.core.forms import list_fields
from portal.persistence.models import FieldSlot
from portal.persistence.models.slots import DATE_SLOTS, NUMBER_SLOTS, TEXT_SLOTS

SLOTS_BY_TYPE = {
    "string": TEXT_SLOTS,
    "unit": TEXT_SLOTS,
    "taxonomy": TEXT_SLOTS,
    "time": TEXT_SLOTS,
    "integer": NUMBER_SLOTS,
    "number": NUMBER_SLOTS,
    "money": NUMBER_SLOTS,
    "boolean": NUMBER_SLOTS,
    "date": DATE_SLOTS,
    "datetime": DATE_SLOTS,
}


def allocate(session: Session, bundle: Mapping[str, Any]) -> dict[str, str]:
    """Give columns to the declared fields that have none; return the new ones.

    A field keeps its column for ever and over all packs. Raise DefinitionError when none is left, or when a
    field's type has no order.
    """
    taken: dict[str, dict[str, str]] = defaultdict(dict)
    for row in session.scalars(select(FieldSlot)):
        taken[row.etype][row.pointer] = row.slot
    problems: list[Problem] = []
    new: dict[str, str] = {}
    for etype, definition in sorted(bundle.get("forms", {}).items()):
        declared = definition.get("entity", {}).get("index", []) if definition.get("kind") == "entity" else []
        types = {info.pointer: info.type for info in list_fields(definition)} if declared else {}
        for at, pointer in enumerate(declared):
            place = (f"/forms/{etype}/entity/index/{at}", etype, pointer)
            found = _allocate_one(taken[etype], types.get(pointer), place, problems)
            if found:
                session.add(FieldSlot(etype=etype, pointer=pointer, slot=found))
                taken[etype][pointer] = new[f"{etype}{pointer}"] = found
    if problems:
        raise DefinitionError("release.index", msg("Declared fields can't be indexed"), problems=problems)
    session.flush()
    return new


def _allocate_one(
    taken: Mapping[str, str], field_type: str | None, place: tuple[str, str, str], problems: list[Problem]
) -> str | None:
    at, etype, pointer = place
    names = SLOTS_BY_TYPE.get(field_type or "")
    params = {"etype": etype, "field": pointer}
    if names is None:
        problems.append(
            Problem(
                "index.type",
                msg("The field %(field)s of %(etype)s has no single value to filter or sort by"),
                params,
                pointer=at,
                remedy=msg("Take it out of “index”"),
            )
        )
        return None
    if pointer in taken and taken[pointer] in names:
        return None
    free = next((name for name in names if name not in taken.values()), None)
    if free is None or pointer in taken:
        problems.append(
            Problem(
                "index.full",
                msg("No free column is left for the field %(field)s of %(etype)s"),
                params | {"columns": len(names)},
                pointer=at,
                remedy=msg("An entity type has %(columns)s columns for this kind of field, over all packs"),
            )
        )
        return None
    return free
