"""Read the shapes of a format from its JSON Schema, so that a format added later has an editor at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors import words
from portal.core.editors.shapes import Alternative, Member, Shape
from portal.core.packs import schemas, tables
from portal.core.table import revision

TEXT = "common.json#/$defs/text"
POINTER = "common.json#/$defs/pointer"
CONDITION = "conditions.json#/$defs/condition"
ANY = "any.json#/$defs/value"
# A reference that means another one: what only says that a condition stands there.
_MEANT = {
    "common.json#/$defs/condition": CONDITION,
    "conditions.json#": CONDITION,
    "conditions.json": CONDITION,
}
_PIECES = ("any", "json_schema")
_LIMITS = (
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "format",
    "minItems",
    "maxItems",
)
_SCALARS = {"string": "line", "integer": "whole", "number": "number", "boolean": "choice", "null": "choice"}
_TAGS = {"line": "text", "whole": "number", "list": "several", "map": "named"}


def shape_of(name: str) -> Shape:
    """Return the shape of a format: of the whole file, or of one thing where there is a file for each."""
    found: Shape = _shapes(revision())[0](name)
    return found


def again(name: str) -> Shape:
    """Return the shape that a name of a shape that holds itself means."""
    found: Shape = _shapes(revision())[1](name)
    return found


@cache
def _shapes(_revision: int) -> Any:
    heads = frozenset(_recursive())

    @cache
    def format_shape(name: str) -> Shape:
        return _Reader(name, heads).build({"$ref": f"{name}.json#"}, "")

    @cache
    def inner_shape(ref: str) -> Shape:
        document, _, where = ref.partition(".json#/$defs/")
        reader = _Reader(document if where == document or document in _PIECES else f"{document}", heads)
        return reader.build(_target(ref), f"/{where}" if document in _PIECES else "")

    return format_shape, inner_shape


@cache
def _document(name: str) -> Mapping[str, Any]:
    if name in _PIECES:
        file = resources.files("portal.core.editors") / "pieces" / f"{name}.json"
        loaded: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return loaded
    return schemas.schema(name)


def _target(ref: str) -> Mapping[str, Any]:
    file, _, where = ref.partition("#")
    name = file.removesuffix(".json")
    body = tables.definitions() if name == tables.NAME else _document(name)
    found: Mapping[str, Any] = _absolute(pointers.get(body, where), name)
    return found


def _absolute(body: Any, name: str) -> Any:
    """Return a piece of a schema whose references name their document."""
    if isinstance(body, list):
        return [_absolute(one, name) for one in body]
    if not isinstance(body, Mapping):
        return body
    found = {key: _absolute(value, name) for key, value in body.items()}
    ref = found.get("$ref")
    if isinstance(ref, str):
        whole = f"{name}.json{ref}" if ref.startswith("#") else ref
        found["$ref"] = _MEANT.get(whole, whole)
    return found


def _recursive() -> Iterator[str]:
    """Yield each reference by which a piece of a schema holds itself, the outermost of each circle."""
    done: set[str] = set()
    heads: dict[str, None] = {}

    def visit(ref: str, path: tuple[str, ...]) -> None:
        if ref in path:
            heads[ref] = None
        elif ref not in done:
            for inner in _references(_target(ref)):
                visit(inner, (*path, ref))
            done.add(ref)

    for start in (CONDITION, ANY, "json_schema.json#/$defs/schema"):
        visit(start, ())
    yield from heads


def _references(body: Any) -> Iterator[str]:
    if isinstance(body, list):
        for one in body:
            yield from _references(one)
    elif isinstance(body, Mapping):
        if isinstance(body.get("$ref"), str):
            yield str(body["$ref"])
        for value in body.values():
            yield from _references(value)


class _Reader:
    """Reads the shapes of one document; paths begin with its name."""

    def __init__(self, name: str, heads: frozenset[str]) -> None:
        self.name = name
        self.heads = heads

    def build(self, piece: Mapping[str, Any], where: str) -> Shape:
        """Return the shape of a piece of a schema at a place of the format."""
        path = f"{self.name}:{where}"
        replaced = words.said(path, "piece") if where and ":" in path else None
        if isinstance(replaced, str) and "$defs" not in where and not piece.get("x-seen"):
            piece = {"$ref": replaced, "x-seen": True}
        described = str(piece.get("description") or "")
        ref = piece.get("$ref")
        if ref == TEXT:
            return Shape("text", path, description=described)
        if ref in self.heads:
            kind = "any" if ref == ANY else "again"
            return Shape("again", path, name=str(ref), description=described or kind)
        if ref == POINTER and where.endswith(("/form", "/data")):
            return Shape("line", f"effects:/{where.rpartition('/')[2]}_field", ref="fields")
        if isinstance(ref, str):
            rest = {key: value for key, value in piece.items() if key != "$ref"}
            piece = {**_target(ref), **({"x-ref": "fields"} if ref == POINTER else {}), **rest}
            if isinstance(piece.get("$ref"), str):
                return self.build(piece, where)
        return self._plain(piece, where, path)

    def _plain(self, piece: Mapping[str, Any], where: str, path: str) -> Shape:
        common: dict[str, Any] = {
            "ref": str(words.said(path, "ref") or piece.get("x-ref") or ""),
            "merge": str(piece.get("x-merge", "")),
            "limits": {key: piece[key] for key in _LIMITS if key in piece},
            "description": str(piece.get("description") or ""),
        }
        if "const" in piece:
            return Shape("choice", path, options=(piece["const"],), **common)
        if "enum" in piece:
            return Shape("choice", path, options=tuple(piece["enum"]), **common)
        union = self._union(piece, where, path)
        if union is not None:
            return union
        kinds = piece.get("type")
        if isinstance(kinds, list):
            return self._of_types(piece, kinds, where, path, common)
        if kinds == "array":
            item = self.build(piece.get("items", {"$ref": ANY}), f"{where}/*")
            return Shape("list", path, item=item, **common)
        if kinds == "object" or "properties" in piece:
            return self._object(piece, where, path, common)
        if kinds in _SCALARS:
            options = (True, False) if kinds == "boolean" else (None,) if kinds == "null" else ()
            return Shape(_SCALARS[kinds], path, types=frozenset({kinds}), options=options, **common)
        return self.build({"$ref": ANY}, where)

    def _of_types(
        self, piece: Mapping[str, Any], kinds: list[str], where: str, path: str, common: dict[str, Any]
    ) -> Shape:
        if set(kinds) <= {"integer", "string"}:
            return Shape("line", path, types=frozenset(kinds), **common)
        return self._alternatives([{**piece, "type": kind} for kind in kinds], where, path)

    def _object(self, piece: Mapping[str, Any], where: str, path: str, common: dict[str, Any]) -> Shape:
        properties = {k: v for k, v in (piece.get("properties") or {}).items() if v is not True}
        more = piece.get("additionalProperties")
        if properties:
            needed = set(piece.get("required") or ())
            members = tuple(
                Member(name, self.build(inner, f"{where}/{name}"), name in needed)
                for name, inner in properties.items()
            )
            return Shape("group", path, members=members, **common)
        if isinstance(more, Mapping):
            named = piece.get("propertyNames") or {"type": "string"}
            key = self.build(self._names(named), f"{where}/~name")
            return Shape(
                "map",
                path,
                key=key,
                item=self.build(more, f"{where}/*"),
                paged=bool(words.said(path, "paged")),
                **common,
            )
        return self.build({"$ref": "any.json#/$defs/values"}, where)

    def _names(self, named: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what names may be as one single value: of several ways, a text."""
        whole = _target(named["$ref"]) if "$ref" in named else named
        if "anyOf" in whole:
            return {"type": "string"}
        return {"type": "string", "x-ref": "fields" if named.get("$ref") == POINTER else "", **whole}

    # -- alternatives ------------------------------------------------------------------------------

    def _union(self, piece: Mapping[str, Any], where: str, path: str) -> Shape | None:
        told = self._told_apart(piece, where, path)
        if told is not None:
            return told
        if "then" in piece and "else" in piece and "properties" not in piece:
            return self._alternatives([piece["then"], piece["else"]], where, path)
        properties = piece.get("properties")
        if piece.get("maxProperties") == 1 and properties and len(properties) > 1:
            pieces = [
                {"type": "object", "properties": {name: inner}, "required": [name], "x-tag": name}
                for name, inner in properties.items()
            ]
            return self._alternatives(pieces, where, path)
        for word in ("oneOf", "anyOf"):
            branches = [one for one in piece.get(word, ()) if isinstance(one, Mapping)]
            if branches and not all(_only_demands(one) for one in branches):
                return self._alternatives(branches, where, path)
            if branches and words.said(path, "split") == word:
                return self._split(piece, word, where, path)
        return None

    def _told_apart(self, piece: Mapping[str, Any], where: str, path: str) -> Shape | None:
        """Return the union of a schema whose branches follow from the constant of one member."""
        found: list[Alternative] = []
        discriminator = ""
        for branch in piece.get("allOf", ()):
            test, then = branch.get("if"), branch.get("then")
            if not isinstance(test, Mapping) or not isinstance(then, Mapping) or "properties" not in then:
                continue
            for name, inner in (test.get("properties") or {}).items():
                discriminator = name
                own = {key: value for key, value in then["properties"].items() if key != name}
                shape = (
                    self._object(
                        {**then, "properties": own},
                        where,
                        path,
                        {"description": str(then.get("description", ""))},
                    )
                    if own
                    else Shape("group", path)
                )
                found.append(Alternative(str(inner.get("const")), shape))
        if not found:
            return None
        return Shape("union", path, alternatives=tuple(found), discriminator=discriminator)

    def _split(self, piece: Mapping[str, Any], word: str, where: str, path: str) -> Shape:
        """Return one alternative for each of the members of which exactly one has to be there."""
        names = [one["required"][0] for one in piece[word]]
        plain = {key: value for key, value in piece.items() if key not in (word, "allOf")}
        pieces = []
        for name in names:
            kept = {k: v for k, v in piece["properties"].items() if k == name or k not in names}
            pieces.append({**plain, "properties": kept, "x-tag": name})
        return self._alternatives(pieces, where, path)

    def _alternatives(self, pieces: Sequence[Mapping[str, Any]], where: str, path: str) -> Shape:
        found: dict[str, Shape] = {}
        for piece in pieces:
            shape = self.build(piece, where)
            if shape.kind == "union" and not shape.discriminator:
                for one in shape.alternatives:
                    found[_unused(one.tag, found)] = one.shape
            else:
                found[_unused(str(piece.get("x-tag") or _tag(shape)), found)] = shape
        if len(found) == 1:
            return next(iter(found.values()))
        choices = list(found.values())
        if all(shape.kind == "choice" and shape.options != (True, False) for shape in choices):
            options = tuple(dict.fromkeys(option for shape in choices for option in shape.options))
            return Shape("choice", path, options=options)
        lines = [shape for shape in choices if shape.kind == "line"]
        if lines and all(shape.kind == "line" or _of_texts(shape) for shape in choices):
            return lines[0]  # a pick list offers the constants beside all else
        return Shape("union", path, alternatives=tuple(Alternative(t, s) for t, s in found.items()))


def _of_texts(shape: Shape) -> bool:
    return shape.kind == "choice" and all(isinstance(one, str) for one in shape.options)


def _only_demands(piece: Mapping[str, Any]) -> bool:
    return set(piece) <= {"required", "not"}


def _tag(shape: Shape) -> str:
    if shape.kind == "choice":
        fixed = {(True, False): "yes_no", (None,): "none", (True,): "yes"}
        return fixed.get(shape.options, "one_of")
    if shape.kind == "group":
        needed = [one.name for one in shape.members if one.required]
        return needed[0] if needed else shape.members[0].name if shape.members else "group"
    if shape.kind == "again":
        return shape.name.rsplit("/", 1)[-1]
    return _TAGS.get(shape.kind, shape.kind)


def _unused(tag: str, taken: Mapping[str, Any]) -> str:
    number = 2
    name = tag
    while name in taken:
        name, number = f"{tag}{number}", number + 1
    return name
