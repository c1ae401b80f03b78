"""A table by classes of the pack that is taken out: logged, numbered, without classes that tell of few.

It is told for a city and for the units right below it, and for no unit further down.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, NotFound, msg
from portal.core.indicators import Period
from portal.core.indicators.leaving import Leaving
from portal.core.indicators.tables import class_tables, left_out_of_tables
from portal.persistence.models import Unit
from portal.services.indicators.counting import Counting
from portal.services.indicators.exporting import ACTION
from portal.services.indicators.levels import Level, level_of
from portal.services.indicators.parting import Parted, class_of_types, parted
from portal.services.indicators.telling import untold
from portal.services.indicators.wanting import counted_in_time
from portal.services.releases.reading import for_unit, pinned
from portal.services.units.centres import all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal

_WHY = "a table by classes is taken out by a person who may see the board"


@dataclass(frozen=True, slots=True)
class ClassesOut:
    """A table by classes with those that are not told, and the number under which the log knows it."""

    parted: Parted
    hidden: frozenset[str]
    number: str


def take_out_classes(
    portal: Portal, access: Access, origin: Origin, code: str, name: str, axis: str, period: Period, form: str
) -> ClassesOut:
    """Return a table by classes to take out, and note in the log who took it; Conflict where it would tell of few."""
    found = parted(portal, access, code, name, axis, period)
    if found.table is None:
        raise NotFound("table.unknown", msg("There is no such table"))
    if name in Leaving.of(found.bundle.settings).figures:
        raise Conflict(
            "export.protected", msg("The pack protects this figure: its classes are not taken out")
        )
    hidden = _hidden(portal, found)
    number = secrets.token_hex(5).upper()
    with portal.writing(access, origin) as uow:
        month = f"{period.year}-{period.month:02d}"
        said = {"number": number, "month": month, "as": form, "table": found.table.id, "indicators": [name]}
        unit = found.unit
        uow.audit_event(ACTION, kind="board", object_id=unit.code, unit_path=unit.path, after=said)
        uow.commit()
    return ClassesOut(found, hidden, number)


def _hidden(portal: Portal, found: Parted) -> frozenset[str]:
    """Return the classes that are not told; Conflict where none is, or where the board does not tell the whole."""
    unit, table = found.unit, found.table
    assert table is not None
    if len(unit.ancestor_ids) > 2:
        raise Conflict(
            "table.level", msg("It is taken out for a city or a county, not for a unit further down")
        )
    with portal.reading(Access.system(_WHY)) as session:
        root = session.get_one(Unit, unit.ancestor_ids[0])
        bundle, period = for_unit(portal, session, root), found.period
        level = level_of(session, root)
        with counted_in_time(session):
            rows = _rows(portal, session, found, level)
            few = untold(portal, session, root, bundle, [period])[period].get(found.indicator.id, frozenset())
        kinds = {kind for row in rows.values() for kind in row}
        own = {table.id: class_of_types(found.bundle, table, kinds)}
        left = left_out_of_tables(rows, {**_falls(portal, session, kinds), **own})
    here = left.whole if unit.id == root.id else left.centres
    # A centre that the board does not tell would follow from the others and the city, class by class.
    whole = {root.id} if unit.id == root.id else {*level.ids, -root.id}
    if here is None or not few.isdisjoint(whole):
        message = msg(
            "Nothing is told by class for single units: in this period one of them has too few matters"
        )
        raise Conflict("table.few", message)
    return here[table.id]


def _rows(portal: Portal, session: Session, found: Parted, level: Level) -> dict[int, Counter[str]]:
    """Return the dispute types of each unit right below the city, and of what lies at the city itself."""
    counting = Counting(portal, session, level.place, found.bundle, portal.clock.now())
    rows: dict[int, Counter[str]] = {}
    for unit_id, types in counting.broken_by_unit(found.indicator, found.period, "type").items():
        rows.setdefault(level.child[unit_id], Counter()).update(types)
    return rows


def _falls(portal: Portal, session: Session, kinds: Set[str]) -> dict[str, dict[str, str]]:
    """Return the tables of all centres: into which class of each one every type falls."""
    found: dict[str, dict[str, str]] = {}
    for release_id in sorted({one.release_id for one in all_centres(session)}):
        bundle = pinned(portal, session, release_id)
        for table in class_tables(bundle.settings).values():
            falls = class_of_types(bundle, table, kinds)
            found[f"{table.id}@{release_id}"] = falls
    return found
