"""What references choose among: the things of a draft by their names, as the place asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from portal.core import pointer as pointers
from portal.core.columns import COLUMNS
from portal.core.editors import words
from portal.core.editors.shapes import NAMED_BY
from portal.core.errors import Translator, msg
from portal.core.facts import facts
from portal.core.layout.model import PLACES
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.packs.formats import FORMATS
from portal.core.packs.places import said
from portal.core.picking import Choice
from portal.core.text import Texts
from portal.core.worklists import WHO_TITLES

UNITS = "units"  # units of the tree are no part of a draft: the page looks them up
ALL_TYPES = "*"
_OF_LAYOUT = tuple(PLACES.values())
_VALUES = {"flags": "flags", "grades": "grades", "modes": "modes", "retention": "retention"}
ROOTS = {"worklists": "record referral task clock", "documents": "record referral clock centre"}
_DEEP = 4
_DESCENDING = msg("%(column)s, the last first")
_ROWS = msg("%(list)s, each row")
_EVERY = msg("Every type")
ANYWHERE = "*"
_ANYWHERE = msg("Every main stage that is not final")


@dataclass(frozen=True)
class Choices:
    """The choices of a draft, for places of one page.

    ``texts`` says names in the reader's language; ``pointer`` is the place of the page, by which it is known of which
    form, course, classification or layout something is chosen.
    """

    document: Mapping[str, Any]
    pointer: str = ""
    texts: Texts = field(default_factory=Texts)
    translate: Translator = str

    def of(self, ref: str) -> list[Choice]:
        """Return what a reference may name, in order; nothing for units and for what nobody knows."""
        maker = _MAKERS.get(ref) or (_section(ref) if ref in area_names() else None)
        found: dict[str, Choice] = {}
        for choice in maker(self) if maker else ():
            found.setdefault(choice.code, choice)
        return list(found.values())

    def label(self, ref: str, code: str) -> str:
        """Return the name of what a reference names; empty for what is not there."""
        return next((one.path or one.label for one in self.of(ref) if one.code == code), "")

    # -- where the page is -------------------------------------------------------------------------

    @property
    def parts(self) -> list[str]:
        """Return the parts of the pointer of the page."""
        return pointers.split(self.pointer)

    def within(self, section: str) -> str:
        """Return the key of the thing of a section that the page is about; empty where it is about none."""
        return self.parts[1] if self.parts[:1] == [section] and len(self.parts) > 1 else ""

    def section(self, *path: str) -> Mapping[str, Any]:
        """Return a map of the draft; an empty one where there is none."""
        found = pointers.get(self.document, pointers.join(path), None)
        return found if isinstance(found, Mapping) else {}

    def entities(self) -> list[str]:
        """Return the forms whose fields the page is about: that of the page, else those of all records."""
        form, course, worklist = self.within("forms"), self.within("lifecycles"), self.within("worklists")
        named = form or str(
            self.section("lifecycles", course).get("entity")
            or self.section("worklists", worklist).get("entity")
            or self.section("documents", self.within("documents")).get("entity")
            or ""
        )
        if named:
            step = self.section("lifecycles", course, "transitions", self.parts[3]) if self._step() else {}
            asked = [str(step["form"])] if step.get("form") else []
            return [named, *asked]
        return [key for key, one in self.section("forms").items() if one.get("kind") == "entity"]

    def _step(self) -> bool:
        return self.parts[:1] == ["lifecycles"] and self.parts[2:3] == ["transitions"] and len(self.parts) > 3

    def named(self, things: Mapping[str, Any], above: str = "") -> Iterator[Choice]:
        """Yield the things of a map, each by its name."""
        for key, thing in sorted(things.items(), key=_rank):
            if thing is None:
                continue
            label = thing if isinstance(thing, str) else self.name(thing, key)
            yield self.choice(key, label, above)

    def name(self, thing: Any, key: str) -> str:
        """Return the name of a thing in the reader's language."""
        raw = next((thing[one] for one in NAMED_BY if thing.get(one)), None)
        return self.texts(raw, key) if isinstance(raw, str | Mapping) else said(raw, key)

    def choice(self, code: str, label: str, above: str = "", aliases: tuple[str, ...] = ()) -> Choice:
        """Return one choice."""
        line = (above, label) if above else (label,)
        return Choice(code, label, (line,), " / ".join(line), aliases)


