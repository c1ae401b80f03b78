"""Fields of forms that no input of a rule set reads yet: a rule may look at them, and then they become inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.forms import FieldInfo
from portal.core.kinds import input_types

Inputs = Mapping[str, Mapping[str, Any]]


def further_inputs(
    fields: Iterable[FieldInfo], inputs: Inputs, named: Callable[[str, Sequence[str]], str]
) -> dict[str, dict[str, Any]]:
    """Return the inputs that the other fields would become; ``named`` makes an identifier that is not taken.

    Personal fields are left out: rules look at the matter, not at persons.
    """
    read, kinds = {one.get("from") for one in inputs.values()}, input_types()
    found: dict[str, dict[str, Any]] = {}
    for one in fields:
        parts = pointers.split(one.pointer)
        if one.pointer in read or one.sensitivity or pointers.EVERY in parts or one.type not in kinds:
            continue
        read.add(one.pointer)
        made: dict[str, Any] = {"title": one.label, "type": one.type}
        if one.taxonomy:
            made["taxonomy"] = one.taxonomy
        found[named(parts[-1], [*inputs, *found])] = {**made, "from": one.pointer}
    return found


def looked_at(when: Any) -> Iterator[str]:
    """Yield the inputs that a condition looks at."""
    if isinstance(when, Mapping):
        if isinstance(when.get("field"), str):
            yield when["field"]
        for members in when.values():
            yield from looked_at(members)
    elif isinstance(when, list):
        for one in when:
            yield from looked_at(one)
