"""Put a county's pack together and check it, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.errors import Problem
from portal.core.packs.check import check
from portal.core.packs.contents import divisions
from portal.core.packs.resolve import resolve
from portal.core.packs.source import MemoryLibrary, PackLibrary
from portal.core.packs.starting.answers import County
from portal.core.packs.starting.bodies import Bodies
from portal.core.packs.starting.files import city_files, county_files
from portal.core.packs.starting.hall import layout_of
from portal.core.packs.starting.surroundings import FOUNDATION, Beside, Surroundings


@dataclass(frozen=True, slots=True)
class Made:
    """The files of the packs that were made, and what the check says of them."""

    packs: tuple[str, ...]
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        """Return the problems that forbid to publish."""
        return [problem for problem in self.problems if problem.severity == "error"]


def bodies_for(around: Surroundings, city: str, county: str) -> Bodies:
    """Return the departments that a county below a city finds, and how they are called in the county."""
    bundle = resolve(around.by_unit.get(city, FOUNDATION), around.library).bundle
    foundation = resolve(FOUNDATION, around.library).bundle
    return Bodies(bundle.get("departments", {}), county, foundation.get("departments", {}))


def try_hall(county: County, bodies: Bodies) -> None:
    """Raise InvalidInput where answers on windows, rooms and departments don't fit one another."""
    layout_of(county, bodies)


def make(around: Surroundings, county: County) -> Made:
    """Return the packs of a county: its own, and that of its city where it has to be new."""
    city = county.city
    packs: dict[str, dict[str, bytes]] = {}
    extends = around.by_unit.get(city.code, FOUNDATION)
    if city.pack and extends == FOUNDATION:
        packs[city.pack] = city_files(city)
        extends = city.pack
    library: PackLibrary = Beside(around.library, MemoryLibrary(packs))
    above = resolve(extends, library).bundle
    bodies = bodies_for(around, city.code, county.name)
    packs[county.pack] = county_files(county, extends, above, bodies, divisions(library, extends))
    library = Beside(around.library, MemoryLibrary(packs))
    found = check(library, list(packs))
    files = {path: content for pack in packs.values() for path, content in pack.items()}
    return Made(tuple(packs), files, tuple(found))
