"""A decision in words: what the rules propose and why, on which facts, and why the others did not fire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from portal.core.conditions import Trace, describe, pointers
from portal.core.conditions.trace import CONCEALED
from portal.core.errors import fill, msg
from portal.core.kinds import KINDS
from portal.core.layout.model import TIERS
from portal.services import records
from portal.services.records import DecisionView
from portal.web import access
from portal.web.days import day_of_week
from portal.web.language import translate
from portal.web.words.cells import in_words
from portal.web.words.screen import Field, Screen

DUTIES: Mapping[str, str] = MappingProxyType(
    {
        "resident": msg("resident here"),
        "rotating": msg("on duty today"),
        "on_call": msg("on call"),
        "up": msg("nobody is here on this day: one level up"),
        "down": msg("the unit of the place"),
        "centre": msg("the centre itself"),
        "off": msg("stationed here, not there on this day"),
        "absent": msg("not stationed here"),
    }
)


# Of who comes on a later day nothing is said of today.
LATER: Mapping[str, str] = MappingProxyType({"rotating": msg("here by turns")})


@dataclass(frozen=True, slots=True)
class SeatWords:
    """Where a matter would go, in words."""

    title: str
    duty: str
    department: str
    unit_code: str
    # Named by the tree of units, which speaks no other language.
    is_unit: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal as a card: what, why, on which facts, legal basis, alternatives."""

    index: int
    seat: SeatWords
    route: str
    mode: str
    deadline: str
    assist: list[str]
    reasons: list[str]
    basis: list[str]
    practice: list[str]
    facts: list[tuple[str, str]]
    alternatives: list[SeatWords]
    key: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at, and why."""

    title: str
    why: str
    level: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that the rules suggest to the person who decides: its identifier, its words, and why."""

    id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """A period that the rules name: when it would end if it began today, and why; no day where it can't be told."""

    id: str
    title: str
    ends_on: dt.date | None
    why: str


@dataclass(frozen=True, slots=True)
class Unused:
    """Something of the rules that does not count, and the reason in words."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class FailedWords:
    """A comparison that kept a rule from firing; input and operator are empty where they may not be told."""

    input: str
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that did not fire, and the conditions that failed."""

    title: str
    why: list[str]
    failed: list[FailedWords]


