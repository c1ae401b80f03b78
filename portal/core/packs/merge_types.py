"""Merge types: the key by which an entry of a list is known, and so how two changes of one list come together.

Each list of a format says it in its JSON Schema by ``x-merge``:

- ``set``: each entry once, told apart by its value;
- ``sequence``: the order matters, entries may repeat, told apart by value;
- ``by:<key>``: each entry once, told apart by its key: names of members joined by ``+``, of which some are derived;
- ``atomic``: single entries are never changed alone.

Inside a form's own JSON Schema the keyword decides; see ``_KEYWORDS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.effects import EFFECTS
from portal.core.packs import formats, schemas

KEYWORD = "x-merge"
Kind = Literal["set", "sequence", "by", "atomic"]
_PLAIN: Mapping[str, Kind] = {"set": "set", "sequence": "sequence", "atomic": "atomic"}
_VARIANTS = ("oneOf", "anyOf", "allOf")
_BRANCHES = ("if", "then", "else")


def _target(item: Mapping[str, Any]) -> Any:
    """Return the values of the members that tell two effects of one sort apart."""
    effect = EFFECTS.get(str(item.get("do")))
    return [item.get(name) for name in (sorted(item) if effect is None else effect.key)]


# Parts of keys that are worked out from an entry, by the name that x-merge calls them.
DERIVED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {"target": _target}


@dataclass(frozen=True, slots=True)
class MergeType:
    """How the entries of a list are told apart."""

    kind: Kind
    key: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> MergeType:
        """Read an ``x-merge``; raise ValueError for one that is none."""
        if text in _PLAIN:
            return cls(_PLAIN[text])
        sort, _, key = text.partition(":")
        if sort != "by" or not key or not all(key.split("+")):
            raise ValueError(f"{text!r} is no {KEYWORD}")
        return cls("by", tuple(key.split("+")))

    def key_of(self, item: Any) -> str | None:
        """Return the key of an entry as canonical JSON; None for an entry without one."""
        if self.kind != "by" or not isinstance(item, dict):
            return None
        if any(name not in item for name in self.key if name not in DERIVED):
            return None
        return canonical([DERIVED[name](item) if name in DERIVED else item[name] for name in self.key])

    def naming(self, item: Any) -> Any:
        """Return the shortest thing by which ``$remove`` means an entry: its key, members of it, or its value."""
        if self.key_of(item) is None:
            return item
        if len(self.key) == 1 and self.key[0] not in DERIVED:
            return item[self.key[0]]
        effect = EFFECTS.get(str(item.get("do")))
        wanted = sorted(item) if effect is None else ["do", *effect.key]
        return {name: item[name] for name in wanted if name in item}

    def names(self, naming: Any, item: Any) -> bool:
        """Tell whether an entry of ``$remove`` means ``item``: its value, its key, or members that make its key."""
        if canonical(naming) == canonical(item):
            return True
        key = self.key_of(item)
        return key is not None and key in (canonical([naming]), self.key_of(naming))

    def same_entry(self, one: Any, other: Any) -> bool:
        """Tell whether two values are the same entry of the list, perhaps changed."""
        key = self.key_of(one)
        return canonical(one) == canonical(other) if key is None else key == self.key_of(other)


SET, SEQUENCE, ATOMIC = MergeType("set"), MergeType("sequence"), MergeType("atomic")
OPTIONS = MergeType("by", ("const",))
# The lists of JSON Schema, which forms are written in; options are called by their constant.
_KEYWORDS: Mapping[str, MergeType] = {
    "required": SET,
    "enum": SET,
    "type": SET,
    "examples": SET,
    "oneOf": OPTIONS,
    "anyOf": OPTIONS,
    "allOf": SEQUENCE,
    "prefixItems": SEQUENCE,
    "default": ATOMIC,
    "const": ATOMIC,
}


def merge_type(bundle_pointer: str) -> MergeType:
    """Return the merge type of the list at a bundle pointer, in the current format.

    A place that no format describes is free JSON: an entry is called by its value, or by its constant.
    """
    section, *rest = pointers.split(bundle_pointer) or [""]
    fmt = formats.by_section(section)
    if fmt is None or (fmt.keyed and not rest):
        return OPTIONS
    inner = rest[1:] if fmt.keyed else rest
    if fmt.section == "forms" and inner[:1] == ["schema"]:
        return next((_KEYWORDS[name] for name in reversed(inner) if name in _KEYWORDS), OPTIONS)
    for body, _ in _described(fmt.schema, inner):
        if KEYWORD in body and body.get("type") != "object":
            return MergeType.parse(body[KEYWORD])
    return OPTIONS


def is_atomic_map(bundle_pointer: str) -> bool:
    """Tell whether the map at a bundle pointer is changed as a whole only, such as a condition or a length of time."""
    return any(
        body.get(KEYWORD) == "atomic" and body.get("type") == "object" for body in _bodies(bundle_pointer)
    )


def is_text(bundle_pointer: str) -> bool:
    """Tell whether a text that people see stands at a bundle pointer: one string, or a string by language."""
    text = schemas.schema("common")["$defs"]["text"]
    return any(body is text for body in _bodies(bundle_pointer))


def _bodies(bundle_pointer: str) -> Iterator[dict[str, Any]]:
    """Yield each schema that may describe a place of the bundle; none inside of a form's own JSON Schema."""
    section, *rest = pointers.split(bundle_pointer) or [""]
    fmt = formats.by_section(section)
    if fmt is None or (fmt.keyed and not rest):
        return
    inner = rest[1:] if fmt.keyed else rest
    if fmt.section == "forms" and inner[:1] == ["schema"] and len(inner) > 1:
        return
    yield from (body for body, _ in _described(fmt.schema, inner))


def _described(name: str, parts: Sequence[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each schema that may describe the place, with the document that it stands in."""
    here = list(_unfolded(schemas.schema(name), name, frozenset()))
    for part in parts:
        here = [
            found
            for body, document in here
            for member in _members(body, part)
            for found in _unfolded(member, document, frozenset())
        ]
    yield from here


def _members(body: Mapping[str, Any], part: str) -> Iterator[Any]:
    named = body.get("properties", {})
    if part in named:
        yield named[part]
    elif "additionalProperties" in body:
        yield body["additionalProperties"]
    if part.isdigit() and "items" in body:
        yield body["items"]


def _unfolded(
    body: Any, document: str, seen: frozenset[tuple[str, str]]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield a schema and all that its references, variants and branches add to it."""
    if not isinstance(body, dict):
        return
    yield body, document
    if "$ref" in body:
        file, _, where = body["$ref"].partition("#")
        target = file.removesuffix(".json") or document
        if (target, where) not in seen:
            yield from _unfolded(
                pointers.get(schemas.schema(target), where), target, seen | {(target, where)}
            )
    for keyword in _VARIANTS:
        for variant in body.get(keyword, ()):
            yield from _unfolded(variant, document, seen)
    for keyword in _BRANCHES:
        yield from _unfolded(body.get(keyword), document, seen)


def keyed(entries: Any, known: MergeType) -> dict[str, Any]:
    """Return the entries of a list by key; one that stands there again has its number added."""
    seen: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = known.key_of(entry) or canonical(entry)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key}#{seen[key]}"] = entry
    return found
