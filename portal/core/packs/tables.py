"""The parts of the JSON Schemas that follow from the tables of knowledge: ``tables.json#/$defs/<name>``.

A schema names them by ``$ref``, as it names the pieces of ``common.json``; no list of names is kept by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.core import acts, referrals
from portal.core.access import ACTIONS, ANY
from portal.core.conditions.operators import OPERATORS
from portal.core.table import derived

NAME = "tables"
Definition = dict[str, Any]
# Each part of the schemas, and how it follows from a table.
PARTS: dict[str, Callable[[], Definition]] = {
    "act": lambda: {"enum": list(acts.emitting())},
    "action": lambda: {"enum": [*ACTIONS, ANY]},
    "operator": lambda: {"enum": list(OPERATORS)},
    "referral_event": lambda: {"enum": list(referrals.event_names())},
}


@derived
def definitions() -> Definition:
    """Return the schema that holds all parts."""
    return {"$defs": {name: part() for name, part in PARTS.items()}}
