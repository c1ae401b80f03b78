"""The units of a county from a spreadsheet: tried first; new ones are added, none that is there is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.adapters.workbooks import read_any
from portal.core.access import ADD, ROOT, Access
from portal.core.csv_tables import csv_of
from portal.core.divisions import LEVELS, Division, UnitNode
from portal.core.errors import Conflict, InvalidInput, Problem, msg
from portal.core.packs.starting import city_code, county_code, units_in
from portal.core.packs.starting.areas import HEADINGS, NEEDED
from portal.persistence.models import Unit
from portal.services import units
from portal.services.units.lookup import known_units

if TYPE_CHECKING:
    from portal.services.portal import Work

SOURCE = "spreadsheet"


@dataclass(frozen=True, slots=True)
class UnitsPlan:
    """What a table of units would do: the county, the units it adds, those it names otherwise, those already there."""

    county: str
    name: str
    rows: tuple[Division, ...]
    added: tuple[Division, ...]
    otherwise: tuple[tuple[str, str, str], ...]
    there: int

    def count(self, level: str) -> int:
        """Return how many units of a level the table adds."""
        return sum(one.level == level for one in self.added)


def plan_of(session: Session, access: Access, county: str, content: bytes, file: str = "") -> UnitsPlan:
    """Return what a table would do; InvalidInput has each line that can't be used, and what is missing above."""
    code = county_code(county)
    table = read_any(content, HEADINGS, needed=NEEDED, plain=NEEDED, file=file)
    named = [str(row["code"]) for row in table.rows]
    here = known_units(session, {*named, *(one[:9] for one in named), *_above(code), code})
    rows, problems = units_in(table, code, file=file, known=here)
    if problems:
        raise InvalidInput("units.refused", msg("Nothing was added"), problems=problems)
    known = known_units(session, {*(one.code for one in rows), *_above(code), code})
    rows = _placed(rows, code, known)
    missing = _missing(rows, code, known)
    if missing:
        raise InvalidInput("units.refused", msg("Nothing was added"), problems=missing)
    added = tuple(one for one in rows if one.code not in known)
    _require(access, added, known)
    names = {one.code: one.name for one in rows}
    otherwise = tuple(
        (one, known[one].name, name)
        for one, name in names.items()
        if one in known and known[one].name != name
    )
    name = known[code].name if code in known else names[code]
    return UnitsPlan(code, name, tuple(rows), added, otherwise, len(rows) - len(added))


def add_units(uow: Work, plan: UnitsPlan) -> int:
    """Add the new units of a plan in one act; return how many there were."""
    known = known_units(uow.session, [one.code for one in plan.rows])
    twice = [one for one in plan.added if one.code in known]
    if twice:
        raise Conflict("units.meanwhile", msg("Somebody added units meanwhile; try the table again"))
    nodes = [
        UnitNode(one.code, one.name, one.level, one.parent_code, one.parent_code, one.flag)
        for one in plan.added
    ]
    return len(units.load(uow, nodes, source=SOURCE).added) if nodes else 0


def table_again(plan: UnitsPlan) -> str:
    """Return the units of a plan as the table that is sent again: what was tried is what is added."""
    return csv_of(
        [HEADINGS[name][0] for name in NEEDED], ((one.code, one.name) for one in plan.rows)
    ).decode()


def _above(county: str) -> Sequence[str]:
    city, level = city_code(county)
    return (city,) if level == "province" or city.endswith("0000") else (city, f"{county[:2]}0000")


def _placed(rows: Sequence[Division], county: str, known: Mapping[str, Unit]) -> list[Division]:
    """Return rows with the levels and parents of what lies above the county, each after its parent."""
    city, level = city_code(county)
    top = f"{county[:2]}0000"
    has_top = top in known or any(one.code == top for one in rows)
    parents = {county: (city, "county"), city: (top if has_top and city != top else "", level)}
    placed = [
        replace(one, parent_code=parents[one.code][0], level=parents[one.code][1])
        if one.code in parents
        else replace(one, parent_code="", level="province")
        if one.code == top
        else one
        for one in rows
    ]
    return sorted(placed, key=lambda one: (LEVELS.index(one.level), one.code))


def _missing(rows: Sequence[Division], county: str, known: Mapping[str, Unit]) -> list[Problem]:
    """Return a problem for each unit at and above the county of which neither the table nor the portal has a name."""
    named = {one.code for one in rows}
    return [
        Problem(
            "units.no_name_above",
            msg("The portal does not know %(code)s yet, and the table has no line for it"),
            {"code": code},
            remedy=msg("Add a line with the code and its name"),
        )
        for code in (city_code(county)[0], county)
        if code not in named and code not in known
    ]


def _require(access: Access, added: Sequence[Division], known: Mapping[str, Unit]) -> None:
    """Raise Forbidden unless the person may add units wherever a new one begins."""
    new = {one.code for one in added}
    for one in added:
        if one.parent_code in new:
            continue
        parent = known.get(one.parent_code)
        access.require("unit", ADD, parent.path if parent is not None else ROOT)
