"""Layout: what a centre consists of, its pattern formula, and who is on duty."""

from portal.core.layout.duty import (
    Duty,
    OnCall,
    Seat,
    duty_of,
    is_open,
    is_there,
    next_open,
    off_duty,
    resolve,
)
from portal.core.layout.formula import Formula, Term, UnitNames, formula, members_of
from portal.core.layout.levels import LEVELS, definition_at, layout_at
from portal.core.layout.model import Layout, Roster, Stationing, Thing
from portal.core.layout.numerals import counted, numeral

__all__ = [
    "LEVELS",
    "Duty",
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
    "duty_of",
    "formula",
    "is_open",
    "is_there",
    "layout_at",
    "members_of",
    "next_open",
    "numeral",
    "off_duty",
    "resolve",
]
