"""The parts of the JSON Schemas that follow from the tables of knowledge: ``tables.json#/$defs/<name>``.

A schema names them by ``$ref``, as it names the pieces of ``common.json``; no list of names is kept by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.core import acts, effects, referrals
from portal.core.access import ACTIONS, ANY
from portal.core.conditions.operand import comparison_schema
from portal.core.conditions.operators import OPERATORS
from portal.core.forms import presets
from portal.core.indicators.sorts import BREAKDOWNS, COHORTS, SHOWN, SORTS
from portal.core.kinds import field_kinds, input_types
from portal.core.table import derived
from portal.core.widgets import WIDGETS

NAME = "tables"
Definition = dict[str, Any]
# Each part of the schemas, and how it follows from a table.
PARTS: dict[str, Callable[[], Definition]] = {
    "act": lambda: {"enum": list(acts.emitting())},
    "action": lambda: {"enum": [*ACTIONS, ANY]},
    "operator": lambda: {"enum": list(OPERATORS)},
    "comparison": comparison_schema,
    "input_type": lambda: {"enum": list(input_types())},
    "widget": lambda: {"enum": list(WIDGETS)},
    "referral_answer": lambda: {"enum": list(referrals.ANSWERS)},
    "referral_event": lambda: {"enum": list(referrals.event_names())},
    "referral_state": lambda: {"enum": list(referrals.STATES)},
    "field_kind": lambda: {"enum": list(field_kinds())},
    "preset": presets.schema,
    "counted_sort": lambda: {"enum": list(SORTS)},
    "cohort": lambda: {"enum": list(COHORTS)},
    "breakdown": lambda: {"enum": list(BREAKDOWNS)},
    "indicator_shown": lambda: {"enum": list(SHOWN)},
    "effect": lambda: effects.schema("steps"),
    "proposed_effect": lambda: effects.schema("rules"),
}


@derived
def definitions() -> Definition:
    """Return the schema that holds all parts."""
    return {"$defs": {name: part() for name, part in PARTS.items()}}
