"""Rules tried with an invented matter: what would be proposed, by which rules, and which ones nearly held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.conditions import Trace
from portal.core.errors import msg
from portal.core.kinds import KINDS
from portal.core.rules.analysis.witnesses import record_of
from portal.core.rules.sentences import Clause, Sentence
from portal.core.rules.spoken import Unread
from portal.core.values import BOOLEAN, LIST, as_date
from portal.web import access
from portal.web.language import translate
from portal.web.ruling.desk import Desk

PREFIX = "t-"
DAY = "t_day"
NEAR = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One input of the invented matter: its name, what is filled in, its choices, and why that says nothing."""

    name: str
    title: str
    text: str
    kind: str
    choices: list[tuple[str, str]] = field(default_factory=list)
    problem: str = ""


@dataclass
class Trial:
    """The invented matter, and what the rules say of it; nothing where they can't be asked."""

    asked: list[Asked]
    further: list[Asked]
    day: str
    proposals: list[str] = field(default_factory=list)
    fired: list[tuple[str, str]] = field(default_factory=list)
    near: list[tuple[str, str]] = field(default_factory=list)
    decided: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


def trial(desk: Desk, rule: str, sent: Mapping[str, str]) -> Trial:
    """Return the trial of what a page sent; the inputs of the chosen rule come first."""
    values: dict[str, Any] = {}
    asked = {name: _asked(desk, name, sent, values) for name in desk.definition.get("inputs", {})}
    lines = Sentence.of(desk.definition["rules"].get(rule, {}).get("when")).lines
    first = {clause.field for line in lines for clause in line.clauses}
    first |= {name for name in asked if asked[name].text}
    day = sent.get(DAY, "")
    today = as_date(day) or access.portal().clock.today()
    made = Trial(
        [one for name, one in asked.items() if name in first],
        [one for name, one in asked.items() if name not in first],
        today.isoformat(),
    )
    if desk.rule_set is not None:
        _decide(desk, made, values, today)
    return made


def _asked(desk: Desk, name: str, sent: Mapping[str, str], values: dict[str, Any]) -> Asked:
    text = sent.get(PREFIX + name, "").strip()[:1000]
    kind = KINDS[desk.definition["inputs"][name]["type"]]
    choices = desk.spoken.terms(name)
    if kind.compared == BOOLEAN:
        choices = [(desk.spoken.value(name, one), desk.spoken.value(name, one)) for one in (True, False)]
    problem = ""
    if text:
        try:
            read = desk.spoken.read(name, "has_any" if kind.compared == LIST else "eq", text)
            if not isinstance(read, Mapping):
                values[name] = read
        except Unread as error:
            problem = error.problem.text(translate)
    return Asked(name, desk.spoken.title(name), text, kind.name, choices, problem)


def _decide(desk: Desk, made: Trial, values: Mapping[str, Any], today: dt.date) -> None:
    rules = desk.rule_set
    assert rules is not None
    made.facts, made.counts = record_of(rules.inputs, values)
    decision = rules.decide(made.facts, today=today, counts=made.counts)
    made.decided = True
    made.rules = [rule.id for rule in decision.fired]
    made.proposals = [desk.said({"do": action.do, **action.data}) for action in decision.actions]
    made.fired = [(desk.title(rule.id), rule.reason.render(desk.screen.texts)) for rule in decision.fired]
    close = [rule for rule in decision.not_fired if rule.in_force and len(rule.failed) == 1]
    made.near = [(desk.title(one.id), _missed(desk, one.failed[0])) for one in close[:NEAR]]


def _missed(desk: Desk, trace: Trace) -> str:
    """Return the comparison that failed, and what was found instead."""
    expected = list(trace.expected) if isinstance(trace.expected, tuple) else trace.expected
    asked = Clause(trace.field, trace.op, expected).said(desk.spoken)
    if trace.actual is None:
        found = translate(msg("nothing given"))
    else:
        found = translate(msg("found %(value)s")) % {"value": desk.spoken.value(trace.field, trace.actual)}
    return translate(msg("%(condition)s (%(found)s)")) % {"condition": asked, "found": found}
