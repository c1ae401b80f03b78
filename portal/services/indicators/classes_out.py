"""A table by classes of the pack that is taken out: logged, numbered, without classes that tell of few.

It is told for a city and for the units right below it, and for no unit further down.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, NotFound, msg
from portal.core.indicators import Counts, Period
from portal.core.indicators.leaving import Leaving
from portal.core.indicators.tables import untold_of_centres, untold_of_whole
from portal.persistence.models import Unit
from portal.services.indicators.counting import Counting
from portal.services.indicators.exporting import ACTION
from portal.services.indicators.levels import level_of
from portal.services.indicators.parting import Parted, by_class, parted
from portal.services.indicators.sources import Place
from portal.services.indicators.wanting import counted_in_time

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
    unit = found.unit
    if len(unit.ancestor_ids) > 2:
        raise Conflict(
            "table.level", msg("It is taken out for a city or a county, not for a unit further down")
        )
    if len(unit.ancestor_ids) == 1:
        return untold_of_whole({key: one.base for key, one in found.now.items()})
    with portal.reading(Access.system(_WHY)) as session:
        hidden = untold_of_centres(_rows(portal, session, found))
    if hidden is None:
        message = msg(
            "Nothing is told by class for single units: in this period one of them has too few matters"
        )
        raise Conflict("table.few", message)
    return hidden


def _rows(portal: Portal, session: Session, found: Parted) -> dict[int, Counter[str]]:
    """Return the classes of each unit right below the city, and of what lies at the city itself."""
    assert found.table is not None
    root = session.get_one(Unit, found.unit.ancestor_ids[0])
    level = level_of(session, root)
    counting = Counting(portal, session, Place(root.id, root.path), found.bundle, portal.clock.now())
    rows: dict[int, Counter[str]] = {}
    with counted_in_time(session):
        by_unit = counting.broken_by_unit(found.indicator, found.period, "type")
    for unit_id, types in by_unit.items():
        counts = by_class(found.bundle, found.table, {key: Counts(0, one) for key, one in types.items()})
        row = rows.setdefault(level.child[unit_id], Counter())
        row.update({key: one.base for key, one in counts.items()})
    return rows
