"""Check and compile a rule set, reporting every problem at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from portal.core import pointer
from portal.core.canonical import digest
from portal.core.conditions import Atom, Condition, Group, parse
from portal.core.conditions.model import Field, Parameter, Value
from portal.core.conditions.operand import short
from portal.core.conditions.operators import OPERATORS
from portal.core.conditions.parse import parse_count
from portal.core.effects import EFFECTS, effect_names
from portal.core.errors import DefinitionError, Problem, msg
from portal.core.kinds import KINDS
from portal.core.rules.analysis import analyse
from portal.core.rules.decision import Action
from portal.core.rules.examples import Known, run_examples
from portal.core.rules.inputs import Input, Setting, as_literal
from portal.core.rules.program import Translator
from portal.core.rules.reasons import places, variants
from portal.core.rules.references import references
from portal.core.rules.rule_set import Promise, Rule, RuleSet
from portal.core.rules.structure import MAX_PROBLEMS, TOO_LARGE, check_structure
from portal.core.taxonomy import Taxonomy, source_text
from portal.core.values import NUMBER, as_date

Taxonomies = Mapping[str, Taxonomy]


def compile_rule_set(
    definition: Any, *, taxonomies: Taxonomies | None = None, file: str = "", trusted: bool = False
) -> RuleSet:
    """Return the rule set ready to decide, or raise ``DefinitionError`` with all problems.

    ``trusted`` skips the search for dead and conflicting rules and the examples: for rule sets that passed
    them when they were published. ``taxonomies=None`` leaves codes unchecked.
    """
    rule_set, problems = _compile(definition, taxonomies, file)
    if rule_set is not None and not trusted:
        problems += _doubts(rule_set, file) + run_examples(rule_set, definition, file)
    errors = [problem for problem in problems if problem.severity == "error"]
    if rule_set is None or errors:
        raise DefinitionError("rules.unusable", msg("The rule set can't be used"), problems=problems)
    return rule_set


def check_rule_set(
    definition: Any,
    *,
    taxonomies: Taxonomies | None = None,
    file: str = "",
    examples: bool = True,
    known: Known = (),
) -> list[Problem]:
    """Return everything that is wrong or doubtful: errors and warnings; ``known`` as for ``run_examples``."""
    rule_set, problems = _compile(definition, taxonomies, file)
    if rule_set is not None:
        problems += _doubts(rule_set, file)
        if examples:
            problems += run_examples(rule_set, definition, file, known=known)
    return problems


def _doubts(rule_set: RuleSet, file: str) -> list[Problem]:
    return [finding.problem(file) for finding in analyse(rule_set)]


def _close(code: str, titles: Mapping[str, str]) -> str:
    """Return the terms that were probably meant: by their title, else by a code that is alike."""
    named = [one for one, title in titles.items() if title == code.strip()]
    close = named or difflib.get_close_matches(code, titles, n=3, cutoff=0.5) or list(titles)[:5]
    return "、".join(f"{one} {titles[one]}" for one in close)


def _compile(
    definition: Any, taxonomies: Taxonomies | None, file: str
) -> tuple[RuleSet | None, list[Problem]]:
    problems = check_structure(definition, file)
    hopeless = len(problems) >= MAX_PROBLEMS or any(problem.code == TOO_LARGE for problem in problems)
    if hopeless or not isinstance(definition, dict):
        return None, problems
    compiler = _Compiler(definition, taxonomies, file, problems)
    rule_set = compiler.rule_set()
    return (None if compiler.problems else rule_set), compiler.problems


@dataclass(slots=True)
class _Compiler:
    """Compiles the parts whose structure is sound, so that one pass finds everything."""

    definition: dict[str, Any]
    taxonomies: Taxonomies | None
    file: str
    problems: list[Problem]
    inputs: dict[str, Input] = field(default_factory=dict)
    parameters: dict[str, Setting] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def refuse(self, code: str, message: str, where: str, remedy: str = "", /, **params: Any) -> None:
        shown = {name: short(value) for name, value in params.items()}
        self.problems.append(Problem("rules." + code, message, shown, self.file, where, remedy))

    def sound(self, section: str) -> dict[str, dict[str, Any]]:
        """Return the entries of a section that have no structural problem."""
        entries = self.definition.get(section, {})
        faults = [problem.pointer for problem in self.problems]
        result = {}
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            place = pointer.join([section, name])
            if isinstance(entry, dict) and not any(f == place or f.startswith(place + "/") for f in faults):
                result[name] = entry
            else:
                self.broken.add(name)
        return result

    def rule_set(self) -> RuleSet | None:
        for name, raw in self.sound("inputs").items():
            self.input(name, raw)
        for name, raw in self.sound("parameters").items():
            self.parameter(name, raw)
        rules = [self.rule(name, raw) for name, raw in self.sound("rules").items()]
        covers = self.promise(self.definition.get("covers"))
        if self.problems:
            return None
        shown = [rule for rule in rules if rule is not None]
        shown.sort(key=lambda rule: (-rule.priority, rule.id))
        translator = Translator(self.inputs)
        compiled = [translator.rule(rule.condition, (rule.first_day, rule.last_day)) for rule in shown]
        fingerprint = digest(self.definition)
        return RuleSet(
            title=self.definition["title"],
            purpose=self.definition["purpose"],
            hit=self.definition.get("hit", "all"),
            digest=fingerprint,
            inputs=dict(sorted(self.inputs.items())),
            parameters=dict(sorted(self.parameters.items())),
            rules=tuple(shown),
            program=translator.program(fingerprint, compiled),
            taxonomies=self.taxonomies or {},
            _references=tuple(references(self.definition)),
            covers=covers,
        )

    def promise(self, raw: Any) -> Promise | None:
        """Return what the rule set says that it covers; problems of its structure are told already."""
        if not isinstance(raw, dict) or any(p.pointer.startswith("/covers") for p in self.problems):
            return None
        parts = (
            ("do", msg("Rules propose no “%(name)s”"), effect_names("rules")),
            ("given", msg("“%(name)s” is no input of the rules"), [*self.inputs, *self.broken]),
        )
        for part, message, known in parts:
            for index, name in enumerate(raw.get(part, ())):
                if name not in known:
                    where = pointer.join(["covers", part, index])
                    close = " ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:8])
                    remedy = msg("Did you mean one of: %(close)s?")
                    self.refuse("covers", message, where, remedy, name=name, close=close)
        return Promise(tuple(raw["do"]), tuple(raw.get("given", ())))

    def input(self, name: str, raw: dict[str, Any]) -> None:
        where = pointer.join(["inputs", name])
        sources = [key for key in ("from", "count", "sum") if key in raw]
        query = None
        if len(sources) != 1:
            self.refuse("input_source", msg("An input has exactly one of from, count, sum"), where)
        elif sources[0] != "from":
            query, problems = parse_count(
                sources[0], raw[sources[0]], file=self.file, pointer=f"{where}/{sources[0]}"
            )
            self.problems += problems
            if KINDS[raw["type"]].compared != NUMBER:
                self.refuse("input_type", msg("A count is of type integer, number or money"), where + "/type")
        self.check_taxonomy(raw, where)
        source = Field.of(raw["from"]) if isinstance(raw.get("from"), str) else None
        self.inputs[name] = Input(name, raw["type"], raw["title"], raw.get("taxonomy", ""), source, query)

    def parameter(self, name: str, raw: dict[str, Any]) -> None:
        where = pointer.join(["parameters", name])
        if name in self.inputs:
            self.refuse("name_twice", msg("“%(name)s” names an input and a parameter"), where, name=name)
        value = raw["value"]
        if raw["type"] == "strings":
            usable = isinstance(value, list)
            typed = as_literal("strings", tuple(value)) if usable else None
        else:
            typed = as_literal(raw["type"], value) if not isinstance(value, list) else None
        if typed is None:
            self.refuse(
                "parameter_value",
                msg("%(value)s is not a value of type %(type)s"),
                where + "/value",
                msg("a parameter is a literal: yuan with at most two decimals, dates as 2026-05-04"),
                value=value,
                type=raw["type"],
            )
        self.check_taxonomy(raw, where)
        setting = Setting(name, raw["type"], raw["title"], typed, raw.get("taxonomy", ""))
        self.parameters[name] = setting
        if setting.taxonomy and isinstance(typed, str | tuple):
            self.check_codes(setting.taxonomy, typed, where + "/value")

    def check_taxonomy(self, raw: dict[str, Any], where: str) -> None:
        named = raw.get("taxonomy", "")
        if raw["type"] == "taxonomy" and not named:
            self.refuse("taxonomy", msg("The type taxonomy needs “taxonomy”: which one"), where)
        if named and self.taxonomies is not None and named not in self.taxonomies:
            self.refuse("taxonomy", msg("There is no taxonomy “%(name)s”"), where + "/taxonomy", name=named)

    def check_codes(self, taxonomy: str, codes: Any, where: str) -> None:
        known = (self.taxonomies or {}).get(taxonomy)
        titles = {term.code: source_text(term.title) for term in known or ()}
        for code in codes if isinstance(codes, tuple) else (codes,):
            if isinstance(code, str) and known is not None and code not in known:
                self.refuse(
                    "unknown_code",
                    msg("The taxonomy “%(taxonomy)s” has no code “%(code)s”"),
                    where,
                    msg("Did you mean one of: %(close)s?"),
                    taxonomy=taxonomy,
                    code=code,
                    close=_close(code, titles),
                )

    def rule(self, name: str, raw: dict[str, Any]) -> Rule | None:
        where = pointer.join(["rules", name])
        condition = self.condition(raw["when"], where + "/when") if "when" in raw else None
        first, last = self.period(raw.get("effective", {}), where + "/effective")
        self.check_reason(raw["reason"], where + "/reason")
        actions = tuple(Action.of(action) for action in raw["then"])
        self.check_single(actions, where + "/then")
        if raw.get("hidden"):
            return None
        return Rule(
            id=name,
            title=raw["title"],
            priority=raw["priority"],
            condition=condition,
            reason=raw["reason"],
            actions=actions,
            first_day=first,
            last_day=last,
            basis=raw.get("basis", ""),
            practice=raw.get("practice", ""),
        )

    def condition(self, raw: Any, where: str) -> Condition | None:
        condition, problems = parse(
            raw,
            fields={name: declared.field_type for name, declared in self.inputs.items()},
            parameters={name: setting.field_type for name, setting in self.parameters.items()},
            file=self.file,
            pointer=where,
            counts=False,
        )
        # What a broken declaration is called by is known to be wrong already; do not say it twice.
        self.problems += [
            p for p in problems if not self.broken & {p.params.get("field"), p.params.get("name")}
        ]
        if condition is None:
            return None
        before = len(self.problems)
        bound = self.bound(condition)
        return bound if len(self.problems) == before else None

    def bound(self, condition: Condition) -> Condition:
        """Return the condition with parameters filled in and every literal in the type of its input."""
        if isinstance(condition, Group):
            return replace(condition, members=tuple(self.bound(member) for member in condition.members))
        declared = self.inputs[cast("Field", condition.subject).name]
        operand = condition.operand
        if isinstance(operand, Parameter):
            setting = self.parameters[operand.name]
            if KINDS[declared.type].scale != KINDS[setting.type].scale:
                self.refuse(
                    "parameter_type",
                    msg("“%(field)s” and the parameter “%(name)s” must both be of type money"),
                    condition.pointer + "/value",
                    field=declared.name,
                    name=setting.name,
                )
            operand = Value(setting.value)
        elif isinstance(operand, Value) and operand.value is not None and not _days_or_part(condition):
            operand = self.literal(operand.value, declared, condition)
        if declared.taxonomy and isinstance(operand, Value) and not _days_or_part(condition):
            self.check_codes(declared.taxonomy, operand.value, condition.pointer + "/value")
        return replace(condition, operand=operand)

    def literal(self, value: Any, declared: Input, atom: Atom) -> Value:
        typed = as_literal(declared.type, value)
        if typed is None:
            self.refuse(
                "literal",
                msg("%(value)s is not a value of type %(type)s"),
                atom.pointer + "/value",
                value=value,
                type=declared.type,
            )
        return Value(typed)

    def period(self, raw: dict[str, Any], where: str) -> tuple[date | None, date | None]:
        days = []
        for key in ("from", "until"):
            text = raw.get(key)
            day = as_date(text)
            if text is not None and day is None:
                self.refuse(
                    "date", msg("“%(value)s” is not a date such as 2026-05-04"), f"{where}/{key}", value=text
                )
            days.append(day)
        first, last = days
        if first and last and first > last:
            self.refuse("period", msg("The last day of effect is before the first"), where)
        return first, last

    def check_reason(self, reason: Any, where: str) -> None:
        known = self.inputs.keys() | self.parameters.keys() | self.broken
        for template in variants(reason):
            names, sound = places(template)
            if not sound:
                self.refuse(
                    "placeholder",
                    msg("A place in a reason is {name} of an input or parameter"),
                    where,
                    msg("write {{ and }} for braces that are meant as such"),
                )
            for name in sorted(names - known):
                self.refuse(
                    "placeholder", msg("The reason names “%(name)s”, which is not declared"), where, name=name
                )

    def check_single(self, actions: tuple[Action, ...], where: str) -> None:
        for kind in (name for name, effect in EFFECTS.items() if effect.single):
            if len({action.key for action in actions if action.do == kind}) > 1:
                self.refuse(
                    "contradiction", msg("One rule proposes two different actions “%(do)s”"), where, do=kind
                )


def _days_or_part(atom: Atom) -> bool:
    """Tell whether the operand is not a value of the field's own type: a span, or a part of a text."""
    return OPERATORS[atom.op].operand in ("days", "part")
