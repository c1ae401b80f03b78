"""Where the things of a bundle are used: by rules, steps, types of disputes, periods, documents and worklists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from portal.core.effects import EFFECTS
from portal.core.packs.check.naming import SECTIONS, VALUES
from portal.core.packs.check.periods import BY_EVENTS

Use = tuple[str, str]  # the section that uses it, and the entry of that section
_TO = "to"  # the name of what a proposal leads to: a map of kind to name


def uses_of(bundle: Mapping[str, Any]) -> dict[Use, list[Use]]:
    """Return what uses each thing of a bundle: (section, key) to the users, each once, in order."""
    found: dict[Use, dict[Use, None]] = defaultdict(dict)
    for thing, user in _all(bundle):
        found[thing].setdefault(user)
    return {thing: list(users) for thing, users in found.items()}


def _all(bundle: Mapping[str, Any]) -> Iterator[tuple[Use, Use]]:
    for rules in (bundle.get("rules") or {}).values():
        for key, rule in (rules.get("rules") or {}).items():
            yield from _of_effects(rule.get("then"), ("rules", key))
    for lifecycle in (bundle.get("lifecycles") or {}).values():
        for key, step in (lifecycle.get("transitions") or {}).items():
            yield from ((("roles", role), ("steps", key)) for role in step.get("roles", ()))
            if step.get("form"):
                yield ("forms", step["form"]), ("steps", key)
            yield from _of_effects(step.get("then"), ("steps", key))
    for taxonomy in (bundle.get("taxonomies") or {}).values():
        for key, term in (taxonomy.get("terms") or {}).items():
            yield from ((("departments", one), ("types", key)) for one in term.get("departments", ()))
            for kind in ("route", "deadline"):
                if term.get(kind):
                    yield (section_of(kind), term[kind]), ("types", key)
    for key, period in (bundle.get("deadlines") or {}).items():
        events = [one for name in BY_EVENTS for one in period.get(name) or ()]
        yield from ((("events", one), ("deadlines", key)) for one in events)
        if period.get("route"):
            yield ("routes", period["route"]), ("deadlines", key)
    for key, indicator in (bundle.get("indicators") or {}).items():
        yield from ((("indicators", one), ("indicators", key)) for one in indicator.get("pairs", ()))
    for key, worklist in (bundle.get("worklists") or {}).items():
        yield from ((("roles", role), ("worklists", key)) for role in worklist.get("roles", ()))


def section_of(kind: str) -> str:
    """Return the section in which a kind of thing stands: ``departments`` for a department."""
    return VALUES.get(kind) or SECTIONS.get(kind, "").rpartition("/")[2]


def _of_effects(effects: Any, user: Use) -> Iterator[tuple[Use, Use]]:
    """Yield each thing that effects name, by what the table of effects says of their parameters."""
    for effect in effects or ():
        known = EFFECTS.get(effect.get("do", ""))
        for name, parameter in (known.parameters if known else {}).items():
            value = effect.get(name)
            if parameter.names == _TO and isinstance(value, dict):
                named = [(kind, one) for kind, one in value.items()]
            else:
                named = [(parameter.names, one) for one in (value if isinstance(value, list) else [value])]
            for kind, one in named:
                section = section_of(kind)
                if section and isinstance(one, str):
                    yield (section, one), user
