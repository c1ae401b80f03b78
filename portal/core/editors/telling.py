"""Places of a configuration and their values as people say them: titles and sentences, no identifier and no JSON.

How a value is told follows from the shapes of the formats: a reference by the title of what it means, a condition as a
sentence, a list by its entries, a group by its members. What has no words at all is told as a setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.draft import OWN_PARTS
from portal.core.drafts.properties import PROPERTIES
from portal.core.drafts.wording import SECTION as WORDING
from portal.core.editors import words
from portal.core.editors.converting import whole
from portal.core.editors.places import area_shape
from portal.core.editors.reading import CONDITION
from portal.core.editors.shapes import Shape
from portal.core.editors.titles import Titles, is_code, of_texts, placeholders
from portal.core.errors import Translator, Words, msg
from portal.core.packs.merge import ABSENT
from portal.core.packs.places import NAMED_BY, PARTS, place_things, said
from portal.core.packs.resolve import Resolved
from portal.core.rules.sentences import Sentence
from portal.core.rules.spoken import TODAY

MOST, DEEPEST = 6, 3
ENTRY, ORDER = "=", "=order"
LENGTHS: Mapping[str, str] = {
    "calendar_day": msg("%(n)s days"),
    "working_day": msg("%(n)s working days"),
    "hour": msg("%(n)s hours"),
    "month": msg("%(n)s months"),
    "year": msg("%(n)s years"),
}
WEEKDAYS = (msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"))
LANGS = frozenset({"zh_Hans", "en"})
_TODAY = re.compile(r"today([+-]\d+)?")
SETTING, NOTHING = msg("another setting"), msg("not there")
_WITHIN = msg("%(outer)s, %(inner)s")
_IN_LANGUAGE = msg("“%(text)s” in %(language)s")
# A text in another language: the section, the language, the text as it is written first.
_WORDING_DEPTH = 3
_NAMED = {**PARTS, **OWN_PARTS}


def _in_sentence(label: str) -> str:
    """Return a label as it stands within a sentence; abbreviations and Chinese stay as they are."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


