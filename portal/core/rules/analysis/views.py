"""The rules in one situation: their boxes in the space of all that can be entered, and what follows from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from portal.core.effects import EFFECTS
from portal.core.rules.analysis.cover import Budget, Cover, bits
from portal.core.rules.analysis.findings import Witness
from portal.core.rules.analysis.space import Box, Point, Situation, TooMuch, meeting
from portal.core.rules.analysis.witnesses import unasked, witness
from portal.core.rules.rule_set import Rule, RuleSet

MAX_NAMED = 3
MAX_PARTS = 5_000
EXCLUDE, REFER = "exclude", "refer"


@dataclass
class View:
    """The rules in one situation: their boxes, and what follows from them."""

    rule_set: RuleSet
    situation: Situation
    budget: Budget
    broken_off: bool = False
    sure: list[list[Box]] = field(init=False)  # boxes in which the rule holds for certain
    known: list[bool] = field(init=False)  # whether it holds nowhere else

    def __post_init__(self) -> None:
        """Work out the boxes of every rule."""
        self.sure, self.known = [], []
        for rule in self.rules:
            boxes, known = self._boxes(rule, unknown=False)
            self.sure.append(boxes)
            self.known.append(known)
            self.broken_off |= not known

    @property
    def rules(self) -> Sequence[Rule]:
        """Return all rules in order."""
        return self.rule_set.rules

    def _boxes(self, rule: Rule, *, unknown: bool) -> tuple[list[Box], bool]:
        space = self.situation.space
        try:
            return space.boxes(rule.condition, unknown=unknown), space.knows(rule.condition)
        except TooMuch:
            return ([space.full] if unknown else []), False

    @cached_property
    def _numbers(self) -> list[int]:
        """Return for each rule its boxes in ``cover``, as bits; none for rules that are not in force."""
        found, next_number = [], 0
        for index, boxes in enumerate(self.sure):
            count = len(boxes) if index in self.situation.in_force else 0
            found.append(((1 << count) - 1) << next_number)
            next_number += count
        return found

    @cached_property
    def cover(self) -> Cover:
        """Return the boxes of all rules in force."""
        space = self.situation.space
        boxes = [
            box for index, boxes in enumerate(self.sure) if index in self.situation.in_force for box in boxes
        ]
        return Cover(space.full, boxes, self.budget)

    @cached_property
    def _possible(self) -> Box:
        return self.situation.space.possible()

    def _together(self, rules: Iterable[int]) -> int:
        found = 0
        for index in rules:
            found |= self._numbers[index]
        return found

    # -- rules over others -----------------------------------------------------------------------

    def over(self, index: int) -> list[list[int]]:
        """Return groups of rules; where each group covers a rule, nothing of what it says is ever offered."""
        if self.rule_set.hit == "first":
            return [list(range(index))]
        actions = self.rules[index].actions
        routes = {str(action.data.get("route") or "") for action in actions}
        if any(action.do != REFER for action in actions) or "" in routes:
            return []
        return [self._excluding(route) for route in sorted(routes)]

    @cached_property
    def _excluders(self) -> Mapping[str, list[int]]:
        """Return the rules that rule a route out, by route."""
        found: dict[str, list[int]] = {}
        for index, rule in enumerate(self.rules):
            for route in dict.fromkeys(str(x.data["route"]) for x in rule.actions if x.do == EXCLUDE):
                found.setdefault(route, []).append(index)
        return found

    def _excluding(self, route: str) -> list[int]:
        return self._excluders.get(route, []) if route else []

    def is_covered(self, index: int, groups: list[list[int]]) -> bool:
        """Tell whether each of the groups covers a rule, wherever it holds."""
        return bool(groups) and all(self._covering(index, group) is not None for group in groups)

    def _covering(self, index: int, group: list[int]) -> int | None:
        """Return boxes of a group, as bits, that hold all of a rule; None where it holds elsewhere too."""
        covering, enough = self._together(group), 0
        try:
            with self.budget.share(10):
                for box in self.sure[index] if covering else ():
                    if self.cover.outside(box, covering) is not None:
                        return None
                    enough |= self.cover.enough
        except TooMuch:
            self.broken_off = True
            return None
        return enough or None

    def named(self, index: int, groups: list[list[int]]) -> list[Rule]:
        """Return some of the rules that cover one; one alone where one is enough."""
        found: dict[int, None] = {}
        for group in groups:
            enough = self._covering(index, group) or 0
            found |= dict.fromkeys(other for other in group if self._numbers[other] & enough)
        return [self.rules[other] for other in list(found)[:MAX_NAMED]]

    def _meets(self, index: int, other: int) -> Iterator[Box]:
        for left in self.sure[index]:
            for right in self.sure[other]:
                common = meeting(left, right)
                if common is not None:
                    yield common

    def points(self, index: int) -> Iterator[tuple[Point, frozenset[int]]]:
        """Yield points at which a rule holds, each with the axes that do not matter; possible ones first."""
        for box in self.sure[index]:
            yield from self._points(meeting(box, self._possible), 0)
        for box in self.sure[index]:
            yield from self._points(box, 0)

    def _points(self, box: Box | None, covering: int) -> Iterator[tuple[Point, frozenset[int]]]:
        """Yield a point of a box that is left out, if there is one, with the axes that do not matter."""
        point = self.cover.outside(box, covering) if box is not None else None
        if point is not None and box is not None:
            yield point, unasked(self.situation, self.cover.widened(point, covering, box), self._possible)

    # -- contradictions --------------------------------------------------------------------------

    def contradicting(self) -> Iterator[tuple[int, int, str]]:
        """Yield pairs of rules of equal priority that hold together somewhere and say different things."""
        owner = [index for index, mask in enumerate(self._numbers) for _ in range(mask.bit_count())]
        ranks: dict[int, int] = {}
        for index, rule in enumerate(self.rules):
            ranks[rule.priority] = ranks.get(rule.priority, 0) | self._numbers[index]
        for index, rule in enumerate(self.rules):
            if not self._numbers[index]:
                continue
            near = 0
            for box in self.sure[index]:
                near |= self.cover.touching(box)
            others = dict.fromkeys(owner[bit] for bit in bits(near & ranks[rule.priority]))
            self.budget.spend(20 + len(others))
            for other in sorted(other for other in others if other > index):
                do = contradiction(rule, self.rules[other], self.rule_set.hit)
                if do:
                    yield index, other, do

    def common(self, a: int, b: int, do: str) -> Iterator[tuple[Point, frozenset[int]]]:
        """Yield points at which two rules hold and nothing goes before what they say."""
        if self.rule_set.hit == "first":
            before = self._together(range(a))
        else:
            routes = {_route(self.rules[index], do) for index in (a, b)} - {""}
            before = self._together(chain.from_iterable(self._excluding(route) for route in sorted(routes)))
        try:
            for box in self._meets(a, b):
                with self.budget.share(10):
                    found = list(self._points(meeting(box, self._possible), before))
                yield from found
        except TooMuch:
            self.broken_off = True

    # -- gaps ------------------------------------------------------------------------------------

    def gaps(self, do: str, given: Collection[str]) -> Iterator[Witness]:
        """Yield an input for each box in which no rule proposes an action."""
        within = self.situation.space.possible(given)
        if self.rule_set.hit == "first":
            yield from self._silent_first(do, within)
            boxes = [box for index in sorted(self.situation.in_force) for box in self._wide(index)]
        else:
            boxes = [box for index in self._saying(do) for box in self._offering(index, do)]
        cover = Cover(self.situation.space.full, boxes, self.budget)
        covering = (1 << len(cover.boxes)) - 1
        while (point := cover.outside(within, covering)) is not None:
            box = cover.widened(point, covering, within)
            yield witness(self.situation, point, unasked(self.situation, box, within))
            covering |= cover.add(box)

    def _saying(self, do: str) -> list[int]:
        return [
            index
            for index in sorted(self.situation.in_force)
            if any(action.do == do for action in self.rules[index].actions)
        ]

    def _wide(self, index: int) -> list[Box]:
        """Return boxes outside of which a rule surely does not hold."""
        return self.sure[index] if self.known[index] else self._boxes(self.rules[index], unknown=True)[0]

    def _silent_first(self, do: str, within: Box) -> Iterator[Witness]:
        """Yield an input for each rule that comes first somewhere and does not propose the action."""
        saying = set(self._saying(do))
        for index in sorted(self.situation.in_force - saying):
            before = self._together(range(index))
            for box in self.sure[index]:
                for point, free in self._points(meeting(box, within), before):
                    yield witness(self.situation, point, free)

    def _offering(self, index: int, do: str) -> list[Box]:
        """Return boxes in which a rule's action is offered: where it holds, and no rule rules its route out."""
        found: list[Box] = []
        for action in self.rules[index].actions:
            if action.do != do:
                continue
            boxes = self._wide(index)
            route = str(action.data.get("route") or "") if do == REFER else ""
            for other in self._excluding(route):
                if other in self.situation.in_force:
                    boxes = without(boxes, self.sure[other])
            found += boxes
        return list(dict.fromkeys(found))