@dataclass(frozen=True)
class DecisionWords:
    """One decision, ready to be shown."""

    view: DecisionView
    screen: Screen
    day: dt.date | None = None

    @cached_property
    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs of the rule set as its definition declares them."""
        found: Mapping[str, Any] = (
            self.screen.bundle.raw["rules"].get(self.view.rule_set, {}).get("inputs", {})
        )
        return found

    @cached_property
    def proposals(self) -> list[Proposal]:
        """Return the proposals in order."""
        return [self._proposal(raw) for raw in self.view.proposals]

    @property
    def documents(self) -> list[str]:
        """Return the documents the rules ask for."""
        known = self.screen.bundle.documents
        return [self._title(known, code) for code in self.view.documents]

    @property
    def steps(self) -> list[str]:
        """Return the steps the rules ask for."""
        return [self._title(self.screen.bundle.tasks, step) for step in self.view.steps]

    @property
    def grade(self) -> Suggestion | None:
        """Return how weighty the rules take the matter to be; never a person."""
        return next(iter(self._suggestions("grade", lambda name: self._named("grades", name))), None)

    @property
    def periods(self) -> list[PeriodWords]:
        """Return the periods that the rules name, each with its last day if it began today."""
        return [
            PeriodWords(
                one.id,
                one.title,
                records.due_day(access.calendar(), self.screen.bundle, one.id, self.day)
                if self.day is not None
                else None,
                one.why,
            )
            for one in self._suggestions("deadline", self._deadline)
        ]

    @property
    def stages(self) -> list[Suggestion]:
        """Return the stage that the rules suggest: the first that they name."""
        return self._suggestions("suggest_stage", lambda name: self.screen.stages.get(name, name), "stage")[
            :1
        ]

    @property
    def called(self) -> list[Suggestion]:
        """Return the roles and departments that the rules call for."""
        roles, departments = self.screen.bundle.roles, self.screen.bundle.departments
        return [
            Suggestion(code, self._title(known, code, member), " ".join(self._reasons(action)))
            for action in self.view.of("notify")
            for group, known, member in (("roles", roles, "title"), ("departments", departments, "name"))
            for code in action.get(group, ())
        ]

    @property
    def closed_routes(self) -> dict[str, Unused]:
        """Return the routes that nobody may choose, each with its title and the reason in words."""
        texts, routes = self.screen.texts, self.screen.bundle.routes
        return {
            route: Unused(
                self._title(routes, route), " ".join(dict.fromkeys(texts(one["text"]) for one in reasons))
            )
            for route, reasons in self.view.closed_routes.items()
        }

    @property
    def unused(self) -> list[Unused]:
        """Return what the rules say and does not count: another rule came first, or a value can't be read."""
        say = translate(msg("“%(rule)s” says so; “%(first)s” goes before it"))
        found, closed = [], self.closed_routes
        for action in self.view.ruled_out:
            why = closed[action["route"]].why if action["route"] in closed else ""
            found.append(
                Unused(
                    f"{self._title(self.screen.bundle.routes, action['route'])} · {self._rule_title(action)}",
                    why,
                )
            )
        for do, member in (("grade", "grade"), ("suggest_stage", "stage")):
            actions = self.view.of(do)
            for other in actions[1:]:
                words = {"rule": self._rule_title(other), "first": self._rule_title(actions[0])}
                title = self._named("grades", other[member]) if do == "grade" else self._stage(other[member])
                found.append(Unused(title, fill(say, words)))
        why = translate(msg("The rules could not read it: it holds another kind of value"))
        return found + [Unused(self._label(name), why) for name in self.view.unread]

    def _stage(self, name: str) -> str:
        return self.screen.stages.get(name) or name

    def _rule_title(self, action: Mapping[str, Any] | None) -> str:
        """Return the title of the rule that proposes something."""
        rule = str((action or {}).get("rule", ""))
        found = next((one for one in self.view.fired if one.get("id") == rule), {})
        return self.screen.texts(found.get("title"), rule)

    def _suggestions(self, do: str, titled: Callable[[str], str], member: str = "") -> list[Suggestion]:
        actions = self.view.of(do)
        return [
            Suggestion(one[member or do], titled(one[member or do]), " ".join(self._reasons(one)))
            for one in actions
        ]

    @property
    def flags(self) -> list[Flag]:
        """Return what the rules draw attention to."""
        return [
            Flag(
                self._named("flags", flag.get("flag")),
                " ".join(self._reasons(flag)),
                str(flag.get("level", "info")),
            )
            for flag in self.view.flags
        ]

    @property
    def missed(self) -> list[Missed]:
        """Return the rules that did not fire."""
        return [
            Missed(self.screen.texts(raw.get("title"), raw["id"]), list(self._why(raw, failed)), failed)
            for raw in self.view.not_fired
            for failed in [list(self._failed(raw))]
        ]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return everything the rules looked at and found."""
        return [pair for name in self.inputs if (pair := self._fact(name))[1]]

    def _proposal(self, raw: Mapping[str, Any]) -> Proposal:
        bundle, texts = self.screen.bundle, self.screen.texts
        route = bundle.routes.get(raw.get("route") or "", {})
        seat = raw["seat"]
        return Proposal(
            raw["index"],
            seat_words(self.screen, seat),
            texts(route.get("title")),
            self._named("modes", raw.get("mode")),
            self._deadline(raw.get("deadline")),
            [self._title(bundle.departments, code, "name") for code in raw.get("assist", ())],
            self._reasons(raw),
            self._basis(raw, route),
            self._said_by_rules(raw, "practice"),
            self._facts_of(raw),
            [seat_words(self.screen, other, instead=True) for other in raw.get("alternatives", ())],
            (str(raw.get("rule", "")), str(raw.get("route") or ""), str(seat.get("unit_code", ""))),
        )

    def _reasons(self, raw: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys(self.screen.texts(reason.get("text")) for reason in raw.get("reasons", ())))

    def _basis(self, raw: Mapping[str, Any], route: Mapping[str, Any]) -> list[str]:
        """Return what the proposing rules rest on; where they say nothing, what the route rests on."""
        found = self._said_by_rules(raw, "basis")
        return found or [basis for basis in [self.screen.texts(route.get("basis"))] if basis]

    def _said_by_rules(self, raw: Mapping[str, Any], member: str) -> list[str]:
        """Return what the proposing rules say under a key, each once."""
        named = {reason.get("rule") for reason in raw.get("reasons", ())}
        own = [self.screen.texts(rule.get(member)) for rule in self.view.fired if rule.get("id") in named]
        return [said for said in dict.fromkeys(own) if said]

    def _facts_of(self, raw: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the facts that the conditions of the proposing rules read."""
        rules = {rule.id: rule for rule in self.screen.bundle.rules(self.view.rule_set).rules}
        names: set[str] = set()
        for reason in raw.get("reasons", ()):
            rule = rules.get(str(reason.get("rule")))
            if rule is not None and rule.condition is not None:
                names |= pointers(rule.condition)
        return [pair for name in self.inputs if name in names and (pair := self._fact(name))[1]]

    def _fact(self, name: str) -> tuple[str, str]:
        return self._label(name), self._value(name, self.view.facts.get(name))

    def _label(self, name: str) -> str:
        return self.screen.texts(self.inputs.get(name, {}).get("title"), name)

    def _value(self, name: str, value: Any) -> str:
        declared = self.inputs.get(name, {})
        known = self.screen.fields.get(declared.get("from", ""))
        known_as = KINDS.get(declared.get("type", ""))
        kind = known_as.shown_as if known_as is not None and known_as.filter != "units" else "text"
        return in_words(
            self.screen, known or Field(name, name, kind, taxonomy=declared.get("taxonomy", "")), value
        )

    def _why(self, raw: Mapping[str, Any], failed: list[FailedWords]) -> Iterator[str]:
        if raw.get("in_force") is False:
            yield translate(msg("The rule is not in force on that day"))
        if raw.get("outranked_by"):
            yield fill(
                translate(msg("The rule “%(rule)s” goes before it")),
                {"rule": self._rule_title({"rule": raw["outranked_by"]})},
            )
        yield from dict.fromkeys(one.text for one in failed)

    def _failed(self, raw: Mapping[str, Any]) -> Iterator[FailedWords]:
        labels = {name: self._label(name) for name in self.inputs}
        for atom in raw.get("failed", ()):
            trace = Trace(
                "atom",
                bool(atom.get("holds")),
                field=atom.get("field", ""),
                op=atom.get("op", "exists"),
                expected=self._in_words(atom, "expected"),
                actual=self._in_words(atom, "actual"),
                note=atom.get("note", ""),
            )
            concealed = trace.note == CONCEALED
            text = describe(trace, translate, labels)
            yield FailedWords("" if concealed else trace.field, "" if concealed else trace.op, text)

    def _in_words(self, atom: Mapping[str, Any], side: str) -> Any:
        value, name = atom.get(side), str(atom.get("field", ""))
        if isinstance(value, list):
            return [self._value(name, part) or part for part in value]
        return self._value(name, value) or value

    def _named(self, group: str, name: Any) -> str:
        """Return the name that the release gives a mode, a flag or a grade."""
        names: Mapping[str, Any] = self.screen.bundle.settings.get("values", {}).get(group, {})
        return self.screen.texts(names.get(name), str(name)) if name else ""

    def _deadline(self, code: str | None) -> str:
        if not code:
            return ""
        return self._title(self.screen.bundle.deadlines, code)

    def _title(self, known: Mapping[str, Any], code: str, member: str = "title") -> str:
        return self.screen.texts(known.get(code, {}).get(member), code)


