"""Try a release's rule sets in a child process before they are published."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import Problem
from portal.core.packs import Release
from portal.core.rules.examples import Known


def verify(resolved: Release, known: Mapping[str, Known]) -> list[Problem]:
    """Return the faults of the rule sets that the engine finds, in a process of its own.

    A rule set that would crash the engine crashes that process, and is refused; no web process ever meets it.
    ``known`` says of each rule set of which rules its examples speak, as the check of packs has it: a broad rule of
    a county is no fault of the examples above.
    """
    from portal.adapters.rule_engine import verify_in_child

    definitions = resolved.bundle.get("taxonomies", {})
    problems: list[Problem] = []
    for rules_id, definition in sorted(resolved.bundle.get("rules", {}).items()):
        file = f"rule_sets/{resolved.pack}/{rules_id}.json"
        tried = verify_in_child(definition, taxonomies=definitions, file=file, known=known.get(rules_id, ()))
        problems.extend(tried)
    return problems
