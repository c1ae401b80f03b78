"""In which fields of a type words are looked for: free texts that no release in force calls personal or sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import LIST, Access
from portal.core.disclosure import Level
from portal.core.grams import grams
from portal.services.bundles import Bundle
from portal.services.protected_fields import is_protected
from portal.services.records.finding.as_read import as_read

FREE = frozenset({"string", "strings"})


def text_fields(bundle: Bundle, etype: str) -> Mapping[str, str]:
    """Return the pointers of a type's open texts with their labels."""
    return bundle.once(("texts", etype), lambda: _fields(bundle, etype))


def _fields(bundle: Bundle, etype: str) -> dict[str, str]:
    return {
        info.pointer: info.label
        for info in bundle.fields(etype).values()
        if info.type in FREE and not (info.options or info.taxonomy or info.entity)
        if not is_protected(bundle, etype, info.pointer)
    }


def open_texts(bundle: Bundle, access: Access, etype: str) -> list[str]:
    """Return the fields whose words a person may look for: those that each of their roles shows in lists."""
    found = text_fields(bundle, etype)
    if access.unlimited:
        return sorted(found)
    paths = {grant.unit_path for grant in access.grants if grant.allows(etype, LIST)}
    plans = [bundle.plan(etype, access.rights(etype, path), listing=True) for path in paths]
    return sorted(where for where in found if all(plan.level(where) >= Level.READ for plan in plans))


def texts_of(
    bundle: Bundle, etype: str, clear: Mapping[str, Any], newer: Iterable[Bundle] = ()
) -> dict[str, str]:
    """Return the words of a record by field, as stored; ``newer`` releases may close a field, never open one."""
    above = [one for one in newer if one.has_entity(etype)]
    data = as_read(bundle, etype, clear)
    found = {}
    for where in text_fields(bundle, etype):
        if any(is_protected(one, etype, where) for one in above):
            continue
        held = (part for value in pointers.values(data, where) for part in _parts(value))
        if words := grams("\n".join(held)):
            found[where] = words
    return found


def _parts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
