"""What the pages of a rule set show: its rules in order, sentences, findings, parameters, examples, a trial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.canonical import canonical, digest
from portal.core.editors import identifier
from portal.core.errors import DefinitionError, NotFound, fill, msg
from portal.core.forms import list_fields
from portal.core.kept import Kept
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.rules.analysis import KINDS_OF_FINDINGS, Finding, analyse
from portal.core.rules.decision_tables import DecisionTable
from portal.core.rules.examples import differences
from portal.core.rules.further import further_inputs, looked_at
from portal.core.rules.offered import forms_of, given_in, options_of
from portal.core.rules.proposals import REFERENCES, said_action
from portal.core.rules.sentences import Sentence
from portal.core.rules.spoken import Spoken
from portal.core.taxonomy import Taxonomy, taxonomies
from portal.core.values import as_date
from portal.web import access
from portal.web.designing.conditions import vanished
from portal.web.editing.screen import Mark, Screen, address
from portal.web.language import translate

# The name of an input in the words that a clerk reads.
_PLACE = re.compile(r"\{(\w{1,64})\}")
_NAMED = re.compile(r"【([^【】]{1,100})】")
_FOUND: Kept[tuple[str, str, str], list[Finding]] = Kept(32)
_COMPILED: Kept[tuple[str, str], RuleSet] = Kept(32)
# Findings by how much they ask for: those that must be mended, then the others.
MUST, ADVICE = "must", "advice"


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in the list: its name, whose it is, whether it is out of use, how many findings name it."""

    id: str
    title: str
    url: str
    mark: Mark | None
    off: bool
    findings: int


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, with the matter that shows it."""

    number: int
    key: str
    text: str
    remedy: str
    level: str
    matter: list[tuple[str, str]]
    rules: tuple[str, ...]
    is_gap: bool


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """An example of the rule set: its name, and what comes out differently; empty where it holds."""

    name: str
    wrong: str
    url: str


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """A parameter: its value with us and above, whose it is, and how many rules use it."""

    name: str
    title: str
    text: str
    above: str
    mark: Mark | None
    uses: int
    may_edit: bool


@dataclass
class Desk:
    """One rule set of a draft, as a person works on it."""

    screen: Screen
    name: str
    after: Mapping[str, Any] | None = None  # what a change of this request made of the rule set

    @classmethod
    def of(cls, key: str, name: str) -> Desk:
        """Return the rule set of a draft; NotFound where the person sees none."""
        screen = Screen.of(key, pointers.join(["rules", name]))
        if not isinstance(screen.value, Mapping) or not isinstance(screen.value.get("rules"), Mapping):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        return cls(screen, name)

    @property
    def key(self) -> str:
        """Return the identifier of the draft."""
        return self.screen.row.uid

    @property
    def pointer(self) -> str:
        """Return the place of the rule set."""
        return self.screen.pointer

    @property
    def url(self) -> str:
        """Return the address of the first page of the rule set."""
        return f"/studio/{self.key}/rules/{quote(self.name)}"

    @property
    def definition(self) -> Mapping[str, Any]:
        """Return the rule set as the draft says it."""
        found: Mapping[str, Any] = self.screen.value if self.after is None else self.after
        return found

    def with_condition(self, rule: str, when: Any) -> Desk:
        """Return the same with another condition of a rule: the session of the request still reads what was before."""
        where = pointers.join(["rules", rule, "when"])
        if when is None:
            return Desk(self.screen, self.name, pointers.without(self.definition, where))
        after = pointers.put(self.definition, where, when)
        for name, made in self.asked_further(when).items():
            after = pointers.put(after, pointers.join(["inputs", name]), made)
        return Desk(self.screen, self.name, after)

    @cached_property
    def further(self) -> dict[str, dict[str, Any]]:
        """The fields of the forms that no input reads yet, as the inputs that they would become."""
        found = []
        for form in self._whole_forms:
            try:
                found += list_fields(form)
            except DefinitionError:
                continue
        inputs = self.definition.get("inputs", {})
        return further_inputs(found, inputs, lambda name, taken: identifier(name, taken, spelling, "input"))

    def asked_further(self, *whens: Any) -> dict[str, dict[str, Any]]:
        """Return the inputs that conditions look at and the rule set does not have yet."""
        names = {name for when in whens for name in looked_at(when)}
        return {name: made for name, made in self.further.items() if name in names}

    @property
    def offered(self) -> Mapping[str, Any]:
        """Return the rule set with everything as inputs that its rules could look at."""
        inputs = {**self.definition.get("inputs", {}), **self.further}
        whens = [rule.get("when") for rule in self.definition["rules"].values() if isinstance(rule, Mapping)]
        return {**self.definition, "inputs": inputs | vanished(whens, inputs)}

    @cached_property
    def terms(self) -> Mapping[str, Taxonomy]:
        """The taxonomies of the draft."""
        return taxonomies(self.screen.draft.document)

    @cached_property
    def spoken(self) -> Spoken:
        """The words of the rule set in the reader's language."""
        options = options_of(self._forms, self.offered["inputs"])
        return Spoken(self.offered, self.terms, self.screen.texts, translate, options)

    @cached_property
    def _forms(self) -> list[Mapping[str, Any]]:
        return [one.get("schema") or {} for one in self._whole_forms]

    @cached_property
    def _whole_forms(self) -> list[Mapping[str, Any]]:
        return forms_of(self.screen.draft.document.get("forms", {}), self.name)

    # -- rules -----------------------------------------------------------------------------------

    @cached_property
    def order(self) -> list[str]:
        """The rules as they come: by priority, then by identifier."""
        rules = self.definition["rules"]
        return sorted(rules, key=lambda name: (-_priority(rules[name]), name))

    def title(self, rule: str) -> str:
        """Return what a rule is called."""
        return self.screen.texts(self.definition["rules"].get(rule, {}).get("title"), rule)

    @cached_property
    def entries(self) -> list[Entry]:
        """The rules in order, for the list of the page."""
        named = [rule for one in self.told for rule in one.rules]
        return [
            Entry(
                rule,
                self.title(rule),
                f"{self.url}?rule={quote(rule)}",
                self.screen.mark(self.place(rule)),
                self.definition["rules"][rule].get("hidden") is True,
                named.count(rule) + (not self.definition["rules"][rule].get("then")),
            )
            for rule in self.order
        ]

    def place(self, rule: str, *below: str) -> str:
        """Return the place of a rule, or of a part of it."""
        return pointers.join(["rules", rule, *below], self.pointer)

    def page_of(self, *below: str) -> str:
        """Return the address of the general editor of a part of the rule set."""
        return address(self.key, pointers.join(below, self.pointer))

    def chosen(self, asked: str) -> str:
        """Return the rule that the page is about: the one asked for, else the first of our own, else the first."""
        if asked in self.definition["rules"]:
            return asked
        own = (one.id for one in self.entries if one.mark is not None and one.mark.level == "own")
        return next(own, self.order[0] if self.order else "")

    def proposals(self, rule: str) -> list[str]:
        """Return what a rule proposes, in words."""
        then = self.definition["rules"][rule].get("then", ())
        return [self.said(action) for action in then if isinstance(action, Mapping)]

    def said(self, action: Mapping[str, Any]) -> str:
        """Return one action in words."""
        return said_action(action, self._named, translate)

    def _named(self, kind: str, code: str) -> str:
        return self.screen.choices.label(REFERENCES.get(kind, kind), code) or code

    def reason(self, rule: str) -> str:
        """Return what the clerk reads about a rule, with the names of the inputs that are filled in."""
        return self.in_words(self.screen.texts(self.definition["rules"][rule].get("reason")))

    def in_words(self, said: str) -> str:
        """Return a text with the names of inputs where their identifiers stand; one that two share stays as it is."""
        known = self.definition["inputs"]

        def named(place: re.Match[str]) -> str:
            title = self.spoken.title(place[1])
            return f"【{title}】" if place[1] in known and self.spoken.input_named(title) else place[0]

        return _PLACE.sub(named, said)

    def as_kept(self, said: str) -> str:
        """Return a text as it is kept: identifiers where the names of inputs stand in brackets."""

        def identified(place: re.Match[str]) -> str:
            name = self.spoken.input_named(place[1])
            return f"{{{name}}}" if name else place[0]

        return _NAMED.sub(identified, said)

    def sentence(self, rule: str) -> str:
        """Return when a rule holds, in words."""
        return Sentence.of(self.definition["rules"][rule].get("when")).said(self.spoken)

    @cached_property
    def table(self) -> DecisionTable:
        """The rules as a table."""
        return DecisionTable.of(self.spoken, self.order)

    # -- what was found --------------------------------------------------------------------------

    @cached_property
    def rule_set(self) -> RuleSet | None:
        """The rules ready to decide, those that propose nothing yet left out; None while something in them is wrong."""
        rules = {name: one for name, one in self.definition["rules"].items() if one.get("then")}
        ready = {**self.definition, "rules": rules}
        try:
            return _COMPILED.of(
                self._digests, lambda: compile_rule_set(ready, taxonomies=self.terms, trusted=True)
            )
        except DefinitionError:
            return None

    @cached_property
    def _digests(self) -> tuple[str, str]:
        return digest(self.definition), digest(self.screen.draft.document.get("taxonomies", {}))

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings of the analysis."""
        made = self.rule_set
        if made is None:
            return []
        inputs = self.definition.get("inputs", {})
        offered = {name: list(one) for name, one in self.spoken.options.items() if name in inputs}
        given = given_in(self._forms, inputs)
        day = access.portal().clock.today()
        key = (*self._digests, digest([offered, sorted(given)]))
        return _FOUND.of(key, lambda: analyse(made, day=day, offered=offered, given=given))

    @cached_property
    def told(self) -> list[Told]:
        """The findings in words."""
        return [self._told(number, finding) for number, finding in enumerate(self.findings)]

    def _told(self, number: int, finding: Finding) -> Told:
        kind = KINDS_OF_FINDINGS[finding.kind]
        said = dict(finding.said or {})
        for part in ("rule", "a", "b"):
            if part in said:
                said[part] = self.title(said[part])
        if "before" in said:
            said["before"] = "”、“".join(self.title(rule) for rule in finding.rules[1:])
        if "do" in said:
            said["do"] = said_action({"do": said["do"]}, self._named, translate)
        matter = self.matter(finding)
        said["case"] = "，".join(f"{title} {text}" for title, text in matter) or "—"
        return Told(
            number,
            digest({"kind": finding.kind, "rules": list(finding.rules), "do": finding.do}),
            fill(translate(kind.message), said),
            translate(kind.remedy) if kind.remedy else "",
            MUST if kind.severity == "error" else ADVICE,
            matter,
            finding.rules,
            finding.kind == "gap",
        )

    def matter(self, finding: Finding) -> list[tuple[str, str]]:
        """Return the matter that shows a finding: inputs and values in words."""
        if finding.witness is None:
            return []
        values = finding.witness.values
        return [(self.spoken.title(name), self.spoken.value(name, value)) for name, value in values.items()]

    # -- parameters ------------------------------------------------------------------------------

    @property
    def parameters(self) -> list[ParameterLine]:
        """Return the parameters, each with what the configuration above says."""
        rules = [canonical(rule.get("when")) for rule in self.definition["rules"].values()]
        found = []
        for name, said in self.definition.get("parameters", {}).items():
            where, spoken = pointers.join(["parameters", name], self.pointer), self.spoken.of_parameter(name)
            above = pointers.get(self.screen.draft.above, where + "/value", None)
            locked = self.screen.lock(where + "/value") is not None
            found.append(
                ParameterLine(
                    name,
                    self.spoken.parameter_title(name),
                    spoken.value(name, said.get("value")),
                    "" if above is None else spoken.value(name, above),
                    self.screen.mark(where),
                    sum(canonical(name) in rule for rule in rules),
                    self.screen.may_edit and not locked,
                )
            )
        return found

    # -- examples --------------------------------------------------------------------------------

    @cached_property
    def examples(self) -> list[ExampleLine]:
        """The examples, each with what comes out differently."""
        found = []
        for number, example in enumerate(self.definition.get("examples", ())):
            name = self.screen.texts(example.get("name"), str(number + 1))
            found.append(ExampleLine(name, self._wrong(example), self.page_of("examples")))
        return found

    def _wrong(self, example: Mapping[str, Any]) -> str:
        today = as_date(example.get("today"))
        if self.rule_set is None or today is None:
            return translate(msg("can't be tried as long as the rules have faults"))
        decision = self.rule_set.decide(example["facts"], today=today, counts=example.get("counts"))
        wrong = differences(decision, example["expect"])
        if not wrong:
            return ""
        fired = translate(msg(", ")).join(self.title(rule.id) for rule in decision.fired)
        return translate(msg("comes out differently: %(found)s")) % {"found": fired or "—"}


def _priority(rule: Any) -> int:
    found = rule.get("priority") if isinstance(rule, Mapping) else 0
    return found if isinstance(found, int) else 0
