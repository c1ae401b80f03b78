"""What rules propose, in words: an action with the names of the things that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.core.effects import EFFECTS
from portal.core.errors import Translator, msg

# The name of a thing by its kind (department, route ...) and identifier.
Named = Callable[[str, str], str]
# Kinds of things that actions name, as the references of editors call them.
REFERENCES: Mapping[str, str] = {
    "department": "departments",
    "route": "routes",
    "document": "documents",
    "task": "tasks",
    "flag": "flags",
    "role": "roles",
    "stage": "stages",
    "lane": "stages",
    "grade": "grades",
    "mode": "modes",
    "deadline": "deadlines",
    "window": "windows",
    "room": "rooms",
    "zone": "zones",
    "subcentre": "subcentres",
    "entity": "forms",
}
LEVELS = {
    "up": msg("one level up"),
    "down": msg("the unit of the place"),
    "centre": msg("the centre itself"),
}
_WORDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "refer": (
        ("to", "to", msg("hand over to %(names)s")),
        ("assist", "department", msg("with the help of %(names)s")),
        ("route", "route", msg("by way of %(names)s")),
        ("mode", "mode", msg("as %(names)s")),
        ("deadline", "deadline", msg("within: %(names)s")),
    ),
    "exclude": (("route", "route", msg("rule out %(names)s")),),
    "require": (
        ("documents", "document", msg("ask for %(names)s")),
        ("steps", "task", msg("have done: %(names)s")),
    ),
    "flag": (("flag", "flag", msg("mark it: %(names)s")),),
    "notify": (
        ("roles", "role", msg("notify %(names)s")),
        ("departments", "department", msg("notify %(names)s")),
    ),
    "suggest_stage": (("stage", "stage", msg("suggest the stage %(names)s")),),
    "grade": (("grade", "grade", msg("grade it: %(names)s")),),
    "deadline": (("deadline", "deadline", msg("start the period %(names)s")),),
}


def said_action(action: Mapping[str, Any], named: Named, translate: Translator) -> str:
    """Return what an action proposes, in words."""
    do = str(action.get("do", ""))
    parts = []
    for key, kind, words in _WORDS.get(do, ()):
        if key in action:
            names = _names(action[key], kind, named, translate)
            parts.append(translate(words) % {"names": translate(msg(", ")).join(names)})
    if not parts:
        return translate(EFFECTS[do].words) if do in EFFECTS else do
    return translate(msg("; ")).join(parts)


def _names(value: Any, kind: str, named: Named, translate: Translator) -> list[str]:
    if isinstance(value, Mapping):
        return [
            translate(LEVELS[code]) if key == "tier" and code in LEVELS else named(key, str(code))
            for key, code in value.items()
        ]
    return [named(kind, str(one)) for one in (value if isinstance(value, list | tuple) else [value])]