def seat_words(screen: Screen, seat: Mapping[str, Any], *, instead: bool = False) -> SeatWords:
    """Return a seat in words; ``instead`` for one that could be chosen in place of another."""
    known = {**DUTIES, "up": msg("One level up")} if instead else DUTIES
    duty = translate(known.get(seat.get("duty", ""), ""))
    if seat.get("duty") == "on_call" and seat.get("answer_hours"):
        duty = fill(
            translate(msg("on call, answers within %(hours)s hours")), {"hours": seat["answer_hours"]}
        )
    if seat.get("there_on"):
        duty = translate(LATER[seat["duty"]]) if seat.get("duty") in LATER else duty
        day = day_of_week(dt.date.fromisoformat(str(seat["there_on"])))
        duty = fill(translate(msg("%(duty)s, from %(day)s on")), {"duty": duty, "day": day})
    title, department = screen.texts(seat.get("title")), screen.texts(seat.get("department_title"))
    above_or_below = seat.get("duty") in ("up", "down")
    code = str(seat.get("unit_code", ""))
    return SeatWords(title, duty, department if department != title else "", code, above_or_below)


def target(seat: Mapping[str, Any]) -> str:
    """Return a seat as the target that leads to it: ``window:w1``, ``department:justice``, ``tier:up``."""
    if seat.get("kind") == "unit":
        duty = str(seat.get("duty", ""))
        return f"tier:{duty}" if duty in TIERS else ""
    return f"{seat.get('kind')}:{seat.get('id')}"
