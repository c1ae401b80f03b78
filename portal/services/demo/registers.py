"""The departments of a centre as its register holds them: under the names of the configuration, never of persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from portal.core.text import DEFAULT_LANGUAGE
from portal.services.bundles import Bundle

# What the register calls a department of each kind that packs know.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "department": "department",
        "committee": "department",
        "court": "judicial",
        "procuratorate": "judicial",
        "society": "mass",
        "organisation": "sector",
        "enterprise": "service",
    }
)


def register_of(bundle: Bundle) -> Iterator[Mapping[str, Any]]:
    """Yield what the register says of each stationed department, in the order of the hall."""
    say, seen = bundle.texts(DEFAULT_LANGUAGE), set[str]()
    for stay in sorted(bundle.layout.stationing, key=lambda one: (one.order, one.id)):
        definition = bundle.departments.get(stay.department)
        if definition is None or stay.department in seen:
            continue
        seen.add(stay.department)
        yield {
            "name": say(definition.get("name"), stay.department),
            "code": stay.department,
            "kind": KINDS.get(str(definition.get("kind")), "department"),
            "mode": stay.mode,
        }