@dataclass(frozen=True)
class Telling:
    """Two states of a configuration, and the language in which their places and values are told."""

    names: Resolved
    translate: Translator = str

    @cached_property
    def titles(self) -> Titles:
        """What the identifiers of both states are called."""
        return Titles(self.names, self.translate)

    # -- places ------------------------------------------------------------------------------------

    def place(self, path: str) -> str:
        """Return a place in words, from the outside in."""
        parts = pointers.split(path)
        if parts[0] == WORDING and len(parts) == _WORDING_DEPTH:
            return self.thing(path)
        entry = next((at for at, part in enumerate(parts) if part.startswith(ENTRY)), len(parts))
        if parts[entry : entry + 1] == [ORDER]:
            entry += 1
        found = place_things(self.names, pointers.join(parts[:entry]))
        told = [self._thing(words_, parts[:depth]) for depth, words_ in found.items()]
        depth = max(found, default=1)
        told = told or [self.part(path)]
        if label := self.label(parts[:entry], depth):
            told.append(_in_sentence(label))
        if entry < len(parts):
            told.append(self._entry(parts[:entry], parts[entry]))
        return self._filled(self.joined(told))

    def thing(self, path: str) -> str:
        """Return what the thing around a place is called, from the outside in."""
        parts = pointers.split(path)
        if parts[0] == WORDING and len(parts) == _WORDING_DEPTH:
            language = self.translate(words.LANGUAGES.get(parts[1], parts[1]))
            return self._filled(self.translate(_IN_LANGUAGE) % {"text": parts[2], "language": language})
        found = place_things(self.names, path)
        told = self.joined([self._thing(one, parts[:depth]) for depth, one in found.items()])
        return self._filled(told) or self.part(path)

    def _filled(self, text: str) -> str:
        """Return a text in which what is filled in later is told by its title."""
        return placeholders(text, self.titles.any)

    @cached_property
    def comma(self) -> str:
        """Return what stands between the entries of a list."""
        return self.translate(msg(", "))

    def joined(self, told: list[str]) -> str:
        """Return words from the outside in as one text."""
        within = self.translate(_WITHIN)
        text = told[0] if told else ""
        for inner in told[1:]:
            text = within % {"outer": text, "inner": inner}
        return text

    def part(self, path: str) -> str:
        """Return what the part of the configuration is called in which a place lies."""
        section = next(iter(pointers.split(path)), "")
        return self.translate(_NAMED.get(section, msg("Other settings")))

    def _thing(self, found: Words, parts: list[str]) -> str:
        name = found.params.get("name")
        if isinstance(name, str) and is_code(name):
            title = self.titles.at(parts) or self.titles.any(name)
            if not title:
                return self._label_of(parts) or self.translate(SETTING)
            found = Words(found.message, {**found.params, "name": title})
        return found.text(self.translate)

    def label(self, parts: list[str], depth: int) -> str:
        """Return what the property at the end of a path is called; empty for a thing itself."""
        rest = parts[depth:]
        if not rest:
            return ""
        if rest[-1] == ORDER:
            return self.translate(PROPERTIES["order"].title)
        for at in range(len(parts), depth, -1):
            if found := self._label_of(parts[:at]):
                return found
        return self.translate(SETTING)

    def _label_of(self, parts: list[str]) -> str:
        shape = shape_of_place(parts)
        if shape is not None and words.has_label(shape.path):
            return self.translate(words.label(shape.path))
        known = PROPERTIES.get(parts[-1])
        return self.translate(known.title) if known is not None else ""

    def _entry(self, above: list[str], key: str) -> str:
        """Return what an entry of a list is called: what it is, or the names of what it is known by."""
        shape = shape_of_place([*above, "0"])
        try:
            known = json.loads(key.removeprefix(ENTRY))
        except ValueError:
            known = key.removeprefix(ENTRY).strip('"')
        if shape is not None and whole(shape).kind in ("group", "union") and isinstance(known, list):
            inner = self.together(self._plain(one, "", above) for one in known if one is not None)
        else:
            inner = self.value(known, [*above, "0"])
        return self.translate(msg("entry “%(name)s”")) % {"name": inner}

    # -- values ------------------------------------------------------------------------------------

    def value(self, value: Any, at: list[str] | str, deep: int = 0) -> str:
        """Return the value of a place as people say it."""
        parts = pointers.split(at) if isinstance(at, str) else at
        if parts[:1] == [WORDING] and isinstance(value, str):
            return value
        entry = next((n for n, part in enumerate(parts) if part.startswith(ENTRY)), None)
        if entry is not None:
            inner = [] if parts[entry] == ORDER else ["0", *parts[entry + 1 :]]
            parts = [*parts[:entry], *inner]
        return self._filled(self._value(value, shape_of_place(parts), parts, deep))

    def _value(self, value: Any, shape: Shape | None, parts: list[str], deep: int) -> str:
        if value is None or value is ABSENT:
            return self.translate(NOTHING)
        if isinstance(value, bool):
            return self.translate(msg("yes") if value else msg("no"))
        if shape is not None and shape.kind == "again" and shape.name == CONDITION:
            return self.condition(value, parts)
        shape = whole(shape) if shape is not None else None
        if shape is not None and shape.kind == "union":
            shape = alternative(shape, value)
        if isinstance(value, list):
            return self._several(value, shape, parts, deep)
        if isinstance(value, Mapping):
            return self._group(value, shape, parts, deep)
        ref = shape.ref if shape is not None else ""
        if shape is not None and shape.kind == "text":
            return str(value)
        if shape is not None and shape.kind == "choice" and value in shape.options:
            label = self.translate(words.option_label(shape.path, value))
            if not is_code(label):
                return label
        return self._plain(value, ref, parts)

    def condition(self, when: Any, parts: list[str]) -> str:
        """Return a condition as a sentence."""
        return Sentence.of(_bare(when)).said(self.titles.spoken(parts))

    def _demand(self, value: Mapping[str, Any], parts: list[str]) -> str:
        """Return a rule between fields of a form as a sentence: what has to be there, and when."""
        spoken = self.titles.spoken(parts)
        told = [Sentence.of(_tested(value["if"])).said(spoken)]
        for key in ("then", "else"):
            demand = value.get(key) or {}
            named = [spoken.title(name) for name in demand.get("required", ())]
            limited = [
                spoken.title(name)
                for name in demand.get("properties", {})
                if name not in demand.get("required", ())
            ]
            start = "" if key == "then" else self.translate(msg("otherwise")) + " "
            if named:
                told.append(
                    start
                    + self.translate(msg("has to be filled in: %(names)s")) % {"names": self.together(named)}
                )
            if limited:
                told.append(
                    start + self.translate(msg("is limited: %(names)s")) % {"names": self.together(limited)}
                )
        return self.joined(told)

    def _plain(self, value: Any, ref: str, parts: list[str]) -> str:
        if not isinstance(value, str):
            return self._value(value, None, parts, 1) if isinstance(value, list | Mapping) else str(value)
        title = self.titles.title(ref, value, parts)
        if title:
            return title
        if relative := _TODAY.fullmatch(value):
            return self._day(int(relative[1] or 0))
        if is_code(value) or of_texts(value) or "://" in value:
            return self.translate(SETTING)
        text = self._filled(value)
        return text if len(text) <= 120 else text[:119] + "…"

    def _day(self, count: int) -> str:
        """Return a day that is counted from today."""
        if not count:
            return self.translate(TODAY)
        text = msg("in %(n)s days") if count > 0 else msg("%(n)s days ago")
        return self.translate(text) % {"n": abs(count)}

    def _several(self, value: list[Any], shape: Shape | None, parts: list[str], deep: int) -> str:
        item = shape.item if shape is not None and shape.kind == "list" else None
        if not value:
            return self.translate(msg("none"))
        if parts[-1:] == ["weekdays"]:
            return self.together(
                self.translate(WEEKDAYS[one - 1]) if one in range(1, 8) else str(one) for one in value
            )
        told = [self._value(one, item, [*parts, "0"], deep + 1) for one in value[:MOST]]
        return self.together(dict.fromkeys(told)) + ("…" if len(value) > MOST else "")

    def _group(self, value: Mapping[str, Any], shape: Shape | None, parts: list[str], deep: int) -> str:
        if parts[:1] == ["forms"] and isinstance(value.get("if"), Mapping):
            return self._demand(value, parts)
        if is_length(value):
            return self.translate(LENGTHS[value["unit"]]) % {"n": value["n"]}
        if shape is not None and shape.kind == "text":
            return said(dict(value))
        if shape is None or shape.kind != "map":
            for key in NAMED_BY:
                if name := _text(value.get(key)):
                    return name
        told = [line for key in value if (line := self._member(value[key], key, shape, parts, deep))]
        if not told or deep >= DEEPEST:
            return self.translate(SETTING)
        return self.translate(msg("; ")).join(told[:MOST]) + ("…" if len(told) > MOST else "")

    def together(self, told: Iterable[str]) -> str:
        """Return several things as one text, with the comma of the language."""
        return self.translate(msg(", ")).join(told)

    def _of(self, name: str, said: str) -> str:
        return self.translate(msg("%(place)s: %(said)s")) % {"place": name, "said": said}

    def _member(self, value: Any, key: str, shape: Shape | None, parts: list[str], deep: int) -> str:
        below = [*parts, key]
        if shape is not None and shape.kind == "map":
            name = self._plain(key, shape.key.ref if shape.key is not None else "", parts)
            inner = self._value(value, shape.item, below, deep + 1)
            return name if inner in ("", name) else self._of(name, inner)
        member = shape.member(key) if shape is not None and shape.kind == "group" else None
        label = self.translate(words.label(member.path)) if member and words.has_label(member.path) else ""
        if not label and (label := self._label_of(below)) == "":
            return ""
        return self._of(label, self._value(value, member, below, deep + 1))


