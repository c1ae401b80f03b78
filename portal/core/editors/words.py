"""The ui part of the editors: what each place of a format is called, what it chooses among, where it stands.

``ui/<format>.json`` maps places of a format to words; ``ui/names.json`` says what members of one name are called in all
formats. Words are message ids: English, translated by the catalogues. What is said nowhere follows from the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from portal.core.access import ACTIONS, ANY
from portal.core.acts import ACTS
from portal.core.errors import msg
from portal.core.forms.compile import readable
from portal.core.lifecycle.canonical import CANONICAL

COMMON = "names"
VALUES, ALTERNATIVES = "@values", "@alternatives"
# What languages of texts are called; others go by their code.
LANGUAGES = {"zh_Hans": msg("Chinese"), "en": msg("English")}
_SAID = ("label", "help", "add", "one", "named")


@cache
def ui(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the ui part of a format; nothing for a format that has none."""
    file = resources.files("portal.core.editors") / "ui" / f"{name}.json"
    if not file.is_file():
        return {}
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


@cache
def said(path: str, key: str, default: Any = None) -> Any:
    """Return what is said of a place, by its whole path, by its last two names, else by its name alone."""
    document, _, where = path.partition(":")
    name = where.rsplit("/", 1)[-1]
    pair = "/".join(where.rsplit("/", 2)[-2:])
    for source, at in ((ui(document), where), (ui(document), pair), (ui(document), name), (ui(COMMON), name)):
        if key in source.get(at, {}):
            return source[at][key]
    if name == "*" and where.count("/") > 1 and key in ("label", "table", "values", "alternatives", "ref"):
        above = path.rpartition("/")[0]
        own = said(above, "one") if key == "label" else None
        return own or said(above, key, default)
    return default


def label(path: str) -> str:
    """Return the message id of what a place is called; its name made readable where nothing is said."""
    found = said(path, "label")
    return str(found) if found else readable(path.rsplit("/", 1)[-1])


def has_label(path: str) -> bool:
    """Tell whether words for a place are written down."""
    return bool(said(path, "label"))


def option_label(path: str, value: Any) -> str:
    """Return the message id of what one of several values is called."""
    text = str(value)
    table = str(said(path, "table", ""))
    for source in (_table(table) if table else {}, (said(path, "values") or {}), ui(COMMON).get(VALUES, {})):
        if text in source:
            return str(source[text])
    return readable(text)


def tag_label(path: str, tag: str) -> str:
    """Return the message id of what an alternative of a place is called."""
    for source in ((said(path, "alternatives") or {}), ui(COMMON).get(ALTERNATIVES, {})):
        if tag in source:
            return str(source[tag])
    return label(f"{path}/{tag}") if has_label(f"{path}/{tag}") else readable(tag)


def _table(name: str) -> Mapping[str, str]:
    """Return the words of the values that stand in a table of knowledge."""
    if name == "acts":
        return {name: act.words for name, act in ACTS.items()}
    if name == "actions":
        return {**{name: action.title for name, action in ACTIONS.items()}, ANY: msg("Everything")}
    return CANONICAL if name == "canonical" else {}


def message_ids() -> Iterator[tuple[str, str]]:
    """Yield each message id of the ui parts, with the file that it stands in."""
    folder = resources.files("portal.core.editors") / "ui"
    for name in sorted(file.name.removesuffix(".json") for file in folder.iterdir()):
        place = f"portal/core/editors/ui/{name}.json"
        for at, entry in ui(name).items():
            for key, value in entry.items():
                if at in (VALUES, ALTERNATIVES) or key in _SAID:
                    yield str(value), place
                elif key in ("values", "alternatives"):
                    yield from ((str(one), place) for one in value.values())
