"""Generated rule sets that cover every matter without contradiction, and defects planted in them.

A set begins as a tree: each leaf is one rule, the leaves together hold every matter once. So what is wrong afterwards
is what was planted. ``first`` sets leave out conditions that rules before them asked, as people do.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from portal.core.taxonomy import Taxonomy

Json = dict[str, Any]
CODES = [f"D{major:02}{minor}" for major in range(1, 7) for minor in ("", "01", "02")]
TERMS = {code: {"title": f"类 {code}", **({"parent": code[:3]} if len(code) > 3 else {})} for code in CODES}
TAXONOMIES = {"dispute": Taxonomy.from_definition({"title": "t", "terms": TERMS}, "dispute")}
WORDS = ["来访", "来电", "网络", "信件", "转交", "巡查"]
NEEDS = ["翻译", "法援", "轮椅"]
KINDS = ["money", "integer", "taxonomy", "boolean", "string", "date", "number", "strings"]
ADDED = 4  # rules that come in with defects
FIRST_DAY = date(2020, 1, 1)


@dataclass
class Planted:
    """A rule set, and what must be found in it: kind, rules; for gaps the rule whose place is empty."""

    definition: Json
    wanted: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    empty: list[Json] = field(default_factory=list)

    @property
    def rules(self) -> dict[str, Json]:
        """Return the rules."""
        rules: dict[str, Json] = self.definition["rules"]
        return rules


@dataclass
class Maker:
    """Makes one rule set."""

    choose: random.Random
    inputs: int
    rules: int
    hit: str = "all"
    # How many different literals an input has at most: few ones keep the space small enough to be tried whole.
    literals: int = 1_000_000
    used: dict[str, set[Any]] = field(default_factory=dict)

    def whole(self) -> Planted:
        """Return a set without defects."""
        names = {f"i{number}": KINDS[number % len(KINDS)] for number in range(self.inputs)}
        leaves: list[list[Json]] = [[]]
        while len(leaves) < self.rules:
            at = self.choose.randrange(len(leaves))
            parts = self._split(names, leaves[at])
            if parts is not None:
                leaves[at : at + 1] = [[*leaves[at], part] for part in parts]
        made = {f"r{number:03}": self._rule(number, asked) for number, asked in enumerate(leaves)}
        if self.hit == "first":
            _shortened(made, self.choose)
        definition = {
            "title": "t",
            "purpose": "test",
            "hit": self.hit,
            "covers": {"do": ["refer"], "given": list(names)},
            "inputs": {name: _input(name, kind) for name, kind in names.items()},
            "rules": made,
        }
        return Planted(definition)

    def _rule(self, number: int, asked: list[Json]) -> Json:
        return {
            "title": f"规则 {number}",
            "priority": 100_000 - number if self.hit == "first" else 100,
            "when": {
                "all": copy.deepcopy(asked) or [{"any": [_atom("i0", "exists"), _atom("i0", "missing")]}]
            },
            "reason": "理由",
            "then": [{"do": "refer", "route": f"R{number:03}", "to": {"department": f"d{number}"}}],
        }

    def _split(self, names: dict[str, str], asked: list[Json]) -> list[Json] | None:
        """Return two conditions on one input of which exactly one holds for each value left; None without success."""
        name = self.choose.choice(list(names))
        kind = names[name]
        if kind in ("money", "integer", "number", "date"):
            low, high = _bounds(asked, name)
            value = self._between(name, kind, low, high)
            if value is None:
                return None
            return [_atom(name, "lt", value), _atom(name, "gte", value)]
        if any(name == one for one in _read(asked)):
            return None
        if kind == "boolean":
            return [_atom(name, "eq", True), _atom(name, "ne", True)]
        if kind == "taxonomy":
            code = self.choose.choice(CODES)
            return [_atom(name, "under", code), _atom(name, "not_under", code)]
        if kind == "strings":
            part = _atom(name, "has", self.choose.choice(NEEDS))
            return [part, {"none": [part]}]
        some = self.choose.sample(WORDS, self.choose.randrange(1, 4))
        return [_atom(name, "in", some), _atom(name, "not_in", some)]

    def _between(self, name: str, kind: str, low: int, high: int) -> Any:
        known = self.used.setdefault(name, set())
        if len(known) >= self.literals:
            inside = sorted(one for one in known if low < one < high)
            number = self.choose.choice(inside) if inside else None
        else:
            number = self.choose.randrange(low + 1, high) if high - low > 1 else None
        if number is None:
            return None
        known.add(number)
        return (FIRST_DAY + timedelta(days=number)).isoformat() if kind == "date" else number

    # -- defects ---------------------------------------------------------------------------------

    def with_dead(self, planted: Planted) -> None:
        """Add a rule whose conditions exclude one another."""
        asked = copy.deepcopy(self._some(planted)["when"]["all"])
        name, kind = self.choose.choice(list(self._kinds(planted).items()))
        excluding = {
            "boolean": [_atom(name, "eq", True), _atom(name, "eq", False)],
            "taxonomy": [_atom(name, "under", "D0101"), _atom(name, "not_under", "D01")],
            "string": [_atom(name, "in", WORDS[:2]), _atom(name, "eq", WORDS[3])],
            "strings": [_atom(name, "has_all", NEEDS), {"none": [_atom(name, "has", NEEDS[0])]}],
            "date": [_atom(name, "lt", "2021-05-01"), _atom(name, "gt", "2021-05-01")],
        }.get(kind, [_atom(name, "lt", 50), {"none": [_atom(name, "lte", 60)]}])
        self._add(planted, "dead", [*asked, *excluding], -5)
        planted.wanted.append(("dead", frozenset({"dead"})))

    def with_hidden(self, planted: Planted) -> None:
        """Add a rule that another one leaves no turn, or whose route another one rules out."""
        asked = copy.deepcopy(self._some(planted)["when"]["all"])
        if self.hit == "first":
            self._add(planted, "hidden", [*asked, *self._more(planted, asked)], -5)
            planted.wanted.append(("hidden", frozenset({"hidden"})))
            return
        out = [{"do": "exclude", "route": "hidden"}]
        self._add(planted, "excluding", asked, 7, out)
        hidden = [*asked, *self._more(planted, asked)]
        self._add(planted, "hidden", hidden, 6, [{"do": "refer", "route": "hidden"}])
        planted.wanted.append(("ruled_out", frozenset({"hidden", "excluding"})))

    def with_conflict(self, planted: Planted) -> None:
        """Add a rule that holds together with another one of its priority."""
        name = self.choose.choice([one for one in planted.rules if one.startswith("r")])
        rule = planted.rules[name]
        self._add(planted, "zz_conflict", copy.deepcopy(rule["when"]["all"]), rule["priority"])
        planted.wanted.append(("conflict", frozenset({"zz_conflict", name})))

    def with_gap(self, planted: Planted) -> None:
        """Take the last rule out, or move a bound of some rule by one."""
        name = max(name for name in planted.rules if name.startswith("r"))
        if self.hit == "first":
            planted.empty.append(planted.rules.pop(name))
            return
        bounded = [
            (name, asked)
            for name, rule in planted.rules.items()
            for asked in rule["when"]["all"]
            if asked.get("op") == "gte" and asked["value"] == _bounds(rule["when"]["all"], asked["field"])[0]
        ]
        if not bounded or self.choose.random() < 0.4:
            planted.empty.append(planted.rules.pop(name))
            return
        name, asked = self.choose.choice(bounded)
        before = copy.deepcopy(planted.rules[name])
        before["when"]["all"].append(_atom(asked["field"], "eq", asked["value"]))
        asked["op"] = "gt"
        planted.empty.append(before)

    def _kinds(self, planted: Planted) -> dict[str, str]:
        return {name: one["type"] for name, one in planted.definition["inputs"].items()}

    def _some(self, planted: Planted) -> Json:
        return planted.rules[self.choose.choice([name for name in planted.rules if name.startswith("r")])]

    def _more(self, planted: Planted, asked: list[Json]) -> Iterator[Json]:
        """Yield a condition that leaves something of what was asked before."""
        for name, kind in self._kinds(planted).items():
            if kind == "boolean" and name not in set(_read(asked)):
                yield _atom(name, "eq", True)

    def _add(
        self, planted: Planted, name: str, asked: list[Json], priority: int, then: list[Json] | None = None
    ) -> None:
        made = self._rule(999, asked) | {"priority": priority}
        planted.rules[name] = made | ({"then": then} if then else {})


def planted_set(seed: int, inputs: int, rules: int, literals: int = 1_000_000) -> Planted:
    """Return a set of at most so many rules with each kind of defect; every second one fires the first rule alone."""
    choose = random.Random(seed)
    maker = Maker(choose, inputs, max(rules - ADDED, 3), "first" if seed % 2 else "all", literals)
    planted = maker.whole()
    maker.with_gap(planted)
    for plant in choose.sample([maker.with_dead, maker.with_hidden, maker.with_conflict], 3):
        plant(planted)
    return planted


def _shortened(rules: dict[str, Json], choose: random.Random) -> None:
    """Leave the last condition out of some rules whose other half comes first."""
    names = list(rules)
    for before, name in itertools.pairwise(names):
        first, second = rules[before]["when"]["all"], rules[name]["when"]["all"]
        if len(second) > 1 and first[:-1] == second[:-1] and choose.random() < 0.5:
            second.pop()


def _input(name: str, kind: str) -> Json:
    taxonomy = {"taxonomy": "dispute"} if kind == "taxonomy" else {}
    return {"title": f"项 {name}", "type": kind, "from": f"/{name}", **taxonomy}


def _atom(name: str, op: str, *value: Any) -> Json:
    return {"field": name, "op": op, **({"value": value[0]} if value else {})}


def _read(asked: list[Json]) -> Iterator[str]:
    for one in asked:
        yield one["field"] if "field" in one else next(iter(one.values()))[0]["field"]


def _bounds(asked: list[Json], name: str) -> tuple[int, int]:
    low, high = 0, 1000
    for one in asked:
        if one.get("field") == name:
            value = one["value"]
            number = (date.fromisoformat(value) - FIRST_DAY).days if isinstance(value, str) else value
            if one["op"] == "lt":
                high = min(high, number)
            elif one["op"] == "gte":
                low = max(low, number)
    return low, high
