"""A new centre: unit, what it works by, name, a draft of its own, and what is still of the configuration above."""

from portal.services.new_centre.guidelines import Guideline, guidelines_for, named
from portal.services.new_centre.opening import Order, begin_centre
from portal.services.new_centre.places import Place, may_open_any, places_to_open, require_place
from portal.services.new_centre.remaining import PartLeft, still_above
from portal.services.new_centre.units_table import UnitsPlan, add_units, plan_of, table_again

__all__ = [
    "Guideline",
    "Order",
    "PartLeft",
    "Place",
    "UnitsPlan",
    "add_units",
    "begin_centre",
    "guidelines_for",
    "may_open_any",
    "named",
    "places_to_open",
    "plan_of",
    "require_place",
    "still_above",
    "table_again",
]
