"""What identifiers of a configuration are called, by what refers to them; titles of fields and values in conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.columns import COLUMNS
from portal.core.editors import words
from portal.core.editors.choices import Choices
from portal.core.errors import Translator, msg
from portal.core.facts import facts
from portal.core.packs.places import said
from portal.core.packs.resolve import Resolved
from portal.core.rules.spoken import NO, YES, Spoken

_CODE = re.compile(r"-?/?[a-z][a-z0-9]*([_./-][a-z0-9*_]+)*/?")
_HOLE = re.compile(r"\{\{?\s*([A-Za-z_][\w./]*)(?::[^{}]*)?\s*\}?\}")
_PATTERN = re.compile(r"[\\^$]|\[[^\]]*-[^\]]*\]|[{}]")
_OTHER = msg("another field")
# What stands in numbers and texts of documents, where no field has that name.
_IN_TEXTS: Mapping[str, str] = {
    "agency": msg("agency word"),
    "year": msg("year"),
    "month": msg("month"),
    "day": msg("day"),
    "seq": msg("running number"),
    "unit": msg("unit"),
    "me": msg("the person who looks"),
    "my_unit": msg("the person’s own unit"),
}
# What a fact of a matter is told by.
_FACTS: Mapping[str, str] = {"stage": "stages", "mode": "modes", "route": "routes", "kind": "entities"}


def is_code(text: str) -> bool:
    """Tell whether a text is an identifier, or a pointer of such, that says nothing to people."""
    return _CODE.fullmatch(text) is not None


def of_texts(text: str) -> bool:
    """Tell whether a text is a pattern by which texts are checked."""
    return _PATTERN.search(_HOLE.sub("", text)) is not None


def placeholders(text: str, name_of: Callable[[str], str]) -> str:
    """Return a text with what is filled in told by its title."""
    return _HOLE.sub(lambda one: f"【{name_of(one[1]) or '…'}】", text)


@dataclass(eq=False)
class Titles:
    """The titles of two states of a configuration in one language."""

    names: Resolved
    translate: Translator = str
    _chosen: dict[tuple[str, tuple[str, ...]], dict[str, str]] = field(default_factory=dict)
    _near: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    @cached_property
    def documents(self) -> tuple[Mapping[str, Any], ...]:
        """Both states, that of now first."""
        return (self.names.bundle, *(layer.content for layer in reversed(self.names.chain)))

    def at(self, parts: list[str]) -> str:
        """Return the title that the thing at a place has itself, or by what it refers to."""
        for document in self.documents:
            thing = pointers.get(document, pointers.join(parts), None)
            if isinstance(thing, Mapping):
                for key in ("title", "name", "label"):
                    if told := said(thing.get(key)):
                        return told
        return ""

    def title(self, ref: str, code: str, parts: list[str]) -> str:
        """Return the title of what a reference of a place names; of anything called so where none is known."""
        if ref and (found := self._of_ref(ref, parts).get(code)):
            return found
        return self.near(parts).get(code.removeprefix("/")) or self.any(code)

    def near(self, parts: list[str]) -> Mapping[str, str]:
        """Return what the fields around a place of a form, and their options, are called; the nearest count."""
        if parts[:1] != ["forms"] or len(parts) < 2:
            return {}
        key = tuple(parts)
        if key not in self._near:
            found: dict[str, str] = {}
            for document in reversed(self.documents):
                schema: Any = pointers.get(document, pointers.join([*parts[:2], "schema"]), None)
                for part in ["", *(parts[3:] if parts[2:3] == ["schema"] else [])]:
                    schema = schema.get(part) if part and isinstance(schema, Mapping) else schema
                    options: list[tuple[str, str]] = []
                    named = dict(_fields(schema, options, 1))
                    found |= {**dict(options), **named, **dict(_options(schema))}
            self._near[key] = found
        return self._near[key]

    def option(self, field_: str, value: str, parts: list[str]) -> str:
        """Return what a value is called that a field is compared with; empty where the field offers no such choice."""
        for document in self.documents:
            here = Choices(document, pointers.join(parts[:4]), translate=self.translate)
            where = field_.removeprefix("/data")
            if parts[:1] == ["rules"] and len(parts) > 1:
                given = here.section("rules", parts[1], "inputs").get(field_) or {}
                where = str(given.get("from") or "")
            for form in here.entities() if where else ():
                if told := dict(_options(_at(here.section("forms", form, "schema"), where))).get(value):
                    return told
        return ""

    def _of_ref(self, ref: str, parts: list[str]) -> dict[str, str]:
        key = (ref, tuple(parts[:4]))
        if key not in self._chosen:
            found: dict[str, str] = {}
            for document in self.documents:
                here = Choices(document, pointers.join(parts[:4]), translate=self.translate)
                for one in here.of(ref):
                    if one.label != one.code:
                        found.setdefault(one.code, one.label)
            self._chosen[key] = found
        return self._chosen[key]

    def any(self, code: str) -> str:
        """Return what an identifier is called wherever it is one; empty where nobody knows it."""
        last = code.removeprefix("-").rstrip("/").rpartition("/")[2]
        return self.everything.get(code.strip("-/")) or self.everything.get(last) or ""

    def defined(self, code: str) -> str:
        """Return the title that the configuration itself gives an identifier; empty where it gives none."""
        last = code.removeprefix("-").rstrip("/").rpartition("/")[2]
        return self._defined.get(code.strip("-/")) or self._defined.get(last) or ""

    @cached_property
    def _defined(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for document in self.documents:
            for code, word in _defined(document):
                found.setdefault(code, word)
        return found

    @cached_property
    def everything(self) -> Mapping[str, str]:
        """What identifiers are called: columns, facts, fields with their options, and what other parts define."""
        found = {name: self.translate(one.title) for name, one in COLUMNS.items()}
        found = {**self._defined, **found}
        for where in facts(["record", "referral", "task", "clock", "centre"]):
            label = words.label(f"facts:{where}")
            if words.has_label(f"facts:{where}"):
                found.setdefault(where.strip("/"), self.translate(label))
        for code, word in _IN_TEXTS.items():
            found.setdefault(code, self.translate(word))
        return found

    def spoken(self, parts: list[str]) -> Spoken:
        """Return what a condition at a place is worded with."""
        return _Said({}, translate=self.translate, titles=self, parts=tuple(parts))


@dataclass(frozen=True)
class _Said(Spoken):
    """Conditions told by the titles of a configuration."""

    titles: Titles = None  # type: ignore[assignment]
    parts: tuple[str, ...] = ()

    def title(self, name: str) -> str:
        """Return what a field is called."""
        return self.titles.title("fields", name, list(self.parts)) or self.translate(_OTHER)

    def parameter_title(self, name: str) -> str:
        """Return what a parameter is called."""
        return self.titles.title("parameters", name, list(self.parts)) or self.translate(msg("another value"))

    def _single(self, name: str, raw: Any) -> str:
        if isinstance(raw, bool):
            return self.translate(YES if raw else NO)
        if not isinstance(raw, str):
            return super()._single(name, raw)
        parts, last = list(self.parts), name.rpartition("/")[2]
        told = self.titles.option(name, raw, parts)
        if (
            not told
            and words.has_label(f"facts:{name}")
            and raw in (words.said(f"facts:{name}", "values") or {})
        ):
            told = self.translate(words.option_label(f"facts:{name}", raw))
        told = told or self.titles.title(_FACTS.get(last, ""), raw, parts)
        return told or (self.translate(msg("another value")) if is_code(raw) else raw)


def _defined(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the parts of a configuration define, with its title; options of fields last."""
    for name, part in document.items():
        if name not in ("translations", "forms", "assets"):
            yield from _titled(part, 5)
    options: list[tuple[str, str]] = []
    for form in (document.get("forms") or {}).values():
        if isinstance(form, Mapping):
            yield from _titled((form.get("ui") or {}).get("sections"), 1)
            yield from _fields(form.get("schema"), options)
    for key, form in (document.get("forms") or {}).items():
        if word := said(form.get("title")):
            yield key, word
    values = (document.get("settings") or {}).get("values") or {}
    for group in values.values():
        if isinstance(group, Mapping):
            yield from ((code, word) for code, text in group.items() if (word := said(text)))
    yield from options


