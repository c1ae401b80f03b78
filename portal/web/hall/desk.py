"""The layout of a draft as a person works on it: things in words, whose they are, what was found of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.layout import Formula, Layout
from portal.core.layout.counting import Declared, counted_formula, declared, readable
from portal.core.layout.model import PLACES
from portal.core.layout.plan import GROUPS, ROOMS, WINDOWS, ZONES, Plan, drawing_faults, plan_of
from portal.core.packs.origins import is_within
from portal.core.packs.schemas import check_complete
from portal.core.text import Texts
from portal.services.drafts.findings import problem_from
from portal.web.editing.screen import Mark, Screen, address, thing_name
from portal.web.language import translate

BASE = "/layout"
MUST, ADVICE = "must", "advice"
SORTS = {ZONES: msg("Functional zone"), ROOMS: msg("Room"), WINDOWS: msg("Window")}
_KINDS = {"zone_kinds": ZONES, "room_kinds": ROOMS}
# The group of the place that a stay names.
_GROUP_OF = dict(PLACES)


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, and what to do about it."""

    level: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A zone, room or window in a list: its name, number, department and whose it is."""

    group: str
    id: str
    title: str
    number: str
    who: str
    zone: str
    zone_title: str
    kind: str
    seats: str
    url: str
    mark: Mark | None
    off: bool
    changed: bool
    findings: tuple[Told, ...]
    box: str = ""

    @property
    def key(self) -> str:
        """Return what tells the thing from all others of the hall."""
        return f"{self.group}/{self.id}"

    @property
    def sort(self) -> str:
        """Return the word for its sort: zone, room or window."""
        return translate(SORTS[self.group])

    @property
    def is_bad(self) -> bool:
        """Tell whether something about it must be mended."""
        return any(one.level == MUST for one in self.findings)


@dataclass(frozen=True, slots=True)
class Stay:
    """A department at a place: how it is there, since when and until when, and the page of the stay."""

    id: str
    department: str
    mode: str
    since: str
    until: str
    url: str


@dataclass
class Desk:
    """The layout of one draft."""

    screen: Screen
    at: str = ""

    @classmethod
    def of(cls, key: str, at: str = "") -> Desk:
        """Return the layout of a draft; NotFound where the person sees none."""
        return cls(Screen.of(key, BASE), at)

    @property
    def key(self) -> str:
        """Return the identifier of the draft."""
        return self.screen.row.uid

    @property
    def url(self) -> str:
        """Return the address of the plan."""
        return f"/studio/{self.key}/layout"

    def link(self, **query: str) -> str:
        """Return the address of the designer with what it is to show."""
        said = urlencode({name: text for name, text in query.items() if text}, safe="/", quote_via=quote)
        return f"{self.url}?{said}" if said else self.url

    @property
    def may_edit(self) -> bool:
        """Tell whether the person may change the layout."""
        return self.screen.may_edit and self.screen.lock(BASE) is None

    @cached_property
    def definition(self) -> Mapping[str, Any]:
        """The layout as the draft says it."""
        found = self.screen.value
        return found if isinstance(found, Mapping) else {}

    @property
    def texts(self) -> Texts:
        """Return the texts of the draft in the reader's language."""
        return self.screen.texts

    @cached_property
    def departments(self) -> Mapping[str, Any]:
        """The departments of the draft."""
        found = self.screen.draft.document.get("departments")
        return found if isinstance(found, Mapping) else {}

    def things(self, group: str) -> Mapping[str, Any]:
        """Return the things of a group, those out of use too."""
        found = self.definition.get(group)
        return (
            {k: v for k, v in found.items() if isinstance(v, Mapping)} if isinstance(found, Mapping) else {}
        )

    def title(self, group: str, key: str) -> str:
        """Return what a thing is called."""
        return thing_name(self.screen.choices, self.things(group).get(key), key)

    def department(self, code: Any) -> str:
        """Return the short name of a department; empty for none."""
        known = self.departments.get(str(code)) if code else None
        if not isinstance(known, Mapping):
            return str(code) if code else ""
        return self.texts(known.get("short") or known.get("name"), str(code))

    @cached_property
    def department_choices(self) -> list[tuple[str, str]]:
        """The departments in use, by name."""
        return [
            (code, self.texts(one.get("name"), code))
            for code, one in self.departments.items()
            if isinstance(one, Mapping) and not one.get("hidden")
        ]

    def kind(self, group: str, code: Any) -> str:
        """Return the name of a kind of zone or room."""
        ref = next((ref for ref, of in _KINDS.items() if of == group), "")
        return self.screen.choices.label(ref, str(code)) if code and ref else ""

    # -- the plan ----------------------------------------------------------------------------------

    @cached_property
    def plan(self) -> Plan:
        """The plan of the hall."""
        return plan_of(self.definition)

    @cached_property
    def layout(self) -> Layout:
        """The layout as far as it is finished."""
        return readable(self.definition, self.departments)[0]

    @property
    def counted(self) -> Formula:
        """Return the formula counted from what is there."""
        return counted_formula(self.definition, self.texts, translate)

    @cached_property
    def declared(self) -> list[Declared]:
        """The formulas that are declared, each compared with what is there."""
        return declared(self.definition, self.departments, self.texts)

    @property
    def ours_to_mend(self) -> list[Declared]:
        """Return the formulas of the draft's own that do not agree with the plan."""
        return [one for one in self.declared if not one.agrees and self._is_own(one.id)]

    @property
    def theirs_to_mend(self) -> list[Declared]:
        """Return those of a configuration above, which can be mended there alone."""
        return [one for one in self.declared if not one.agrees and not self._is_own(one.id)]

    def _is_own(self, pattern: str) -> bool:
        owner = self.screen.owner(self.place("patterns", pattern))
        return owner.level == "own" or owner.partly

    # -- lists -------------------------------------------------------------------------------------

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The places that the draft changed."""
        return tuple({one.path for one in self.screen.log if is_within(one.path, BASE)})

    @cached_property
    def lines(self) -> list[Line]:
        """The zones, rooms and windows in the order of the plan, those out of use last."""
        found = [self._line(spot.group, spot.id, spot.zone) for spot in self.plan.spots]
        known = {line.key for line in found}
        for group in GROUPS:
            for key, thing in self.things(group).items():
                if f"{group}/{key}" not in known:
                    found.append(self._line(group, key, str(thing.get("zone", ""))))
        return found

    def _line(self, group: str, key: str, zone: str) -> Line:
        thing = self.things(group)[key]
        where = self.place(group, key)
        spot = self.plan.find(group, key)
        number = thing.get("number")
        return Line(
            group,
            key,
            self.title(group, key),
            "" if number is None else str(number),
            self.who(group, key, thing),
            zone if zone in self.things(ZONES) else "",
            self.title(ZONES, zone) if zone in self.things(ZONES) else "",
            self.kind(group, thing.get("kind")),
            str(thing.get("seats", "")),
            self.link(at=f"{group}/{key}"),
            self.screen.mark(where),
            thing.get("hidden") is True,
            any(is_within(one, where) for one in self.changed),
            tuple(self.findings.get(f"{group}/{key}", ())),
            f"{spot.box.w} × {spot.box.h}" if spot is not None else "",
        )

    def who(self, group: str, key: str, thing: Mapping[str, Any]) -> str:
        """Return whose a place is: its department, else those stationed there, else the centre's own people."""
        if group == ZONES:
            return ""
        if thing.get("department"):
            return self.department(thing["department"])
        there = dict.fromkeys(stay.department for stay in self.stays(group, key))
        if there:
            return translate(msg(", ")).join(there)
        return translate(msg("The centre")) if group == WINDOWS else ""

    def outline(self) -> list[tuple[Line | None, list[Line]]]:
        """Return the zones, each with what is in it; last, under none, what is in no zone."""
        shown = [line for line in self.lines if not line.off]
        found: list[tuple[Line | None, list[Line]]] = [
            (zone, [line for line in shown if line.group != ZONES and line.zone == zone.id])
            for zone in shown
            if zone.group == ZONES
        ]
        placed = {line.key for _, lines in found for line in lines}
        loose = [line for line in shown if line.group != ZONES and line.key not in placed]
        return [*found, (None, loose)] if loose else found

    # -- what is chosen ----------------------------------------------------------------------------

    @cached_property
    def chosen(self) -> Line | None:
        """The thing that the page is about; None where it is about none."""
        return next((line for line in self.lines if line.key == self.at), None)

    def place(self, group: str, key: str, *below: str) -> str:
        """Return the place of a thing of the layout, or of a part of it."""
        return pointers.join(["layout", group, key, *below])

    def page_of(self, *parts: str) -> str:
        """Return the address of the general editor of a part of the layout."""
        return address(self.key, pointers.join(["layout", *parts]))

    @property
    def cells(self) -> tuple[int, int, int, int] | None:
        """Return the place and size of the chosen thing as a person enters them: from the corner of its zone."""
        spot = self.plan.find(*self.at.partition("/")[::2])
        if spot is None:
            return None
        box = spot.box
        if spot.group != ZONES:
            corner = self.plan.corner(spot)
            box = box.shifted(-corner.x, -corner.y)
        return box.x, box.y, box.w, box.h

    def stays(self, group: str, key: str) -> list[Stay]:
        """Return the departments stationed at a place."""
        kind = next((kind for kind, of in _GROUP_OF.items() if of == group), "")
        found = []
        for stay_id, stay in self.things("stationing").items():
            place = stay.get("place")
            if stay.get("hidden") or not isinstance(place, Mapping) or place.get(kind) != key:
                continue
            found.append(
                Stay(
                    stay_id,
                    self.department(stay.get("department")),
                    str(stay.get("mode", "")),
                    str(stay.get("from", "")),
                    str(stay.get("until", "")),
                    self.page_of("stationing", stay_id),
                )
            )
        return found

    # -- what was found ----------------------------------------------------------------------------

    @cached_property
    def findings(self) -> Mapping[str, list[Told]]:
        """The findings by the thing they are about: of the schema at once, of the drawing, of the last check."""
        found: dict[str, list[Told]] = {}
        for key, problem in (*self._problems(), *drawing_faults(self.definition)):
            told = _told(problem)
            if told not in found.setdefault(key, []):
                found[key].append(told)
        return found

    def _problems(self) -> Iterator[tuple[str, Problem]]:
        kept = self.screen.row.found or {}
        checked = [problem_from(one) for name in ("errors", "advice") for one in kept.get(name, ())]
        levels = [MUST] * len(kept.get("errors", ())) + [ADVICE] * len(kept.get("advice", ()))
        by_schema = check_complete("layout", self.definition, pointer=BASE)
        for problem, level in (*zip(checked, levels, strict=True), *((one, MUST) for one in by_schema)):
            key = self._key_of(pointers.split(problem.pointer))
            if key and problem.code not in ("layout.over", "layout.outside"):
                yield key, problem if level == MUST else _advice(problem)

    def _key_of(self, parts: Sequence[str]) -> str:
        """Return the key of the thing that a place of the bundle is about; a stay counts at its place."""
        if parts[:1] != ["layout"] or len(parts) < 3:
            return ""
        if parts[1] == "stationing":
            place = pointers.get(self.definition, pointers.join(["stationing", parts[2], "place"]), None)
            kind, key = next(iter(place.items()), ("", "")) if isinstance(place, Mapping) else ("", "")
            return f"{_GROUP_OF[kind]}/{key}" if kind in _GROUP_OF else ""
        return f"{parts[1]}/{parts[2]}" if parts[1] in GROUPS else ""


def _advice(problem: Problem) -> Problem:
    return Problem(problem.code, problem.message, problem.params, remedy=problem.remedy, severity="warning")


def _told(problem: Problem) -> Told:
    level = ADVICE if problem.severity == "warning" else MUST
    return Told(level, problem.text(translate), problem.remedy_text(translate))
