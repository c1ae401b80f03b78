"""Make nodes on demand: a recursive definition costs nothing until somebody opens it.

Each combination of subschemas is merged only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from portal.core.forms.document import SchemaDocument, Sub
from portal.core.forms.matching import fits
from portal.core.forms.merge import ANNOTATIONS, Merge, names_in
from portal.core.forms.nodes import Node


class Forge:
    """Makes the nodes of one document."""

    def __init__(self, document: SchemaDocument) -> None:
        self.document = document
        self._nodes: dict[tuple[tuple[int, ...], frozenset[int]], Node] = {}
        # What was found out about nodes, by their identity: the forge keeps each one it made.
        self.triggers: dict[int, frozenset[str]] = {}
        self.shown: dict[int, tuple[str, ...]] = {}
        self._variants: dict[int, tuple[Sub, ...]] = {}
        self._unions: dict[tuple[int, str], Sub] = {}

    def node(self, subs: Sequence[Sub], decided: frozenset[int] = frozenset()) -> Node:
        """Return the node of ``subs``, merged once; conditions and choices in ``decided`` are settled."""
        key = (tuple(id(sub.schema) for sub in subs), decided)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Merge(self, key[0], tuple(subs), decided).node()
        return found

    def item(self, node: Node, index: int) -> Node:
        """Return the node of the item at ``index``."""
        return self.node(node.prefix[index] if index < len(node.prefix) else node.items)

    def child(self, node: Node, name: str) -> Node:
        """Return the node of a property that is shown."""
        return self.node(node.properties[name])

    def entry(self, node: Node, key: str) -> Node:
        """Return the node of the value under a free key."""
        subs = [sub for pattern, sub in node.entry_patterns if fits(pattern, key)]
        if not subs and node.entries is not None:
            subs = [node.entries]
        return self.node(subs)

    def flatten(self, subs: Iterable[Sub]) -> Iterator[Sub]:
        """Yield the schemas that apply unconditionally, outermost first, references resolved."""
        for sub in subs:
            schema = sub.schema
            if not isinstance(schema, Mapping):
                yield sub
                continue
            referring = [word for word in ("$ref", "$dynamicRef", "$recursiveRef") if word in schema]
            if "$ref" in schema and self.document.ignores_siblings:
                notes = {word: schema[word] for word in ANNOTATIONS if word in schema}
                if notes:
                    yield self._annotated(sub, notes)
                yield from self.flatten([self.document.target(sub)])
                continue
            yield sub
            for word in referring:
                yield from self.flatten([self.document.target(sub, word)])
            for member in schema.get("allOf") or ():
                yield from self.flatten([self.document.within(sub, member)])

    def _annotated(self, sub: Sub, notes: Mapping[str, Any]) -> Sub:
        found = self._unions.get((id(sub.schema), "notes"))
        if found is None:
            found = self._unions[id(sub.schema), "notes"] = self.document.made(sub, dict(notes))
        return found

    def variant_subs(self, sub: Sub, without: str) -> tuple[Sub, ...]:
        """Return a variant without its discriminator, whose control must keep offering the others."""
        if not without:
            return (sub,)
        found = self._variants.get(id(sub.schema))
        if found is None:
            result = []
            for flat in self.flatten([sub]):
                schema = flat.schema
                if isinstance(schema, Mapping) and without in (schema.get("properties") or {}):
                    properties = {k: v for k, v in schema["properties"].items() if k != without}
                    schema = {**schema, "properties": properties}
                if isinstance(schema, Mapping):
                    schema = {
                        k: v
                        for k, v in schema.items()
                        if k not in ("allOf", "$ref", "$dynamicRef", "$id", "id")
                    }
                    schema["required"] = [k for k in names_in(schema.get("required")) if k != without]
                result.append(self.document.made(flat, schema))
            found = self._variants[id(sub.schema)] = tuple(result)
        return found

    def made(self, parent: Sub, purpose: str, schema: Mapping[str, Any]) -> Sub:
        """Return a helper schema, the same one each time it is asked for."""
        key = (id(parent.schema), purpose)
        if key not in self._unions:
            self._unions[key] = self.document.made(parent, schema)
        return self._unions[key]
