"""A form definition made ready to use, once per content, language and field profile."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import digest
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.forms.defaults import initial
from portal.core.forms.document import SchemaDocument
from portal.core.forms.forge import Forge
from portal.core.forms.nodes import Node
from portal.core.forms.presets import preset_problems
from portal.core.forms.schema_safety import load_schema
from portal.core.forms.ui import Ui, load_ui
from portal.core.forms.visibility import all_properties, shown_properties
from portal.core.kept import Kept
from portal.core.text import DEFAULT_LANGUAGE, Texts, normal_language


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody may see and set: pointers (``*`` = any item) of hidden, masked, read-only fields."""

    id: str = "full"
    hidden: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    readonly: frozenset[str] = frozenset()

    def covers(self, patterns: frozenset[str], pattern: str) -> bool:
        """Tell whether ``pattern`` or something around it is among ``patterns``."""
        return bool(patterns) and (pattern in patterns or any(pattern.startswith(p + "/") for p in patterns))


FULL = Profile()


@dataclass(eq=False)
class CompiledForm:
    """A form in one language for one field profile."""

    definition: Mapping[str, Any]
    lang: str
    texts: Texts
    profile: Profile
    document: SchemaDocument
    ui: Ui
    warnings: tuple[Problem, ...] = ()
    forge: Forge = field(init=False)
    root: Node = field(init=False)
    entries: Any = field(init=False, repr=False, default=None)  # how documents are read, made once
    read_at: dict[tuple[int, str], Any] = field(init=False, repr=False, default_factory=dict)
    _orders: dict[tuple[int, str], tuple[str, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.forge = Forge(self.document)
        self.root = self.forge.node([self.document.top])

    @cached_property
    def title(self) -> str:
        """The title of the form."""
        return self.texts(self.definition.get("title") or self.root.notes.get("title"))

    def text(self, value: Any, default: str = "") -> str:
        """Return a text of the definition in the form's language."""
        return self.texts(value, default) if isinstance(value, str | Mapping) else default

    def label_of(self, pattern: str, node: Node, name: str = "") -> str:
        """Return the label of a field: the ui's, else the schema's title, else its name made readable."""
        own = self.text(self.ui.of(pattern).label) or self.text(node.notes.get("title"))
        return own or readable(name or pattern.rsplit("/", 1)[-1])

    def node_at(self, pointer: str) -> Node | None:
        """Return the node of a pointer (``*`` or a number for an item), whatever the data."""
        node: Node | None = self.root
        for part in pointers.split(pointer):
            if node is None:
                return None
            node = self._step(node, part)
        return node

    def _step(self, node: Node, part: str) -> Node | None:
        if node.properties.get(part):
            return self.forge.node(node.properties[part])
        properties = all_properties(self.forge, node)
        if part in properties:
            return self.forge.node(properties[part])
        if part == "*" or part.isdecimal():
            index = int(part) if part.isdecimal() else len(node.prefix)
            if (node.items and not node.anything) or node.prefix or node.kind == "array":
                return self.forge.item(node, index)
        if (node.entries and not node.anything) or node.entry_patterns:
            return self.forge.entry(node, part)
        return None

    def label(self, pointer: str) -> str:
        """Return the label of the field at a pointer into the data; the form's title for the whole."""
        if not pointer:
            return self.title
        node = self.node_at(pointer)
        name = pointers.split(pointer)[-1]
        pattern = pointers.pattern_of(pointer)
        if node is None:
            return self.text(self.ui.of(pattern).label) or readable(name)
        if name.isdecimal() and not node.notes.get("title"):
            parent = pointer.rsplit("/", 1)[0]
            return f"{self.label(parent)} {int(name) + 1}"
        return self.label_of(pattern, node, name)

    def ordered(self, node: Node, pattern: str) -> tuple[str, ...]:
        """Return the properties of a settled node at ``pattern`` in the order of the page."""
        found = self._orders.get((id(node), pattern))
        if found is None:
            names = shown_properties(self.forge, node)
            ranks = {name: self.ui.of(f"{pattern}/{pointers.escape(name)}").order for name in names}
            last = [name for name in names if ranks[name] is None]
            first = [name for name in names if ranks[name] is not None]
            found = (*sorted(first, key=lambda name: ranks[name] or 0), *last)
            self._orders[id(node), pattern] = found
        return found

    def initial(self) -> Any:
        """Return the data of a new form: declared defaults and required constants."""
        return copy.deepcopy(self._initial)

    @cached_property
    def _initial(self) -> Any:
        return initial(self.forge, self.root)


def readable(name: str) -> str:
    """Return a property name as words: ``firstName`` and ``first_name`` are “First name”."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = re.sub(r"[_\-.\s]+", " ", words).strip()
    if not words or not words.isascii():
        return name
    first, *rest = words.split(" ")
    lowered = [first[:1].upper() + first[1:], *(w if w.isupper() and len(w) > 1 else w.lower() for w in rest)]
    return " ".join(lowered)


_COMPILED: Kept[tuple[str, str, Profile, int], CompiledForm] = Kept(256)


def compile_form(
    definition: Mapping[str, Any],
    *,
    lang: str = DEFAULT_LANGUAGE,
    texts: Texts | None = None,
    profile: Profile = FULL,
    file: str = "",
    pointer: str = "",
    strict: bool = True,
) -> CompiledForm:
    """Return the compiled form; raise DefinitionError with all problems of the definition."""
    lang = normal_language(lang)
    texts = texts if texts is not None else Texts(lang)
    key = (digest(definition) if _is_json(definition) else "", lang, profile, id(texts.catalogues.get(lang)))
    found = _COMPILED.get(key) if strict and key[0] else None
    if found is not None and found.texts.catalogues.get(lang) is texts.catalogues.get(lang):
        return found
    document, ui, problems = _load(definition, file, pointer, strict)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or document is None:
        raise DefinitionError("form.unusable", msg("The form cannot be used"), problems=errors)
    form = CompiledForm(definition, lang, texts, profile, document, ui, tuple(problems))
    if strict and key[0]:
        _COMPILED.put(key, form)
    return form


def check_form(definition: Mapping[str, Any], *, file: str = "", pointer: str = "") -> list[Problem]:
    """Return everything wrong with a form definition: its schema and its ui part."""
    return _load(definition, file, pointer, strict=True)[2]


def _load(
    definition: Mapping[str, Any], file: str, base: str, strict: bool
) -> tuple[SchemaDocument | None, Ui, list[Problem]]:
    document, problems = load_schema(
        definition.get("schema"), file=file, base=f"{base}/schema", strict=strict
    )
    ui, found = load_ui(definition.get("ui"), file=file, base=f"{base}/ui")
    problems = [*problems, *found]
    if document is not None:
        problems += _unknown_fields(document, ui, file, base)
    return document, ui, problems


def _unknown_fields(document: SchemaDocument, ui: Ui, file: str, base: str) -> list[Problem]:
    bare = CompiledForm({}, DEFAULT_LANGUAGE, Texts(), FULL, document, ui)
    problems = []
    for where in ui.fields:
        if bare.node_at(where) is None:
            at = f"{base}/ui/fields/{pointers.escape(where)}"
            message = msg("The schema has no field %(field)s")
            problems.append(Problem("ui.field", message, {"field": where}, file, at))
    for where in sorted(ui.controlling):
        if bare.node_at(where) is None:
            message = msg("A condition reads %(field)s, which the schema does not have")
            problems.append(Problem("ui.when", message, {"field": where}, file, f"{base}/ui"))
    for index, where in enumerate(ui.first):
        if bare.node_at(where) is None:
            message = msg("The schema has no field %(field)s")
            problems.append(Problem("ui.field", message, {"field": where}, file, f"{base}/ui/first/{index}"))
    problems += preset_problems(bare, file, base)
    return problems


def _is_json(definition: Mapping[str, Any]) -> bool:
    try:
        digest(definition)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
