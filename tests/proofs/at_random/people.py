"""The people of three counties: twelve roles at the city, at centres, towns, villages and in departments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.persistence.models import Unit
from portal.services import users
from portal.services.portal import Portal

SYSTEM = Access.system("proof")
CITY = "530100"
# Each of them resolves its packs otherwise: one takes the city's stages over, one changes them, one has its own.
COUNTIES = ("530112", "530102", "530115")
CENTRE = ("clerk", "triage", "director", "appraiser", "mediator", "inspector", "archivist")
TOWN = ("clerk", "triage", "director", "mediator")
VILLAGE = ("grid_worker",)
DEPARTMENT = ("handler", "reviewer")
TOP = ("supervisor", "director", "triage", "config_admin")
# Somebody receives in these; matters go to no other.
STAFFED = (
    "people_mediation",
    "justice",
    "court",
    "labour_arbitration",
    "labour_inspection",
    "police",
    "petition",
    "housing",
    "market",
    "natural_resources",
    "procuratorate",
    "review",
)
ROLES = frozenset(chain(CENTRE, TOWN, VILLAGE, DEPARTMENT, TOP))


@dataclass(frozen=True)
class Person:
    """An account with one role at one unit."""

    name: str
    role: str
    unit: str
    path: str
    access: Access

    @property
    def said(self) -> str:
        """Return the person as a trail names them."""
        return f"{self.role}@{self.unit}"


@dataclass(frozen=True)
class Land:
    """So much of the land has people: counties, towns of each, villages of each town, departments of each county."""

    counties: int = 3
    towns: int = 2
    villages: int = 1
    departments: int = len(STAFFED)

    def units(self, session: Session) -> dict[str, list[str]]:
        """Return the units that have people, by the county; its own departments are among them."""
        found: dict[str, list[str]] = {}
        for county in COUNTIES[: self.counties]:
            towns = _below(session, county, self.towns)
            villages = [one for town in towns for one in _below(session, town, self.villages)]
            wanted = [f"{county}:{name}" for name in STAFFED[: self.departments]]
            known = session.scalars(select(Unit.code).where(Unit.code.in_(wanted), Unit.active))
            found[county] = [*towns, *villages, *sorted(known)]
        return found


def _below(session: Session, code: str, most: int) -> list[str]:
    above = select(Unit.id).where(Unit.code == code).scalar_subquery()
    query = select(Unit.code).where(Unit.parent_id == above, Unit.kind == "division", Unit.active)
    return list(session.scalars(query.order_by(Unit.code).limit(most)))


def _roles(code: str) -> tuple[str, ...]:
    if ":" in code:
        return DEPARTMENT
    return VILLAGE if len(code) > len("530112001") else TOWN


def settle(portal: Portal, land: dict[str, list[str]]) -> list[Person]:
    """Give accounts to the people of the counties, and return them."""
    held = [(CITY, role) for role in TOP]
    for county, units in land.items():
        held += [(county, role) for role in CENTRE]
        held += [(code, role) for code in units for role in _roles(code)]
    made = []
    with portal.writing(SYSTEM, Origin()) as uow:
        paths = {unit.code: unit.path for unit in uow.session.scalars(select(Unit))}
        for at, (unit, role) in enumerate(held):
            user = users.create(uow, f"p{at}", "-", "某", role, hashed=True)
            users.assign(uow, user.id, role, unit, audited=False)
            made.append((user.id, f"p{at}", role, unit, paths[unit]))
        uow.commit()
    return [
        Person(name, role, unit, path, users.access_of(portal, number))
        for number, name, role, unit, path in made
    ]
