"""Layout: what a centre consists of, its pattern formula, and who is on duty."""

from portal.core.layout.duty import OnCall, Seat, resolve
from portal.core.layout.formula import Formula, Term, UnitNames, formula, members_of
from portal.core.layout.levels import LEVELS, definition_at, layout_at
from portal.core.layout.model import Layout, Roster, Stationing, Thing
from portal.core.layout.numerals import counted, numeral

__all__ = [
    "LEVELS",
    "Formula",
    "Layout",
    "OnCall",
    "Roster",
    "Seat",
    "Stationing",
    "Term",
    "Thing",
    "UnitNames",
    "counted",
    "definition_at",
    "formula",
    "layout_at",
    "members_of",
    "numeral",
    "resolve",
]
