"""A compiled rule set: decide on one record, explain the decision."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from portal.core.conditions import Condition, CountQuery, DivisionCodes, Env, Terms, Trace, evaluate, explain
from portal.core.masks import DOTS
from portal.core.rules.compiled import CompiledRules, Function, Ruling
from portal.core.rules.decision import Action, Decision, FiredRule, NotFired, Reason, Wording, merged, parted
from portal.core.rules.inputs import CountsPort, Input, Projection, Setting, project
from portal.core.rules.program import EngineFault, Program, RuleEngine, in_force
from portal.core.rules.reasons import worded
from portal.core.rules.references import Reference
from portal.core.taxonomy import Taxonomy
from portal.core.text import Text, Texts

log = logging.getLogger(__name__)
Counts = Mapping[str, Any] | CountsPort | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it holds, and what it proposes then."""

    id: str
    title: Text
    priority: int
    condition: Condition | None
    reason: Text
    actions: tuple[Action, ...]
    first_day: date | None = None
    last_day: date | None = None
    basis: Text = ""
    practice: Text = ""

    def in_force(self, today: date) -> bool:
        """Tell whether the rule is in force on a day."""
        return in_force(self.first_day, self.last_day, today)

    def holds(self, values: Mapping[str, Any], env: Env) -> bool:
        """Tell whether the rule is in force and its condition holds: the reference."""
        if not self.in_force(env.today):
            return False
        return self.condition is None or evaluate(self.condition, values, env)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the author promises: for each matter some rule proposes each of ``do``; inputs ``given`` have a value."""

    do: tuple[str, ...]
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleSet:
    """Rules in order of priority, ready to decide."""

    title: Text
    purpose: str
    hit: str
    digest: str
    inputs: Mapping[str, Input]
    parameters: Mapping[str, Setting]
    rules: tuple[Rule, ...]
    program: Program
    taxonomies: Mapping[str, Taxonomy]
    _references: tuple[Reference, ...] = ()
    covers: Promise | None = None

    @cached_property
    def reads(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Return for each input the fields that it tells something of, each with its type."""
        return {name: declared.reads for name, declared in self.inputs.items()}

    @cached_property
    def compiled(self) -> CompiledRules:
        """Return the rules as one function; it is written at the first decision of a process."""
        return CompiledRules.of(self.rules, self.inputs, self.program.flags)

    @cached_property
    def _verdicts(self) -> Function:
        """The same without what an explanation is made of, for many matters one after the other."""
        return CompiledRules.verdicts(self.rules, self.inputs)

    def references(self) -> tuple[Reference, ...]:
        """Return the names this rule set uses that are defined elsewhere."""
        return self._references

    def count_queries(self) -> dict[str, CountQuery]:
        """Return the questions about related records that must be answered before deciding, by input."""
        return {name: declared.query for name, declared in self.inputs.items() if declared.query}

    def decide(
        self,
        facts: Mapping[str, Any],
        *,
        today: date,
        counts: Counts = None,
        engine: RuleEngine | None = None,
        units: Terms | None = None,
    ) -> Decision:
        """Return what the rules propose for ``facts``; without an engine the compiled reference decides alone.

        The compiled reference (``compiled``) always runs: it gives the verdicts of ``Rule.holds`` and says which
        comparisons failed. An engine that faults is replaced, one that differs is overruled; both are logged.
        ``units`` is the management tree; without it units lie where their division codes say.
        """
        return self._answer(project(self.inputs, facts, counts), today, engine, units)

    def replay(self, seen: Projection, today: date) -> Decision:
        """Return the decision on inputs as they were seen on a day, without the engine."""
        return self._answer(seen, today, None, None)

    def firing(self, values: Mapping[str, Any], today: date) -> tuple[int, ...]:
        """Return the places of the rules that fire on typed values, without any reason."""
        holding = self._verdicts(values, self.env(today)).holding
        return tuple(holding[:1] if self.hit == "first" else holding)

    def proposed(self, firing: Collection[int]) -> tuple[Action, ...]:
        """Return what rules that fire propose together, what others rule out left aside."""
        wording = self.wording({})
        return parted(merged(_fired(self.rules[index], wording) for index in firing))[0]

    def is_faithful(self, facts: Mapping[str, Any], today: date) -> bool:
        """Tell whether the compiled rules decide on ``facts`` as the conditions do, evaluated one by one."""
        seen, env = project(self.inputs, facts, None), self._env(today, None)
        holding = [index for index, rule in enumerate(self.rules) if rule.holds(seen.values, env)]
        return self.compiled.function(seen.values, env).holding == holding

    def env(self, today: date) -> Env:
        """Return what conditions may know of a day, without the management tree."""
        return self._env(today, None)

    def _env(self, today: date, units: Terms | None) -> Env:
        return Env(today, taxonomies={**self.taxonomies, "unit": units or DivisionCodes()})

    def _answer(
        self, seen: Projection, today: date, engine: RuleEngine | None, units: Terms | None
    ) -> Decision:
        env = self._env(today, units)
        ruling = self.compiled.function(seen.values, env)
        used, disagreement = self._consult(engine, seen, env, ruling)
        firing = ruling.holding[:1] if self.hit == "first" else ruling.holding
        shown = {name: declared.shown(seen.values.get(name)) for name, declared in self.inputs.items()}
        wording = self.wording(shown)
        fired = tuple([_fired(self.rules[index], wording) for index in firing])
        actions, ruled_out = parted(merged(fired))
        return Decision(
            rule_set=self.digest,
            fired=fired,
            actions=actions,
            facts_used=shown,
            ignored=seen.ignored,
            engine=used,
            disagreement=disagreement,
            _explain=lambda: self._not_fired(seen, env, ruling, firing),
            ruled_out=ruled_out,
        )

    def _consult(
        self, engine: RuleEngine | None, seen: Projection, env: Env, ruling: Ruling
    ) -> tuple[str, bool]:
        """Ask the engine; return who decided and whether the engine differed from the reference."""
        if engine is None:
            return "reference", False
        try:
            found = engine.matching(self.program, self.program.row(seen.values, env, ruling.flags))
        except EngineFault as fault:
            log.warning("rule engine faulted, the reference decides: %s (rule set %s)", fault, self.digest)
            return "reference", False
        if found != frozenset(ruling.holding):
            wrong = sorted(self.rules[index].id for index in found.symmetric_difference(ruling.holding))
            log.error("rule engine and reference differ on %s (rule set %s)", wrong, self.digest)
            return "reference", True
        return engine.name, False

    def wording(self, shown: Mapping[str, Any], closed: Collection[str] = ()) -> Wording:
        """Return how reasons word the facts used; those that their reader may not see are dots."""

        def wording(texts: Texts) -> Callable[[str], str | None]:
            def word(name: str) -> str | None:
                if name in closed:
                    return DOTS
                if name in self.inputs:
                    return self._worded(self.inputs[name], shown.get(name), texts)
                setting = self.parameters.get(name)
                return None if setting is None else self._worded(setting, setting.shown(), texts)

            return word

        return wording

    def _worded(self, declared: Input | Setting, value: Any, texts: Texts) -> str:
        taxonomy = self.taxonomies.get(declared.taxonomy)
        if taxonomy is not None and isinstance(value, str):
            return taxonomy.label(value, texts)
        return worded(value, texts)

    def _not_fired(
        self, seen: Projection, env: Env, ruling: Ruling, firing: Collection[int]
    ) -> tuple[NotFired, ...]:
        first = next((self.rules[index].id for index in firing), "")
        silent = (index for index in range(len(self.rules)) if index not in firing)
        return tuple(self._why_not(index, seen, env, ruling.failed[index], first) for index in silent)

    def _why_not(self, index: int, seen: Projection, env: Env, bits: int, first: str) -> NotFired:
        rule = self.rules[index]
        in_force = rule.in_force(env.today)
        failed = tuple(
            self._as_entered(explain(atom, seen.values, env)) for atom in self.compiled.failed(index, bits)
        )
        outranked = first if in_force and not failed and self.hit == "first" else ""
        return NotFired(rule.id, rule.title, failed, in_force, outranked)

    def _as_entered(self, trace: Trace) -> Trace:
        """Return an atom of a trace with amounts in yuan, as people entered and wrote them."""
        declared = self.inputs[trace.field]
        return replace(trace, expected=_shown(declared, trace.expected), actual=declared.shown(trace.actual))


def _fired(rule: Rule, wording: Wording) -> FiredRule:
    reason = Reason(rule.id, rule.reason, wording)
    return FiredRule(rule.id, rule.title, rule.priority, reason, rule.actions, rule.basis, rule.practice)


def _shown(declared: Input, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(declared.shown(item) for item in value)
    return declared.shown(value)
