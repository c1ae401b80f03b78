"""Where the things of a bundle are used: by rules, steps, types of disputes, periods, documents and worklists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Use = tuple[str, str]  # the section that uses it, and the entry of that section
# What an action of a rule names, by its member: the section of the thing named.
_NAMED = {
    "route": "routes",
    "deadline": "deadlines",
    "mode": "modes",
    "flag": "flags",
    "grade": "grades",
    "documents": "documents",
    "steps": "tasks",
    "document": "documents",
    "task": "tasks",
    "assist": "departments",
    "roles": "roles",
}


def uses_of(bundle: Mapping[str, Any]) -> dict[Use, list[Use]]:
    """Return what uses each thing of a bundle: (section, key) to the users, each once, in order."""
    found: dict[Use, dict[Use, None]] = defaultdict(dict)
    for thing, user in _all(bundle):
        found[thing].setdefault(user)
    return {thing: list(users) for thing, users in found.items()}


def _all(bundle: Mapping[str, Any]) -> Iterator[tuple[Use, Use]]:
    for rules in (bundle.get("rules") or {}).values():
        for key, rule in (rules.get("rules") or {}).items():
            for action in rule.get("then") or ():
                yield from _of_action(action, ("rules", key))
    for lifecycle in (bundle.get("lifecycles") or {}).values():
        for key, step in (lifecycle.get("transitions") or {}).items():
            yield from ((("roles", role), ("steps", key)) for role in step.get("roles", ()))
            if step.get("form"):
                yield ("forms", step["form"]), ("steps", key)
            for effect in step.get("then") or ():
                yield from _of_action(effect, ("steps", key))
    for taxonomy in (bundle.get("taxonomies") or {}).values():
        for key, term in (taxonomy.get("terms") or {}).items():
            yield from ((("departments", one), ("types", key)) for one in term.get("departments", ()))
            for name in ("route", "deadline"):
                if term.get(name):
                    yield (_NAMED[name], term[name]), ("types", key)
    for key, period in (bundle.get("deadlines") or {}).items():
        for name in ("starts", "ends", "pauses"):
            yield from (
                (("events", one), ("deadlines", key))
                for one in period.get(name) or ()
                if isinstance(one, str)
            )
        if period.get("route"):
            yield ("routes", period["route"]), ("deadlines", key)
    for key, worklist in (bundle.get("worklists") or {}).items():
        yield from ((("roles", role), ("worklists", key)) for role in worklist.get("roles", ()))


def _of_action(action: Mapping[str, Any], user: Use) -> Iterator[tuple[Use, Use]]:
    for name, section in _NAMED.items():
        value = action.get(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield (section, one), user
    to = action.get("to")
    if isinstance(to, dict) and isinstance(to.get("department"), str):
        yield ("departments", to["department"]), user