def without(boxes: list[Box], taken: list[Box]) -> list[Box]:
    """Return boxes that hold what some boxes hold beside what others take."""
    for hole in taken:
        left: list[Box] = []
        for box in boxes:
            common = meeting(box, hole)
            if common is None:
                left.append(box)
                continue
            for axis, (mask, gone) in enumerate(zip(box, common, strict=True)):
                if mask & ~gone:
                    left.append((*common[:axis], mask & ~gone, *box[axis + 1 :]))
        boxes = left
        if len(boxes) > MAX_PARTS:
            raise TooMuch
    return boxes


def contradiction(a: Rule, b: Rule, hit: str) -> str:
    """Return the kind of action on which two rules contradict each other, if they do."""
    for do in (name for name, effect in EFFECTS.items() if effect.leads):
        first, second = first_of(a, do), first_of(b, do)
        if first and second and first != second:
            return do
    if hit == "first" and [x.key for x in a.actions] != [x.key for x in b.actions]:
        return b.actions[0].do
    return ""


def first_of(rule: Rule, do: str) -> str:
    """Return the key of the first action of a kind that a rule proposes; empty where there is none."""
    return next((action.key for action in rule.actions if action.do == do), "")


def _route(rule: Rule, do: str) -> str:
    """Return the route of the first referral that a rule proposes."""
    if do != REFER:
        return ""
    return next((str(action.data.get("route") or "") for action in rule.actions if action.do == do), "")
