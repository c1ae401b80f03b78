"""Taking over records of other systems: tables and their headings, mappings that are kept, rows as data of a form."""

from portal.core.importing.cells import Table, Tables, by_heading, tables_of
from portal.core.importing.converting import Found, Look, Row, convert
from portal.core.importing.mapping import Mapping, mapping_of
from portal.core.importing.suggesting import suggested
from portal.core.importing.targets import (
    CLOSED_ON,
    NUMBER,
    REGISTERED_ON,
    STAGE,
    UNIT,
    Target,
    targets_of,
)

__all__ = [
    "CLOSED_ON",
    "NUMBER",
    "REGISTERED_ON",
    "STAGE",
    "UNIT",
    "Found",
    "Look",
    "Mapping",
    "Row",
    "Table",
    "Tables",
    "Target",
    "by_heading",
    "convert",
    "mapping_of",
    "suggested",
    "tables_of",
    "targets_of",
]
