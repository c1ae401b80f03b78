"""Merge the subschemas of one place into a node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.core.forms.alternatives import Discriminator, by_type, discriminator
from portal.core.forms.document import Sub
from portal.core.forms.matching import fits
from portal.core.forms.nodes import Choice, Condition, Node, Nodes, Option, Variant
from portal.core.forms.values import ALL_TYPES, SCALARS, number_key, same_key, type_of

_STRING_HINTS = frozenset(
    {"minLength", "maxLength", "pattern", "format", "contentMediaType", "contentEncoding"}
)
_NUMBER_HINTS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_SHOWN = frozenset(
    {"enum", "const", "properties", "items", "oneOf", "anyOf", "allOf", "$ref", "if", "prefixItems"}
)
ANNOTATIONS = (
    "title",
    "description",
    "default",
    "readOnly",
    "examples",
    "deprecated",
    "enumNames",
    "x-enum-labels",
)


class Merge:
    """Merges flat schemas into one node."""

    def __init__(
        self, forge: Nodes, key: tuple[int, ...], subs: tuple[Sub, ...], decided: frozenset[int]
    ) -> None:
        self.forge = forge
        self.decided = decided
        self.document = forge.document
        self.result = Node(key, subs)
        self.flat: list[Sub] = []
        self.seen: set[int] = set()
        self.typed = False
        self.properties: dict[str, list[Sub]] = {}
        self.required: set[str] = set()
        self.items: list[Sub] = []
        self.prefix: list[list[Sub]] = []
        self.entry_patterns: list[tuple[str, Sub]] = []
        self.conditions: list[Condition] = []
        self.choices: list[Choice] = []
        self.notes: dict[str, Any] = {}
        self.keywords: dict[str, Any] = {}
        self._add(subs)

    def _add(self, subs: Iterable[Sub]) -> None:
        for sub in self.forge.flatten(subs):
            if isinstance(sub.schema, bool):
                self.result.never = self.result.never or not sub.schema
            elif id(sub.schema) not in self.seen:
                self.seen.add(id(sub.schema))
                self.flat.append(sub)
                self._take(sub)

    def node(self) -> Node:
        """Return the merged node."""
        at = 0
        while at < len(self.flat):  # an inlined variant appends to the list
            self._take_choices(self.flat[at])
            at += 1
        node = self.result
        node.entry_patterns = tuple(self.entry_patterns)
        for name in sorted(self.required - set(self.properties)):
            if not node.closed:
                self.properties[name] = []
        for pattern, sub in node.entry_patterns:
            for name, members in self.properties.items():
                if fits(pattern, name):
                    members.append(sub)
        node.properties = {name: tuple(members) for name, members in self.properties.items()}
        node.required = frozenset(self.required)
        node.items = tuple(self.items)
        node.prefix = tuple(tuple(subs) for subs in self.prefix)
        node.conditions = tuple(c for c in self.conditions if c.number not in self.decided)
        node.choices = tuple(c for c in self.choices if c.number not in self.decided)
        node.notes = self.notes
        node.keywords = self.keywords
        node.kind = self._kind()
        return node

    # -- one schema ---------------------------------------------------------------------------

    def _take(self, sub: Sub) -> None:
        schema = sub.schema
        for word in ANNOTATIONS:
            if word in schema:
                self.notes.setdefault(word, schema[word])
        for word in (*_STRING_HINTS, *_NUMBER_HINTS, "minItems", "maxItems", "uniqueItems"):
            if word in schema:
                self.keywords.setdefault(word, schema[word])
        if "type" in schema:
            self._limit_types(schema["type"])
        if "const" in schema:
            self._limit_options(
                [Option(schema["const"], str(schema.get("title", "")) if self.flat[1:] else "")]
            )
        if isinstance(schema.get("enum"), list):
            self._limit_options(_enum_options(schema))
        self._take_properties(sub)
        self._take_items(sub)
        self._take_conditions(sub)

    def _limit_types(self, declared: Any) -> None:
        wanted = {declared} if isinstance(declared, str) else {t for t in declared if isinstance(t, str)}
        both = self.result.types & wanted
        if "integer" in wanted and "number" in self.result.types:
            both |= {"integer"}
        if "number" in wanted and "integer" in self.result.types:
            both |= {"integer"}
        if "number" in both:
            both -= {"integer"}
        self.result.types = frozenset(both)
        self.typed = True

    def _limit_options(self, options: Sequence[Option]) -> None:
        if self.result.options is None:
            self.result.options = tuple(options)
        else:
            wanted = {number_key(option.value) for option in options}
            self.result.options = tuple(o for o in self.result.options if number_key(o.value) in wanted)

    def _take_properties(self, sub: Sub) -> None:
        schema = sub.schema
        for name, member in (schema.get("properties") or {}).items():
            self.properties.setdefault(name, []).append(self.document.within(sub, member))
        self.required.update(names_in(schema.get("required")))
        for pattern, member in (schema.get("patternProperties") or {}).items():
            self.entry_patterns.append((pattern, self.document.within(sub, member)))
        more = schema.get("additionalProperties")
        if more is False or schema.get("unevaluatedProperties") is False:
            self.result.closed = True
        elif isinstance(more, Mapping) and more and self.result.entries is None:
            self.result.entries = self.document.within(sub, more)

    def _take_items(self, sub: Sub) -> None:
        schema = sub.schema
        items = schema.get("items")
        prefix = schema.get("prefixItems")
        rest = items
        if isinstance(items, list):
            prefix, rest = items, schema.get("additionalItems")
        for index, member in enumerate(prefix or ()):
            if index >= len(self.prefix):
                self.prefix.append([])
            self.prefix[index].append(self.document.within(sub, member))
        if rest is False and prefix:
            self.keywords.setdefault("maxItems", len(prefix))
        elif isinstance(rest, Mapping) or rest is True:
            self.items.append(self.document.within(sub, rest))

    def _take_conditions(self, sub: Sub) -> None:
        schema = sub.schema

        def within(word: str) -> Sub | None:
            value = schema.get(word)
            return self.document.within(sub, value) if isinstance(value, Mapping) else None

        if isinstance(schema.get("if"), Mapping | bool) and ("then" in schema or "else" in schema):
            test = self.document.within(sub, schema["if"])
            self.conditions.append(Condition(id(schema), within("then"), within("else"), test=test))
        for word in ("dependentSchemas", "dependencies", "dependentRequired"):
            for key, member in (schema.get(word) or {}).items():
                if isinstance(member, list):
                    member = self.forge.made(sub, f"{word} {key}", {"required": member}).schema
                if isinstance(member, Mapping):
                    self.conditions.append(Condition(id(member), self.document.within(sub, member), key=key))

    # -- anyOf and oneOf -----------------------------------------------------------------------

    def _take_choices(self, sub: Sub) -> None:
        for word in ("oneOf", "anyOf"):
            members = sub.schema.get(word)
            if isinstance(members, list) and members:
                self._take_choice(
                    sub, word, [self.document.within(sub, m) for m in members if m is not False]
                )

    def _take_choice(self, sub: Sub, word: str, members: list[Sub]) -> None:
        nodes = [self.forge.node([member]) for member in members]
        real = [(m, n) for m, n in zip(members, nodes, strict=True) if n.types != {"null"} and not n.never]
        null = any(n.types == {"null"} for n in nodes)
        if not real:
            if null:
                self._limit_types("null")
            return
        if null and not self.typed and len(real) == 1:
            self._add([real[0][0]])
            self.result.types |= {"null"}
            self._allow_null()
            return
        if len(real) == 1:
            self._add([real[0][0]])
        elif all(_simple(n) and n.options is not None for _, n in real):
            self._limit_options(
                [o for m, n in real for o in _titled(m, n)] + ([Option(None)] if null else [])
            )
            self._limit_types([*{type_of(o.value) for o in self.result.options or ()}])
        elif all(_simple(n) and n.types != ALL_TYPES for _, n in real):
            self._limit_types([*{t for n in nodes for t in n.types}])
        else:
            self._variants(sub, word, real)
            if null:
                self._allow_null()

    def _allow_null(self) -> None:
        if self.result.options is not None and not any(o.value is None for o in self.result.options):
            self.result.options += (Option(None),)

    def _variants(self, sub: Sub, word: str, real: Sequence[tuple[Sub, Node]]) -> None:
        number = id(sub.schema[word])
        found = discriminator([node for _, node in real], self.forge)
        if not found and not any(self._adds(node) for _, node in real):
            return  # a constraint between fields that are shown anyway
        name = found.name if found else ""
        variants = []
        for member, node in real:
            title = str(node.notes.get("title") or "") or _reference_name(member.schema)
            test = node.properties[name] if name else ()
            variants.append(Variant(title, member, self.forge.variant_subs(member, name), test))
        self.choices.append(Choice(number, tuple(variants), name))
        if found:
            self._offer(sub, word, found, variants)

    def _offer(self, sub: Sub, word: str, found: Discriminator, variants: Sequence[Variant]) -> None:
        """Let the discriminator's control offer the values of all variants."""
        name, values = found.name, found.values
        members = self.properties.setdefault(name, [])
        known = self.forge.node(members)
        if not values or known.options is not None:
            return
        types = {type_of(value) for value in values}
        if types == {"boolean"} or not found.complete:
            schema: dict[str, Any] = {"type": sorted(types)} if known.kind == "json" else {}
            if types != {"boolean"}:
                schema["examples"] = values
            members.append(self.forge.made(sub, f"{word} {name}", schema))
            return
        labels = {}
        for variant in variants:
            options = self.forge.node(self.forge.node([variant.sub]).properties[name]).options or ()
            for option in options:
                labels[str(option.value)] = option.label or (variant.title if len(options) == 1 else "")
        schema = {"enum": values, "x-enum-labels": {k: v for k, v in labels.items() if v}}
        members.append(self.forge.made(sub, f"{word} {name}", schema))

    def _adds(self, node: Node) -> bool:
        """Tell whether a variant shows anything the place does not show already."""
        if node.prefix or node.conditions or any(not choice.by_type for choice in node.choices):
            return True
        if (node.items or node.entries) and not node.anything:
            return True
        if node.types != ALL_TYPES and self.result.types != ALL_TYPES and not node.types >= self.result.types:
            return True
        if node.types != ALL_TYPES and self.result.types == ALL_TYPES and not self.properties:
            return True
        for name, members in node.properties.items():
            if name not in self.properties and members:
                return True
            for member in members:
                schema = member.schema
                if isinstance(schema, Mapping) and _SHOWN & set(schema):
                    return True
        return False

    # -- kind ----------------------------------------------------------------------------------

    def _kind(self) -> str:
        node = self.result
        if node.never or not node.types:
            return "never"
        types = node.types - {"null"}
        if node.options is not None:
            return "choice"
        if types == {"boolean"}:
            node.options = (Option(True), Option(False))
            return "choice"
        if not types:
            node.options = (Option(None),)
            return "choice"
        shaped = bool(
            node.properties or node.entries or node.entry_patterns or node.conditions or node.choices
        )
        if not self.typed:
            return self._guess(shaped)
        if types <= SCALARS:
            return "variants" if node.choices else "text"
        if types == {"object"}:
            return "object" if shaped or self._imply("object") else "json"
        if types == {"array"}:
            return "array" if node.items or node.prefix or node.choices or self._imply("array") else "json"
        if node.choices:
            return "variants"
        return self._of_any_type(node.types)

    def _imply(self, kind: str) -> bool:
        """Let a group or a list of which nothing else is said hold anything."""
        node = self.result
        if kind == "object" and node.closed:
            return False
        anything = self.forge.made(self.document.top, "anything", {})
        if kind == "object":
            node.entries = anything
        else:
            node.items = (anything,)
        node.anything = True
        return True

    def _of_any_type(self, types: Iterable[str]) -> str:
        """Let a person choose the kind of value where several are possible."""
        choice = by_type(self.forge, types)
        if choice.number in self.decided:
            return "json"
        self.result.choices = (choice,)
        return "variants"

    def _guess(self, shaped: bool) -> str:
        node = self.result
        if node.properties or node.entries or node.entry_patterns:
            return "object"
        if node.items or node.prefix:
            return "array"
        if node.choices:
            kinds = {self.forge.node(v.shown).kind for c in node.choices for v in c.variants}
            return "object" if kinds == {"object"} else "variants"
        if shaped:
            return "object"
        if _STRING_HINTS & set(self.keywords):
            node.types = frozenset({"string"})
            return "text"
        if _NUMBER_HINTS & set(self.keywords):
            node.types = frozenset({"number"})
            return "text"
        return self._of_any_type(ALL_TYPES)


