"""The names a rule set uses that are defined elsewhere in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer


@dataclass(frozen=True, slots=True)
class Reference:
    """One use of a name: what kind of thing it is, its identifier, where it is used."""

    kind: str
    id: str
    pointer: str


_LISTS = {
    "documents": "document",
    "steps": "step",
    "assist": "department",
    "departments": "department",
    "roles": "role",
}
_NAMES = {
    "route": "route",
    "deadline": "deadline",
    "stage": "stage",
    "mode": "mode",
    "flag": "flag",
    "grade": "grade",
}


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
                yield from _action(action, pointer.join(["rules", rule_id, "then", index]))


def _action(action: Mapping[str, Any], place: str) -> Iterator[Reference]:
    for key, kind in _LISTS.items():
        for index, name in enumerate(action.get(key, ())):
            yield Reference(kind, name, f"{place}/{key}/{index}")
    for key, kind in _NAMES.items():
        if key in action and key != "do":
            yield Reference(kind, action[key], f"{place}/{key}")
    for kind, name in action.get("to", {}).items():
        yield Reference(kind, name, f"{place}/to/{kind}")
