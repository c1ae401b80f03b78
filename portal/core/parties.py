"""Which fields of a record's form tell a party of the matter, as its release says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Members of an entry that name one field, and those that name several.
ONE, SEVERAL = ("name", "role", "relation", "consent"), ("says", "details")


EVERY = "/*"


def entries_of(form: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of ``parties`` of a form that are not hidden, in order."""
    known = [(key, one) for key, one in form.get("parties", {}).items() if not one.get("hidden")]
    return [one for _, one in sorted(known, key=lambda pair: (pair[1].get("order", 0), pair[0]))]


def fields_of_party(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that an entry names, each with its place in it; what is not well formed is passed over."""
    for member in ONE:
        if isinstance(entry.get(member), str):
            yield f"/{member}", entry[member]
    for member in SEVERAL:
        named = entry.get(member)
        for index, where in enumerate(named if isinstance(named, list) else ()):
            if isinstance(where, str):
                yield f"/{member}/{index}", where
