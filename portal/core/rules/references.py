"""The names a rule set uses that are defined elsewhere in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import effects, pointer


@dataclass(frozen=True, slots=True)
class Reference:
    """One use of a name: what kind of thing it is, its identifier, where it is used."""

    kind: str
    id: str
    pointer: str


def references(definition: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield every reference of a sound rule set; hidden rules refer to nothing."""
    for name, declared in definition["inputs"].items():
        place = pointer.join(["inputs", name])
        if "from" in declared:
            yield Reference("field", declared["from"], place + "/from")
        for kind in ("count", "sum"):
            if kind in declared:
                yield Reference("entity", declared[kind]["entity"], f"{place}/{kind}/entity")
        if "taxonomy" in declared:
            yield Reference("taxonomy", declared["taxonomy"], place + "/taxonomy")
    for rule_id, rule in definition["rules"].items():
        if not rule.get("hidden"):
            for index, action in enumerate(rule["then"]):
                place = pointer.join(["rules", rule_id, "then", index])
                for found in effects.named(action, place):
                    yield Reference(found.kind, found.id, found.pointer)