def _rank(item: tuple[str, Any]) -> float:
    order = item[1].get("order", item[1].get("position")) if isinstance(item[1], Mapping) else None
    return float(order) if isinstance(order, int | float) else 1e9


def _section(name: str) -> Callable[[Choices], Iterator[Choice]]:
    return lambda here: here.named(here.section(name))


def _of_layout(name: str) -> Callable[[Choices], Iterator[Choice]]:
    def found(here: Choices) -> Iterator[Choice]:
        if here.parts[:2] == ["layout", "levels"]:
            yield from here.named(here.section(*here.parts[:3], name))
        else:
            yield from here.named(here.section("layout", name))

    return found


def _entities(here: Choices) -> Iterator[Choice]:
    yield from here.named({k: v for k, v in here.section("forms").items() if v.get("kind") == "entity"})


def _grant_entities(here: Choices) -> Iterator[Choice]:
    yield here.choice(ALL_TYPES, here.translate(_EVERY))
    yield from _entities(here)


def _stages(here: Choices) -> Iterator[Choice]:
    if here.parts[2:3] == ["transitions"]:
        yield here.choice(ANYWHERE, here.translate(_ANYWHERE))
    yield from _of_courses(here, "stages")


def _steps(here: Choices) -> Iterator[Choice]:
    yield from _of_courses(here, "transitions")


def _of_courses(here: Choices, name: str) -> Iterator[Choice]:
    own = here.within("lifecycles")
    for key, course in here.section("lifecycles").items():
        if not own or key == own:
            yield from here.named(course.get(name) or {}, "" if own else here.name(course, key))


def _terms(here: Choices) -> Iterator[Choice]:
    own = here.within("taxonomies")
    for key, taxonomy in here.section("taxonomies").items():
        terms = taxonomy.get("terms") or {}
        if own and key != own:
            continue
        for code, term in terms.items():
            above = terms.get(term.get("parent") or "")
            yield here.choice(code, here.name(term, code), here.name(above, "") if above else "")


def _parameters(here: Choices) -> Iterator[Choice]:
    if here.parts[:1] == ["worklists"]:
        for name, title in WHO_TITLES.items():
            yield here.choice(name, here.translate(title))
        return
    for key, rules in here.section("rules").items():
        if here.within("rules") in ("", key):
            yield from here.named(rules.get("parameters") or {})


def _fields(here: Choices) -> Iterator[Choice]:
    for key, rules in here.section("rules").items():
        if here.within("rules") == key:
            yield from here.named(rules.get("inputs") or {})
    for name in here.entities():
        form = here.section("forms", name)
        for where, label in _asked(here, form.get("schema"), "", "", 0):
            yield here.choice(where, label)
            if here.parts[:1] != ["forms"]:
                yield here.choice(f"/data{where}", label)
    for course in here.section("lifecycles").values():
        if course.get("entity") in here.entities():
            lanes = {k: v for k, v in (course.get("stages") or {}).items() if v.get("parallel")}
            for choice in here.named(lanes):
                yield here.choice(f"/lanes/{choice.code}", choice.label)
    yield here.choice("/stage", here.translate(COLUMNS["stage"].title))
    yield from _facts(here)


def asked_in(here: Choices, form: str) -> list[tuple[str, str]]:
    """Return each field that a form asks for, with its name; fields of rows are named after their list."""
    return list(_asked(here, here.section("forms", form).get("schema"), "", "", 0))


