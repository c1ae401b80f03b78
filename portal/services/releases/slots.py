"""Give each declared field of an entity type the place of its values: a column of records, or typed rows.

What the foundation or a city declares gets a column, the same everywhere, so that a city filters over its counties.
What a county or a unit below declares gets rows, as does everything that finds no column free. A field keeps its
place for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.divisions import LEVELS
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.forms import list_fields
from portal.core.packs.declared_fields import declaring_units
from portal.core.packs.layer import Layer
from portal.core.packs.moved import Move, moves_of
from portal.persistence.models import FieldPlaceRow, FieldSlot, Unit
from portal.services.field_places import SLOTS_OF_COLUMN, StoredField, column_of_kind, earlier_fields

IN_ROWS = "record_value"
# Whose fields are the same in all their counties.
_WIDE_LEVELS = frozenset(LEVELS[: LEVELS.index("county")])
LocalFields = Mapping[str, Collection[str]]
StoredFields = dict[str, dict[str, StoredField]]


def local_fields(session: Session, chain: Sequence[Layer]) -> dict[str, set[str]]:
    """Return the declared fields that a pack of a county or of a unit below adds, by entity type."""
    declared = declaring_units(chain)
    codes = {code for units in declared.values() for code in units.values() if code}
    query = select(Unit.code).where(Unit.code.in_(codes), Unit.level.in_(_WIDE_LEVELS))
    wide = {None, *(session.scalars(query) if codes else ())}
    return {
        etype: {pointer for pointer, code in units.items() if code not in wide}
        for etype, units in declared.items()
    }


def allocate(
    session: Session,
    bundle: Mapping[str, Any],
    local: LocalFields | None = None,
) -> dict[str, str]:
    """Give places to the declared fields that have none; return the new ones.

    Fields of ``local`` get rows; one that was moved keeps the place it had. Raise DefinitionError when a field's type
    has no order.
    """
    given = _Given(session, stored_fields(session, bundle), local or {}, moves_of(bundle))
    problems: list[Problem] = []
    for etype, definition in sorted(bundle.get("forms", {}).items()):
        declared = definition.get("entity", {}).get("index", []) if definition.get("kind") == "entity" else []
        kinds = {info.pointer: info.type for info in list_fields(definition)} if declared else {}
        for at, pointer in enumerate(declared):
            column = column_of_kind(kinds.get(pointer, ""))
            if not column:
                problems.append(_without_order(etype, pointer, f"/forms/{etype}/entity/index/{at}"))
            else:
                given.give(etype, pointer, column)
    if problems:
        raise DefinitionError("release.index", msg("Declared fields can't be indexed"), problems=problems)
    session.flush()
    return given.new


class _Given:
    """The places that are taken, and those that a release takes anew."""

    def __init__(
        self,
        session: Session,
        known: StoredFields,
        local: LocalFields,
        moves: Sequence[Move],
    ) -> None:
        self._session = session
        self._known = known
        self._local = local
        self._moves = moves
        self._used: dict[str, set[str]] = defaultdict(set)
        for row in session.scalars(select(FieldSlot)):
            self._used[row.etype].add(row.slot)
        self.new: dict[str, str] = {}

    def give(self, etype: str, pointer: str, column: str) -> None:
        """Give a field its place, unless it has one."""
        known = self._known.get(etype, {})
        if pointer in known:
            return
        before = earlier_fields(etype, [pointer], self._moves).get(pointer, ())
        stored = next((known[old].stored for old in before if old in known), "")
        slot = None if stored or pointer in self._local.get(etype, ()) else self._free(etype, column)
        if slot is None:
            self._session.add(FieldPlaceRow(etype=etype, pointer=pointer, stored=stored or pointer))
        else:
            self._session.add(FieldSlot(etype=etype, pointer=pointer, slot=slot))
            self._used[etype].add(slot)
        self.new[f"{etype}{pointer}"] = slot or IN_ROWS

    def _free(self, etype: str, column: str) -> str | None:
        return next((slot for slot in SLOTS_OF_COLUMN[column] if slot not in self._used[etype]), None)


def stored_fields(session: Session, bundle: Mapping[str, Any]) -> StoredFields:
    """Return the stored places of the declared fields of a bundle's entity types, by type and pointer."""
    etypes = list(bundle.get("forms") or {})
    found: StoredFields = defaultdict(dict)
    for slot in session.scalars(select(FieldSlot).where(FieldSlot.etype.in_(etypes))):
        found[slot.etype][slot.pointer] = StoredField(slot.pointer, slot.slot)
    for row in session.scalars(select(FieldPlaceRow).where(FieldPlaceRow.etype.in_(etypes))):
        # A field that was moved keeps the column, where it had one.
        before = found[row.etype].get(row.stored)
        found[row.etype][row.pointer] = StoredField(row.stored, before.slot if before else "")
    return dict(found)


def _without_order(etype: str, pointer: str, at: str) -> Problem:
    return Problem(
        "index.type",
        msg("The field %(field)s of %(etype)s has no single value to filter or sort by"),
        {"etype": etype, "field": pointer},
        pointer=at,
        remedy=msg("Take it out of “index”"),
    )
