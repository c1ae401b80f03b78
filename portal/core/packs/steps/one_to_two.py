"""Format 1 -> 2: periods and documents are read by machine, tasks are things of their own.

What format 1 said in free text stays as words under a ``*_text`` key; nothing is guessed from words. A key renamed in
a patch that removes it (``null``) removes the words.
"""

from __future__ import annotations

from typing import Any

from portal.core.packs.steps import Change, Content, by_section, each, renamed

_PERIOD = {
    "starts": "starts_text",
    "pauses": "pauses_text",
    "who": "who_text",
    "on_expiry": "on_expiry_text",
}
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


# Each section that format 2 writes differently: how its map, whole or a patch, is written anew.
SECTIONS: dict[str, Change] = {
    "deadlines": lambda periods: each(periods, _period),
    "documents": lambda documents: each(documents, _document),
}


def step(content: Content) -> dict[str, Any]:
    """Return content of format 1 in format 2."""
    return _with_tasks(by_section(content, SECTIONS))


def _with_tasks(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the labels of steps, a value for local use in format 1, as tasks."""
    settings = content.get("settings")
    values = settings.get("values") if isinstance(settings, dict) else None
    steps = values.get("steps") if isinstance(values, dict) else None
    if not isinstance(settings, dict) or not isinstance(values, dict) or not isinstance(steps, dict):
        return content
    kept = {key: value for key, value in values.items() if key != "steps"}
    tasks = {key: {"title": label} if isinstance(label, str) else label for key, label in steps.items()}
    return {**content, "settings": {**settings, "values": kept}, "tasks": tasks}
