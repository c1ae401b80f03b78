"""The formula of a hall counted from what is there, as 三区十一室一庭, beside what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.errors import Translator, msg
from portal.core.layout.formula import Formula, Term, UnitNames, formula
from portal.core.layout.levels import PARTS, PATTERNS, STATIONING
from portal.core.layout.model import Layout
from portal.core.layout.plan import ROOMS, ZONES, shown
from portal.core.text import DEFAULT_LANGUAGE, Texts

COURT = "court"
_COUNTED = "counted_from_the_plan"
# What is counted: the name, the measure in Chinese and in other languages, the members.
_TERMS = (
    (msg("Zones"), "区", msg("zones"), {ZONES: True}),
    (msg("Rooms"), "室", msg("rooms"), {ROOMS: {"not_kind": COURT}}),
    (msg("Courts"), "庭", msg("courts"), {ROOMS: {"kind": COURT}}),
)
_MEASURES = {measure: members for _, measure, _, members in _TERMS}
# What a thing needs to be counted, by its group; titles where nothing else is said.
_NEEDED = {
    **dict.fromkeys(PARTS, ("title",)),
    STATIONING: ("department", "mode"),
    PATTERNS: ("title", "style", "terms"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A formula that the layout declares: how it reads, whether the drawing says the same, and what may be counted.

    ``countable`` are its terms as they would count what is drawn, where some name no members or others.
    """

    id: str
    formula: Formula
    agrees: bool
    countable: list[dict[str, Any]] | None


def readable(
    definition: Mapping[str, Any], departments: Mapping[str, Any] | None = None
) -> tuple[Layout, dict[str, Any]]:
    """Return a layout of what is finished of a definition, with the definition without what is not."""
    known = {key: one for key, one in (departments or {}).items() if isinstance(one, Mapping)}
    kept: dict[str, Any] = {"centre": definition.get("centre") or {}}
    for group, needed in _NEEDED.items():
        kept[group] = {
            key: one for key, one in shown(definition.get(group)) if all(one.get(name) for name in needed)
        }
    for key, stay in list(kept[STATIONING].items()):
        if stay["department"] not in known or (stay["mode"] == "rotating" and not stay.get("place")):
            del kept[STATIONING][key]
    return Layout.from_definition(kept, known), kept


def counted_formula(definition: Mapping[str, Any], texts: Texts, translate: Translator = str) -> Formula:
    """Return the formula of the zones, rooms and courts that are there; terms that count nothing are left out."""
    layout, kept = readable(definition)
    terms: list[dict[str, Any]] = [
        {
            "title": translate(title),
            "measure": measure if texts.lang == DEFAULT_LANGUAGE else translate(words),
            "members": members,
        }
        for title, measure, words, members in _TERMS
    ]
    made = _formula(layout, kept, terms, texts)
    some = [term for term, found in zip(terms, made.terms, strict=True) if found.counted]
    return _formula(layout, kept, some, texts) if len(some) < len(terms) else made


def _formula(layout: Layout, kept: Mapping[str, Any], terms: list[dict[str, Any]], texts: Texts) -> Formula:
    pattern = {"title": "", "style": "chinese", "terms": terms}
    return formula(Layout.from_definition({**kept, PATTERNS: {_COUNTED: pattern}}), _COUNTED, texts=texts)


def declared(
    definition: Mapping[str, Any],
    departments: Mapping[str, Any],
    texts: Texts,
    units: UnitNames | None = None,
) -> list[Declared]:
    """Return the formulas that a layout declares, each compared with what is there."""
    layout, kept = readable(definition, departments)
    found = []
    for key, pattern in kept[PATTERNS].items():
        made = formula(layout, key, units=units, texts=texts)
        agrees = all(_agrees(term) for term in made.terms)
        found.append(Declared(key, made, agrees, _countable(pattern)))
    return found


def _agrees(term: Term) -> bool:
    return term.state in ("agrees", "open")


def _countable(pattern: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the terms of a pattern that count what is drawn; None where they do so already, or cannot."""
    if pattern.get("style") != "chinese":
        return None
    before = [dict(term) for term in pattern["terms"]]
    after = [
        {**term, "members": _MEASURES[measure]}
        if term.get("members") is None and (measure := _measure(term)) in _MEASURES
        else term
        for term in before
    ]
    return after if after != before else None


def _measure(term: Mapping[str, Any]) -> str:
    measure = term.get("measure")
    if isinstance(measure, Mapping):
        measure = measure.get(DEFAULT_LANGUAGE) or next(iter(measure.values()), "")
    return str(measure or "")
