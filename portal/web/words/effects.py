"""What an effect of a step says, in words: documents, tasks, periods, roles by their titles in the release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.core import effects
from portal.core.encrypted import is_destroyed
from portal.core.errors import msg
from portal.web.language import translate
from portal.web.words.screen import Screen

_SECTIONS = {
    "document": "documents",
    "task": "tasks",
    "deadline": "deadlines",
    "role": "roles",
    "department": "departments",
    "route": "routes",
    "entity": "forms",
}
# The parameters of effects that name tasks, or say how they are made.
_TASKS = frozenset({"task", "steps", "due", "words", "unit", "person", "whole", "past", "why"})
_VALUES = {"flag": "flags", "grade": "grades", "mode": "modes"}


def effect_words(screen: Screen, event: Any) -> str:
    """Return what a row of the history about an effect names, one thing after another."""
    if is_destroyed(event.data):
        return ""
    said = {"do": event.name, **(event.data or {}).get("said", {})}
    return translate(msg(", ")).join(dict.fromkeys(_named(screen, said)))


def left_words(screen: Screen, event: Any) -> str | None:
    """Return what an effect left to be done beside tasks, which have a list of their own; None where nothing."""
    said = {"do": event.name, **(event.data or {}).get("said", {})}
    rest = {name: value for name, value in said.items() if name not in _TASKS}
    if len(rest) < 2 and len(said) > 1:
        return None
    return translate(msg(", ")).join(dict.fromkeys(_named(screen, rest)))


def _named(screen: Screen, said: dict[str, Any]) -> Iterator[str]:
    for one in effects.named(said):
        if one.kind in ("stage", "lane"):
            yield screen.stages.get(one.id, one.id)
        elif one.kind in _VALUES:
            known = screen.bundle.settings.get("values", {}).get(_VALUES[one.kind], {})
            yield screen.texts(known.get(one.id), one.id)
        else:
            entry = screen.bundle.raw.get(_SECTIONS.get(one.kind, ""), {}).get(one.id, {})
            yield screen.texts(entry.get("title") or entry.get("name"), one.id)
