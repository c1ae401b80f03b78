"""The one condition language: show-if in forms, guards of transitions, conditions of rules.

A condition is data. It is parsed once (all problems at once), then evaluated or explained against facts. It
can't call, compute or loop, and a comparison with a missing or wrongly typed value never holds.
"""

from portal.core.conditions.describe import describe
from portal.core.conditions.evaluate import Env, Terms, evaluate, explain
from portal.core.conditions.model import Atom, Condition, CountQuery, Group, bind, leaving_out, pointers
from portal.core.conditions.operand import FieldType
from portal.core.conditions.parse import parse
from portal.core.conditions.trace import Trace
from portal.core.conditions.units import DivisionCodes

__all__ = [
    "Atom",
    "Condition",
    "CountQuery",
    "DivisionCodes",
    "Env",
    "FieldType",
    "Group",
    "Terms",
    "Trace",
    "bind",
    "describe",
    "evaluate",
    "explain",
    "leaving_out",
    "parse",
    "pointers",
]