def _titled(group: Any, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(group, Mapping) or not depth:
        return
    for code, one in group.items():
        if isinstance(one, Mapping):
            if word := said(one.get("title") or one.get("name") or one.get("label")):
                yield str(code), word
            yield from _titled(one, depth - 1)


def _fields(schema: Any, options: list[tuple[str, str]], depth: int = 5) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, Mapping) or not depth:
        return
    for key, one in (schema.get("properties") or {}).items():
        if not isinstance(one, Mapping):
            continue
        if word := said(one.get("title")):
            yield key, word
        options += _options(one)
        for holder in (one, one.get("items")):
            yield from _fields(holder, options, depth - 1)


def _options(field_: Any) -> Iterator[tuple[str, str]]:
    """Yield the choices of a field, or of the entries of a list, with their titles."""
    for holder in (field_, field_.get("items")) if isinstance(field_, Mapping) else ():
        for item in (holder.get("oneOf") or ()) if isinstance(holder, Mapping) else ():
            if isinstance(item, Mapping) and "const" in item and (word := said(item.get("title"))):
                yield str(item["const"]), word


def _at(schema: Any, where: str) -> Any:
    """Return the schema of a field of a form."""
    for part in pointers.split(where):
        if not isinstance(schema, Mapping):
            return None
        schema = schema.get("items") if part == pointers.EVERY else (schema.get("properties") or {}).get(part)
    return schema
