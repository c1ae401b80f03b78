"""A county of its own from a few answers: its pack, and that of its city where there is none."""

from portal.core.packs.starting.answers import City, County, Place, Stay
from portal.core.packs.starting.areas import city_code, county_code, joined, read_units, units_in
from portal.core.packs.starting.bodies import Bodies
from portal.core.packs.starting.files import city_files, county_files, divisions_table, pack_of
from portal.core.packs.starting.making import Made, bodies_for, make, try_hall
from portal.core.packs.starting.people import people_table, staff_table
from portal.core.packs.starting.shell import places_file
from portal.core.packs.starting.surroundings import Surroundings
from portal.core.packs.starting.typed import (
    days_of,
    hours_of,
    name_of,
    open_days_of,
    places_of,
    stays_of,
    word_of,
)

__all__ = [
    "Bodies",
    "City",
    "County",
    "Made",
    "Place",
    "Stay",
    "Surroundings",
    "bodies_for",
    "city_code",
    "city_files",
    "county_code",
    "county_files",
    "days_of",
    "divisions_table",
    "hours_of",
    "joined",
    "make",
    "name_of",
    "open_days_of",
    "pack_of",
    "people_table",
    "places_file",
    "places_of",
    "read_units",
    "staff_table",
    "stays_of",
    "try_hall",
    "units_in",
    "word_of",
]