def names_in(value: Any) -> list[str]:
    """Return the texts of a list such as ``required``; nothing for anything else."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _enum_options(schema: Mapping[str, Any]) -> list[Option]:
    names = schema.get("enumNames")
    labels = schema.get("x-enum-labels")
    options: dict[object, Option] = {}
    for index, value in enumerate(schema["enum"]):
        label = ""
        if isinstance(names, list) and index < len(names):
            label = str(names[index])
        elif isinstance(labels, Mapping):
            label = str(labels.get(str(value), ""))
        options.setdefault(same_key(value), Option(value, label))
    return list(options.values())


def _titled(sub: Sub, node: Node) -> list[Option]:
    options = node.options or ()
    title = str(node.notes.get("title") or node.notes.get("description") or "")
    if len(options) == 1 and not options[0].label:
        return [Option(options[0].value, title)]
    return list(options)


def _simple(node: Node) -> bool:
    return not (
        node.properties or node.items or node.prefix or node.dynamic or node.entries or node.entry_patterns
    ) and (node.options is not None or node.types <= SCALARS)


def _reference_name(schema: Any) -> str:
    ref = schema.get("$ref") if isinstance(schema, Mapping) else None
    return str(ref).rsplit("/", 1)[-1].rsplit("#", 1)[-1] if isinstance(ref, str) else ""