def _text(value: Any) -> str:
    """Return a text, or one by language; empty for anything else."""
    return (
        said(value) if isinstance(value, str) or (isinstance(value, Mapping) and set(value) <= LANGS) else ""
    )


def _bare(when: Any) -> Any:
    """Return a condition whose comparisons say what a sentence can tell, and nothing else."""
    if isinstance(when, Mapping):
        if isinstance(when.get("field"), str) and "op" in when:
            return {key: when[key] for key in ("field", "op", "value") if key in when}
        return {key: _bare(one) for key, one in when.items()}
    return [_bare(one) for one in when] if isinstance(when, list) else when


def _tested(test: Mapping[str, Any]) -> Any:
    """Return as a condition what a schema asks of fields before it demands something."""
    clauses: list[Any] = []
    limits = test.get("properties") or {}
    for name, limit in limits.items():
        limit = limit if isinstance(limit, Mapping) else {}
        if "const" in limit:
            clauses.append({"field": name, "op": "eq", "value": limit["const"]})
        elif "enum" in limit:
            clauses.append({"field": name, "op": "in", "value": limit["enum"]})
        else:
            clauses.append({"field": name, "op": "missing" if limit.get("maxItems") == 0 else "exists"})
    more = [one for one in test.get("required") or () if one not in limits]
    clauses += [{"field": name, "op": "exists"} for name in more]
    return {"all": clauses} if clauses else None


def is_length(value: Any) -> bool:
    """Tell whether a value is a length of time."""
    return (
        isinstance(value, Mapping) and set(value) - {"stated"} == {"n", "unit"} and value["unit"] in LENGTHS
    )


def shape_of_place(parts: list[str]) -> Shape | None:
    """Return the shape of a place of a bundle; None where no format describes it."""
    shape = area_shape(parts[0]) if parts else None
    for part in parts[1:]:
        if shape is None:
            return None
        shape = _inside(shape, part)
    return shape


def _inside(shape: Shape, part: str) -> Shape | None:
    shape = whole(shape)
    if shape.kind in ("map", "list"):
        return shape.item
    if shape.kind == "union":
        found = (_inside(one.shape, part) for one in shape.alternatives)
        return next((one for one in found if one is not None), None)
    return shape.member(part)


def alternative(shape: Shape, value: Any) -> Shape | None:
    """Return the alternative of a union that a value is of; None where none fits."""
    if shape.discriminator and isinstance(value, Mapping):
        tag = str(value.get(shape.discriminator))
        return next((one.shape for one in shape.alternatives if one.tag == tag), None)
    inner = [whole(one.shape) for one in shape.alternatives]
    if isinstance(value, Mapping):
        groups = [one for one in inner if one.kind in ("group", "map", "text")]
        fitting = [
            one for one in groups if one.kind != "group" or set(value) <= {m.name for m in one.members}
        ]
        return next(iter(fitting), None) or next(iter(groups), None)
    if isinstance(value, list):
        return next((one for one in inner if one.kind == "list"), None)
    exact = (one for one in inner if one.kind == "choice" and value in one.options)
    return next(exact, None) or next(
        (one for one in inner if one.kind in ("line", "text", "number", "whole")), None
    )
