"""Decide again on what a stored decision keeps: the same rules give the same answer at any time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.core.rules.decision import Decision
from portal.core.rules.inputs import retyped
from portal.core.rules.rule_set import RuleSet


def is_replayable(kept: Mapping[str, Any]) -> bool:
    """Return whether a stored decision keeps all that the rules saw; those of earlier versions do not."""
    return "day" in kept


def replay(kept: Mapping[str, Any], rules: RuleSet) -> Decision:
    """Return the answer of a rule set to the inputs, the counts and the day that a stored decision keeps."""
    seen = retyped(rules.inputs, kept["facts_used"], tuple(kept["ignored"]))
    return rules.replay(seen, date.fromisoformat(kept["day"]))
