"""Titles of records in lists, and values as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.kinds import KINDS
from portal.services.bundles import Bundle
from portal.services.records.finding.as_read import as_read

_PLACE = re.compile(r"\{([^{}]+)\}")
MAX_TITLE = 300


def title_of(bundle: Bundle, etype: str, data: Mapping[str, Any]) -> str:
    """Return the record's title: the entity's template with values as people read them, personal ones masked.

    Titles stand in lists, in the audit and in messages, so they never name a person.
    """
    template = bundle.entity(etype).title_template
    seen = bundle.plan(etype, frozenset(), listing=True).show(as_read(bundle, etype, data))
    return _PLACE.sub(lambda place: readable(bundle, etype, _pointer(place[1]), seen), template)[:MAX_TITLE]


def readable(bundle: Bundle, etype: str, pointer: str, data: Mapping[str, Any], lang: str = "zh_Hans") -> str:
    """Return the value of a field with its code replaced by its label."""
    value = pointers.get(data, pointer)
    if value in (None, "", []):
        return "—"
    info = bundle.fields(etype, lang).get(pointer)
    if info is not None and info.taxonomy and info.taxonomy in bundle.taxonomies:
        return bundle.taxonomies[info.taxonomy].label(str(value), bundle.texts(lang))
    if info is not None and info.options:
        return next((label for option, label in info.options if option == value), str(value))
    kind = KINDS.get(info.type) if info is not None else None
    parts = value if isinstance(value, list) else [value]
    return "、".join(kind.written_out(part) if kind is not None else str(part) for part in parts)


def _pointer(name: str) -> str:
    return name if name.startswith("/") else f"/{name}"