def _asked(here: Choices, schema: Any, at: str, above: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield each field of a form with its name; fields of rows are named after their list."""
    members = schema.get("properties") if isinstance(schema, Mapping) else None
    for key, member in (members or {}).items():
        if not isinstance(member, Mapping):
            continue
        where = pointers.join([key], at)
        label = here.name(member, key)
        label = f"{above} / {label}" if above else label
        yield where, label
        if depth < _DEEP:
            yield from _asked(here, member, where, label, depth + 1)
            rows = member.get("items")
            if isinstance(rows, Mapping) and rows.get("properties"):
                yield f"{where}/*", here.translate(_ROWS) % {"list": label}
                yield from _asked(here, rows, f"{where}/*", label, depth + 1)


def _facts(here: Choices) -> Iterator[Choice]:
    for where in facts(ROOTS.get(here.parts[0] if here.parts else "", "record referral").split()):
        column = COLUMNS.get(where.removeprefix("/record/"))
        title = column.title if column is not None else words.label(f"facts:{where}")
        yield here.choice(where, here.translate(title))


def _columns(here: Choices) -> Iterator[Choice]:
    if here.parts[:1] == ["worklists"]:
        yield from _facts(here)
        for choice in _fields(here):
            if choice.code.startswith("/data"):
                yield choice
        return
    for name, column in COLUMNS.items():
        yield here.choice(name, here.translate(column.title))
    yield from _fields(here)


def _sort_columns(here: Choices) -> Iterator[Choice]:
    for choice in _columns(here):
        yield choice
        yield here.choice(f"-{choice.code}", here.translate(_DESCENDING) % {"column": choice.label})


def _kinds_in(name: str) -> Callable[[Choices], Iterator[Choice]]:
    def found(here: Choices) -> Iterator[Choice]:
        used = (thing.get("kind") for thing in here.section("layout", name).values())
        known = words.said(f"kinds:/{name}", "values") or {}
        for kind in (*(one for one in used if isinstance(one, str)), *known):
            yield here.choice(kind, here.translate(words.option_label(f"kinds:/{name}", kind)))

    return found


def _parties(here: Choices) -> Iterator[Choice]:
    yield here.choice("all", here.translate(msg("Every party")))
    for form in here.section("forms").values():
        for key, party in (form.get("parties") or {}).items():
            if isinstance(party.get("as"), str):
                yield here.choice(party["as"], here.name(party, key))


def _values(name: str) -> Callable[[Choices], Iterator[Choice]]:
    def found(here: Choices) -> Iterator[Choice]:
        for key, text in here.section("settings", "values", name).items():
            yield here.choice(key, here.texts(text) if isinstance(text, str) else key)

    return found


def _templates(here: Choices) -> Iterator[Choice]:
    for name in here.section("assets"):
        if name.endswith(".docx"):
            yield here.choice(f"assets/{name}", name)
    for document in here.section("documents").values():
        if isinstance(document.get("template"), str):
            yield here.choice(document["template"], document["template"].removeprefix("assets/"))


def _canonical(here: Choices) -> Iterator[Choice]:
    for key, title in CANONICAL.items():
        yield here.choice(key, here.translate(title))


def _forms(here: Choices) -> Iterator[Choice]:
    yield from here.named(here.section("forms"))


def _rule_sets(here: Choices) -> Iterator[Choice]:
    yield from here.named(here.section("rules"))


def _rules(here: Choices) -> Iterator[Choice]:
    yield from here.named(here.section("rules", here.within("rules"), "rules"))


def _sections(here: Choices) -> Iterator[Choice]:
    yield from here.named(here.section("forms", here.within("forms"), "ui", "sections"))


def _retention_classes(here: Choices) -> Iterator[Choice]:
    yield from here.named(here.section("settings", "archive", "classes"))


_NAMED = (
    _entities,
    _grant_entities,
    _forms,
    _rule_sets,
    _rules,
    _stages,
    _steps,
    _terms,
    _parameters,
    _fields,
)
_OTHERS = (_columns, _sort_columns, _sections, _parties, _retention_classes, _templates, _canonical)
_MAKERS: Mapping[str, Callable[[Choices], Iterator[Choice]]] = {
    **{name: _of_layout(name) for name in _OF_LAYOUT},
    **{name: _values(value) for name, value in _VALUES.items()},
    **{maker.__name__.removeprefix("_"): maker for maker in (*_NAMED, *_OTHERS)},
    "lists": _parameters,
    "zone_kinds": _kinds_in("zones"),
    "room_kinds": _kinds_in("rooms"),
}


@cache
def area_names() -> frozenset[str]:
    """Return the parts of a bundle whose things are named by themselves: maps of things, not files of several."""
    return frozenset(fmt.section for fmt in FORMATS if fmt.section)


def known_refs() -> frozenset[str]:
    """Return what a place may choose among."""
    return frozenset({*_MAKERS, *area_names(), UNITS})
