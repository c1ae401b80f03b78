"""Conditions of forms and of steps as sentences with pick lists: what they can look at, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from portal.core.canonical import canonical
from portal.core.conditions.operators import OPERATORS
from portal.core.editors import words
from portal.core.errors import DefinitionError, PortalError, msg
from portal.core.facts import facts
from portal.core.forms import FieldInfo, list_fields
from portal.core.kinds import KINDS
from portal.core.packs.places import NAMED_BY, PARTS
from portal.core.rules.entered import Entered
from portal.core.rules.sentences import (
    operators_for,
    phrase,
    takes_nothing,
    takes_several,
    tree_said,
)
from portal.core.rules.spoken import Spoken
from portal.core.taxonomy import taxonomies
from portal.core.text import DEFAULT_LANGUAGE
from portal.web import language
from portal.web.editing.screen import Screen
from portal.web.language import translate
from portal.web.words.here import here
from portal.web.words.picking import unit_paths

Input = dict[str, Any]
MOST_NAMED = 6
# By what a comparison with a field that is gone can be shown: the first that has its operator.
_KINDS = ("string", "integer", "date", "boolean", "strings")


@dataclass(frozen=True)
class Worded:
    """The things that the sentence of a page can look at, and the page of the whole condition."""

    definition: Mapping[str, Any]
    spoken: Spoken
    url: str

    def page_of(self, *_below: str) -> str:
        """Return the address at which conditions of several levels are changed."""
        return self.url


def worded(
    screen: Screen,
    inputs: Mapping[str, Input],
    when: Any,
    url: str,
    form: Mapping[str, Any] = MappingProxyType({}),
) -> Worded:
    """Return the words of a condition; units that it names are called by their names."""
    titles = _titles(screen, form)
    gone = vanished(when, {*inputs, *titles}) if form else {}
    inputs = {**inputs, **gone}
    inputs |= dict(_fitting(when, inputs, titles))
    inputs |= vanished(when, inputs)
    options = {name: one["options"] for name, one in inputs.items() if one.get("options")}
    for name, codes in _units(when, inputs):
        options[name] = {code: path for code, path in unit_paths(here(), codes).items() if path}
    definition = {"inputs": dict(inputs)}
    spoken = Spoken(definition, taxonomies(screen.draft.document), screen.texts, translate, options)
    return Worded(definition, spoken, url)


def named_in(screen: Screen, parts: Iterable[str], field: str) -> list[str]:
    """Return the parts of a draft that name a field, each with what names it, in words."""
    named = (f'"{field}"', f'"/data{field}"')
    # Quotes part the names in Chinese; Latin ones need a space and a comma.
    gap, comma = ("", "") if language.current() == DEFAULT_LANGUAGE else (" ", ", ")
    found = []
    for part in parts:
        things = screen.draft.document.get(part) or {}
        users = [one for one in things.items() if any(name in canonical(one[1]) for name in named)]
        called = comma.join(f"“{_called(screen, *one)}”" for one in users[:MOST_NAMED])
        more = f"+{len(users) - MOST_NAMED}" if len(users) > MOST_NAMED else ""
        if users:
            found.append(f"{translate(PARTS[part])}{gap}{called}{more}")
    return found


def _called(screen: Screen, key: str, thing: Any) -> str:
    said = [thing.get(name) for name in NAMED_BY] if isinstance(thing, Mapping) else []
    return screen.texts(next(filter(None, said), None), key)


def vanished(when: Any, inputs: Collection[str]) -> dict[str, Input]:
    """Return what a condition looks at and what is not there any more, so that its page can say so and mend it."""
    title = translate(msg("a field that is not there any more (choose another)"))
    found: dict[str, Input] = {}
    for one in _clauses(when):
        if one["field"] not in inputs:
            kinds = (kind for kind in _KINDS if one.get("op") in {op.name for op in operators_for(kind)})
            found[one["field"]] = {"title": title, "type": next(kinds, _KINDS[0])}
    return found


def shown_with(said: Worded, sent: Entered, may_edit: bool) -> dict[str, Any]:
    """Return what the template of a sentence asks for."""
    return {
        "desk": said,
        "sent": sent,
        "rule": "",
        "may_edit": may_edit,
        "kept_said": lambda raw: tree_said(raw, said.spoken),
        "phrase": lambda op: phrase(op, translate),
        "operators_for": operators_for,
        "takes_nothing": takes_nothing,
        "takes_several": takes_several,
    }


def fields_of_form(screen: Screen, name: str) -> list[FieldInfo]:
    """Return the fields of a form of the draft; none where it can't be read."""
    form = screen.draft.document.get("forms", {}).get(name)
    if not isinstance(form, Mapping):
        return []
    try:
        return list_fields(form, lang=language.current(), texts=screen.texts)
    except DefinitionError:
        return []


