"""Pattern formulas such as 1+5+10+N and 三区十一室一庭, rendered from their real members.

A figure is never typed: it is the number of members. Where the members are not known the claimed figure is
shown with a mark, and where nothing is known the mark stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from portal.core.layout.model import Layout, Thing
from portal.core.layout.numerals import counted
from portal.core.text import DEFAULT_LANGUAGE, Texts

UNKNOWN = "?"
State = Literal["agrees", "differs", "unknown", "open"]
UnitNames = Callable[[Mapping[str, Any]], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a formula; it agrees with or differs from the claim, is unknown, or open (a letter)."""

    title: str
    figure: str
    members: tuple[str, ...] | None
    claimed: int | None
    counted: int | None
    state: State
    optional: bool = False  # not every place has it: its figure stands in brackets


@dataclass(frozen=True, slots=True)
class Formula:
    """A rendered formula: ``text`` marks unknown figures, ``name`` is the same without the marks."""

    id: str
    title: str
    text: str
    name: str
    terms: tuple[Term, ...]


def formula(
    layout: Layout, pattern_id: str, *, units: UnitNames | None = None, texts: Texts | None = None
) -> Formula:
    """Return the formula ``pattern_id`` as it follows from the members.

    ``units`` gives the names of the centre's units for a selector such as ``{"level": "township"}``, or None
    where they can't be told.
    """
    pattern = layout.patterns[pattern_id]
    say = texts or Texts()
    chinese = pattern["style"] == "chinese"
    terms = tuple(_term(layout, term, units, say, chinese) for term in pattern["terms"])
    measures = [say(term.get("measure")) for term in pattern["terms"]]
    return Formula(
        id=pattern_id,
        title=say(pattern["title"]),
        text=_written([_bracketed(term, _marked(term)) for term in terms], measures, chinese, say.lang),
        name=_written([_bracketed(term, term.figure) for term in terms], measures, chinese, say.lang),
        terms=terms,
    )


def _marked(term: Term) -> str:
    return term.figure + UNKNOWN if term.state == "unknown" and term.figure != UNKNOWN else term.figure


def _bracketed(term: Term, figure: str) -> str:
    return f"({figure})" if term.optional else figure


def _written(figures: list[str], measures: list[str], chinese: bool, lang: str) -> str:
    if not chinese:
        return "+".join(figures).replace("+(", "(")
    if lang == DEFAULT_LANGUAGE:
        return "".join(figure + measure for figure, measure in zip(figures, measures, strict=True))
    return ", ".join(
        f"{figure} {measure}".rstrip() for figure, measure in zip(figures, measures, strict=True)
    )


def _term(
    layout: Layout, raw: Mapping[str, Any], units: UnitNames | None, texts: Texts, chinese: bool
) -> Term:
    members = members_of(layout, raw["members"], units, texts)
    claimed, number = raw.get("claimed"), None if members is None else len(members)
    shown = claimed if number is None else number
    in_words = chinese and texts.lang == DEFAULT_LANGUAGE
    figure = UNKNOWN if shown is None else counted(shown) if in_words else str(shown)
    state: State = "agrees" if claimed is None or claimed == number else "differs"
    if number is None:
        state = "unknown"
    if "letter" in raw:
        figure, state = raw["letter"], "open"
    optional = raw.get("optional") is True
    return Term(texts(raw["title"]), figure, members, claimed, number, state, optional)


def members_of(
    layout: Layout, selector: Any, units: UnitNames | None, texts: Texts
) -> tuple[str, ...] | None:
    """Return the names of the members that a selector means; None: they are not known."""
    if selector is None:
        return None
    if isinstance(selector, list):
        return tuple(texts(name) for name in selector)
    sort, value = next(iter(selector.items()))
    if sort == "units":
        names = units(value) if units else None
        return None if names is None else tuple(names)
    if sort == "centre":
        return (texts(layout.centre.get("name")),)
    if sort == "departments":
        known = layout.departments
        chosen = value if isinstance(value, list) else _stationed(layout, value)
        return tuple(texts(known[key]["name"]) for key in chosen if key in known)
    groups = {
        "plates": layout.plates,
        "zones": layout.zones,
        "windows": layout.windows,
        "subcentres": layout.subcentres,
        "rooms": _rooms(layout, value),
    }
    return tuple(texts(thing.title) for thing in groups[sort])


def _stationed(layout: Layout, wanted: Any) -> list[str]:
    """Return the departments that are stationed, of one mode where it is said."""
    mode = wanted.get("mode") if isinstance(wanted, Mapping) else None
    return sorted({stay.department for stay in layout.stationing if mode in (None, stay.mode)})


def _rooms(layout: Layout, wanted: Any) -> tuple[Thing, ...]:
    if not isinstance(wanted, Mapping):
        return layout.rooms
    if "kind" in wanted:
        return tuple(room for room in layout.rooms if room.kind == wanted["kind"])
    return tuple(room for room in layout.rooms if room.kind != wanted["not_kind"])
