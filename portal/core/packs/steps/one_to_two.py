"""Format 1 -> 2: periods and documents are read by machine, tasks are things of their own, grants allow something.

What format 1 said in free text stays as words under a ``*_text`` key; nothing is guessed from words. A key renamed in
a patch that removes it (``null``) removes the words.
"""

from __future__ import annotations

from typing import Any

from portal.core import pointer as pointers
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.steps import Change, Content, by_section, each, renamed

_PERIOD = {
    "starts": "starts_text",
    "pauses": "pauses_text",
    "who": "who_text",
    "on_expiry": "on_expiry_text",
}
# Things on which roles of format 1 could grant actions that allowed nothing.
_NO_THINGS = frozenset({"layout", "job"})
# Actions that allowed nothing; named here, for a step stays what it was.
_NO_ACTIONS = frozenset({"export"})
_DOCUMENT = {
    "stage": "stage_text",
    "issued_by": "issued_by_text",
    "to": "to_text",
    "fields": "fields_text",
    "signatures": "signatures_text",
    "archive": "archive_text",
}


def _period(period: dict[str, Any]) -> dict[str, Any]:
    extension = period.get("extension")
    if isinstance(extension, dict):
        period["extension"] = renamed(extension, approver="approver_text")
    return renamed(period, **_PERIOD)


def _document(document: dict[str, Any]) -> dict[str, Any]:
    if isinstance(document.get("number"), str):
        document["number"] = {"pattern": document["number"]}
    return renamed(document, **_DOCUMENT)


def _role(role: dict[str, Any]) -> dict[str, Any]:
    grants = role.get("grants")
    if not isinstance(grants, dict):
        return role
    return role | {
        "grants": {name: _granted(actions) for name, actions in grants.items() if name not in _NO_THINGS}
    }


def _granted(actions: Any) -> Any:
    if isinstance(actions, list):
        return [action for action in actions if not (isinstance(action, str) and action in _NO_ACTIONS)]
    if is_list_edit(actions):
        return {word: _granted(entries) for word, entries in actions.items()}
    return actions


# Each section that format 2 writes differently: how its map, whole or a patch, is written anew.
SECTIONS: dict[str, Change] = {
    "deadlines": lambda periods: each(periods, _period),
    "documents": lambda documents: each(documents, _document),
    "roles": lambda roles: each(roles, _role),
}


def step(content: Content) -> dict[str, Any]:
    """Return content of format 1 in format 2."""
    return _with_tasks(by_section(content, SECTIONS))


def pointer(where: str) -> str:
    """Return the bundle pointer of format 2 for a place of format 1."""
    match pointers.split(where):
        case ["settings", "values", "steps", *rest]:
            return pointers.join(["tasks", *rest])
        case ["deadlines", code, "extension", "approver", *rest]:
            return pointers.join(["deadlines", code, "extension", "approver_text", *rest])
        case ["deadlines", code, key, *rest]:
            return pointers.join(["deadlines", code, _PERIOD.get(key, key), *rest])
        case ["documents", code, "number", *rest]:
            return pointers.join(["documents", code, "number", "pattern", *rest])
        case ["documents", code, key, *rest]:
            return pointers.join(["documents", code, _DOCUMENT.get(key, key), *rest])
    return where


def _with_tasks(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the labels of steps, a value for local use in format 1, as tasks.

    A patch that removes them, or what holds them, removes the tasks.
    """
    value: Any = content
    for key in ("settings", "values", "steps"):
        if not isinstance(value, dict) or key not in value:
            return content
        value = value[key]
        if value is None:
            return (
                {"tasks": None, **content} if key != "steps" else {**_without_steps(content), "tasks": None}
            )
    if not isinstance(value, dict):
        return content
    tasks = {key: {"title": label} if isinstance(label, str) else label for key, label in value.items()}
    return {**_without_steps(content), "tasks": tasks}


def _without_steps(content: dict[str, Any]) -> dict[str, Any]:
    settings = content["settings"]
    values = {key: value for key, value in settings["values"].items() if key != "steps"}
    return {**content, "settings": {**settings, "values": values}}