def inputs_of(fields: Iterable[FieldInfo], prefix: str = "", above: str = "") -> dict[str, Input]:
    """Return fields as things that a condition can look at, by their pointers."""
    return {f"{prefix}{one.pointer}": _input(one, above) for one in fields if KINDS[one.type].compared}


def _input(field: FieldInfo, above: str) -> Input:
    title = f"{above} / {field.label}" if above else field.label
    made: Input = {"title": title, "type": field.type}
    if field.taxonomy:
        made["taxonomy"] = field.taxonomy
    if field.options:
        made["options"] = {code: text for code, text in field.options if isinstance(code, str)}
    return made


def facts_of_matter() -> dict[str, Input]:
    """Return what a step can look at beside forms: the state of the matter and of its referral."""
    waits = translate(words.label("facts:/record/correcting"))
    found: dict[str, Input] = {
        "/stage": {"title": translate(msg("Stage")), "type": "string"},
        "/correcting": {"title": waits, "type": "boolean"},
    }
    for where, kind in facts(["referral"]).items():
        if KINDS[kind.type].compared:
            found[where] = {"title": translate(words.label(f"facts:{where}")), "type": kind.type}
    return found


def _fitting(
    when: Any, inputs: Mapping[str, Input], titles: Mapping[str, str]
) -> Iterator[tuple[str, Input]]:
    """Yield what a condition looks at in another way than pages offer, so that it stays as it is."""
    for clause in _clauses(when):
        name, op = clause["field"], str(clause.get("op"))
        known = inputs.get(name)
        if op not in OPERATORS or (known and KINDS[known["type"]].compared in OPERATORS[op].kinds):
            continue
        kind = next(one for one in KINDS.values() if one.compared in OPERATORS[op].kinds)
        yield name, {**(known or {"title": titles.get(name) or name.rpartition("/")[2]}), "type": kind.name}


def _titles(screen: Screen, form: Mapping[str, Any]) -> dict[str, str]:
    """Return what groups and tables of a form are called: a condition may ask whether they hold anything."""
    known = (form.get("schema") or {}).get("properties") or {}
    said = {f"/{key}": one.get("title") for key, one in known.items() if isinstance(one, Mapping)}
    return {where: screen.texts(title, where) for where, title in said.items() if title}


def _clauses(when: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(when, Mapping):
        if isinstance(when.get("field"), str):
            yield when
        for members in when.values():
            yield from _clauses(members)
    elif isinstance(when, list):
        for one in when:
            yield from _clauses(one)


def _units(when: Any, inputs: Mapping[str, Input]) -> Iterator[tuple[str, list[str]]]:
    for name, one in inputs.items():
        if one["type"] == "unit":
            codes = sorted(set(_values(when, name)))
            if codes:
                yield name, codes


def _values(when: Any, name: str) -> Iterator[str]:
    for clause in _clauses(when):
        value = clause.get("value") if clause["field"] == name else None
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def told(error: PortalError) -> list[str]:
    """Return what a refusal says, each thing once."""
    said = [one.text(translate) for one in error.problems]
    return list(dict.fromkeys(said))[:20] or [error.text(translate)]
