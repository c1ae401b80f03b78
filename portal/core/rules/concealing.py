"""A stored decision for a reader who may not see some of what the rules saw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from portal.core.rules.reasons import filled, places, variants
from portal.core.rules.rule_set import RuleSet
from portal.core.text import Texts


def concealed(
    rule_set: RuleSet, result: Mapping[str, Any], closed: Collection[str], texts: Callable[[str], Texts]
) -> dict[str, Any]:
    """Return ``result`` without the inputs ``closed``: no facts of theirs, and dots in the reasons that name them.

    Which rules fired, and what they propose, is told to whoever sees the record.
    """
    facts = {name: value for name, value in result["facts_used"].items() if name not in closed}
    templates = {rule.id: rule.reason for rule in rule_set.rules}
    wording = rule_set.wording(facts, closed)

    def worded(fired: Mapping[str, Any]) -> dict[str, Any]:
        template = templates[fired["id"]]
        named = {name for variant in variants(template) for name in places(variant)[0]}
        if named.isdisjoint(closed):
            return dict(fired)
        reason = {lang: filled(texts(lang)(template), wording(texts(lang))) for lang in fired["reason"]}
        return {**fired, "reason": reason}

    return {**result, "facts_used": facts, "fired": [worded(fired) for fired in result["fired"]]}
