"""The searches of the analysis: each looks at every situation of a rule set and shows what it finds by an input."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from portal.core.rules.analysis.cover import MAX_STEPS, Budget
from portal.core.rules.analysis.findings import Finding, Witness
from portal.core.rules.analysis.regions import SOME_DAY
from portal.core.rules.analysis.space import Situations, TooMuch
from portal.core.rules.analysis.views import View, first_of
from portal.core.rules.analysis.witnesses import told, witness
from portal.core.rules.decision import Decision
from portal.core.rules.rule_set import Rule, RuleSet

MAX_CONFLICTS = 100
MAX_GAPS = 20


def analyse(
    rule_set: RuleSet,
    *,
    day: date = SOME_DAY,
    offered: Mapping[str, Collection[Any]] | None = None,
    given: Collection[str] = (),
    steps: int = MAX_STEPS,
) -> list[Finding]:
    """Return what is wrong or doubtful with the rules taken together, each shown by an input.

    ``day`` is the day of decision that witnesses have where any will do. ``offered`` are the values that can be entered
    at all, and ``given`` the inputs that always have one, as far as the caller knows.
    """
    search = Search(rule_set, Situations.of(rule_set, day, offered), Budget(steps), frozenset(given))
    return search.findings()


@dataclass
class Search:
    """The state of one analysis."""

    rule_set: RuleSet
    situations: Situations
    budget: Budget
    given: frozenset[str] = frozenset()
    broken_off: bool = False
    dead: set[int] = field(default_factory=set)

    def findings(self) -> list[Finding]:
        """Return all findings: rules that never fire, hidden ones, contradictions, gaps."""
        views = [View(self.rule_set, situation, self.budget) for situation in self.situations.found]
        self.broken_off |= not self.situations.complete
        found: list[Finding] = []
        searches: tuple[Callable[[list[View]], Iterator[Finding]], ...] = (
            self._never,
            self._hidden,
            self._conflicts,
            self._gaps,
        )
        for search in searches:
            self.budget.renew()
            try:
                found.extend(search(views))
            except TooMuch:
                self.broken_off = True
        if self.broken_off or any(view.broken_off for view in views):
            found.append(Finding("incomplete"))
        return found

    @cached_property
    def _unranked(self) -> RuleSet:
        """Return the same rules where each that holds fires."""
        return replace(self.rule_set, hit="all")

    def decided(self, shown: Witness) -> Decision:
        """Return the decision on a witness."""
        return self.rule_set.decide(shown.facts, today=shown.today, counts=shown.counts)

    def holding(self, shown: Witness) -> set[str]:
        """Return the rules that are in force and hold on a witness, whether or not they get their turn."""
        decision = self._unranked.decide(shown.facts, today=shown.today, counts=shown.counts)
        return {rule.id for rule in decision.fired}

    # -- rules that never fire -------------------------------------------------------------------

    def _never(self, views: list[View]) -> Iterator[Finding]:
        if not self.situations.complete:
            return
        for index, rule in enumerate(self.rule_set.rules):
            if all(view.sure[index] == [] and view.known[index] for view in views):
                self.dead.add(index)
                yield Finding("dead", (rule.id,), said={"rule": rule.id})

    def _hidden(self, views: list[View]) -> Iterator[Finding]:
        if not self.situations.complete:
            return
        kind = "hidden" if self.rule_set.hit == "first" else "ruled_out"
        for index, rule in enumerate(self.rule_set.rules):
            if index in self.dead:
                continue
            here = [view for view in views if index in view.situation.in_force and view.sure[index]]
            known = bool(here) and all(view.known[index] for view in here)
            if known and all(view.is_covered(index, view.over(index)) for view in here):
                finding = self._covered(kind, index, rule, here[0])
                if finding is not None:
                    yield finding

    def _covered(self, kind: str, index: int, rule: Rule, view: View) -> Finding | None:
        """Return the finding about a rule that others cover, shown by an input; None where none shows it."""
        rules, before = self.rule_set.rules, [rule.id for rule in view.named(index, view.over(index))]
        for point, free in view.points(index):
            shown = witness(view.situation, point, free)
            decision = self.decided(shown)
            offered = {action.key for action in decision.actions}
            silent = (
                rule.id not in {one.id for one in decision.fired}
                if kind == "hidden"
                else not any(action.key in offered for action in rules[index].actions)
            )
            if rule.id in self.holding(shown) and silent:
                said = {"rule": rule.id, "before": "”、“".join(before)}
                return Finding(kind, (rule.id, *before), said=said, witness=shown)
        return None

    # -- contradictions --------------------------------------------------------------------------

    def _conflicts(self, views: list[View]) -> Iterator[Finding]:
        known: set[tuple[int, int]] = set()
        for view in views:
            for a, b, do in view.contradicting():
                if (a, b) in known:
                    continue
                finding = self._conflict(view, a, b, do)
                if finding is not None:
                    known.add((a, b))
                    yield finding
                    if len(known) >= MAX_CONFLICTS:
                        return

    def _conflict(self, view: View, a: int, b: int, do: str) -> Finding | None:
        one, other = self.rule_set.rules[a], self.rule_set.rules[b]
        for point, free in view.common(a, b, do):
            shown = witness(view.situation, point, free)
            if self._is_conflict(shown, one, other, do):
                said = {"a": one.id, "b": other.id, "priority": one.priority, "do": do}
                return Finding("conflict", (other.id, one.id), do, said, shown)
        return None

    def _is_conflict(self, shown: Witness, one: Rule, other: Rule, do: str) -> bool:
        """Tell whether both rules hold on an input and what each says would be offered."""
        if not {one.id, other.id} <= self.holding(shown):
            return False
        decision = self.decided(shown)
        if self.rule_set.hit == "first":
            return [rule.id for rule in decision.fired] == [one.id]
        offered = {action.key for action in decision.of(do)}
        return all(first_of(rule, do) in offered for rule in (one, other))

    # -- matters without a rule ------------------------------------------------------------------

    def _gaps(self, views: list[View]) -> Iterator[Finding]:
        promised = self.rule_set.covers
        for do in promised.do if promised else ():
            count = 0
            for view in views:
                for shown in view.gaps(do, self.given | set(promised.given if promised else ())):
                    if self.decided(shown).of(do):
                        continue
                    count += 1
                    said = {"do": do, "case": told(self.rule_set, shown.values) or "—"}
                    yield Finding("gap", (), do, said, shown)
                    if count >= MAX_GAPS:
                        return
                if count:
                    break  # other days mostly show the same again
