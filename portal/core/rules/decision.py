"""What a rule set decided, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.core.canonical import canonical
from portal.core.conditions import Trace
from portal.core.rules.reasons import filled
from portal.core.text import Text, Texts

CHINESE = Texts()
# How the values that a rule saw are worded in a language, by name.
Wording = Callable[[Texts], Callable[[str], str | None]]


# Reasons, actions and fired rules are made by the dozen at each decision and not frozen: filling frozen ones takes
# three times as long. Nothing changes them afterwards.
@dataclass(slots=True)
class Reason:
    """Why: a rule's reason text with the values it saw."""

    rule: str
    template: Text
    wording: Wording = field(compare=False)

    def render(self, texts: Texts = CHINESE) -> str:
        """Return the sentence in the language of ``texts``."""
        return filled(texts(self.template), self.wording(texts))

    def to_json(self, texts: Texts = CHINESE) -> dict[str, Any]:
        """Return rule, sentence, and what the sentence was made of."""
        return {"rule": self.rule, "text": self.render(texts)}


@dataclass(slots=True)
class Action:
    """Something proposed: refer, require, flag, notify, suggest a stage, grade the matter, set a period."""

    do: str
    data: Mapping[str, Any]
    key: str  # what makes two actions the same
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Action:
        """Return the action as a rule states it."""
        data = {name: value for name, value in raw.items() if name != "do"}
        return cls(raw["do"], data, canonical(raw))

    def to_json(self, texts: Texts = CHINESE) -> dict[str, Any]:
        """Return the action as written in the rule, with its reasons."""
        return {"do": self.do, **self.data, "reasons": [reason.to_json(texts) for reason in self.reasons]}


@dataclass(slots=True)
class FiredRule:
    """A rule that fired."""

    id: str
    title: Text
    priority: int
    reason: Reason
    actions: tuple[Action, ...]
    basis: Text = ""
    practice: Text = ""

    def to_json(self, texts: Texts = CHINESE) -> dict[str, Any]:
        """Return the rule with its reason in the language of ``texts``."""
        return {
            "id": self.id,
            "title": texts(self.title),
            "priority": self.priority,
            "reason": self.reason.render(texts),
            "reason_template": self.reason.template,
            "basis": texts(self.basis),
            "practice": texts(self.practice),
            "actions": [{"do": action.do, **action.data} for action in self.actions],
        }


@dataclass(frozen=True, slots=True)
class NotFired:
    """A rule that did not fire: its failed conditions, or that it is not in force, or what went before it."""

    id: str
    title: Text
    failed: tuple[Trace, ...] = ()
    in_force: bool = True
    outranked_by: str = ""

    def concealed(self, closed: Collection[str]) -> NotFired:
        """Return the same for a reader who may not see the inputs ``closed``."""
        return replace(self, failed=tuple(trace.concealed(closed) for trace in self.failed))

    def to_json(self, texts: Texts = CHINESE) -> dict[str, Any]:
        """Return why the rule did not fire."""
        result: dict[str, Any] = {"id": self.id, "title": texts(self.title)}
        result["failed"] = [trace.to_json() for trace in self.failed]
        if not self.in_force:
            result["in_force"] = False
        if self.outranked_by:
            result["outranked_by"] = self.outranked_by
        return result


@dataclass(frozen=True)
class Decision:
    """The outcome for one record; why the other rules did not fire is found out on demand."""

    rule_set: str
    fired: tuple[FiredRule, ...]
    actions: tuple[Action, ...]
    facts_used: Mapping[str, Any]
    ignored: tuple[str, ...]
    engine: str
    disagreement: bool
    _explain: Callable[[], tuple[NotFired, ...]] = field(repr=False, compare=False)
    # What rules would propose if others did not rule its route out.
    ruled_out: tuple[Action, ...] = ()

    @cached_property
    def not_fired(self) -> tuple[NotFired, ...]:
        """Return the rules that did not fire, each with why."""
        return self._explain()

    def of(self, do: str) -> tuple[Action, ...]:
        """Return the actions of one kind, in order."""
        return tuple(action for action in self.actions if action.do == do)

    def to_json(self, texts: Texts = CHINESE) -> dict[str, Any]:
        """Return the whole decision, sentences in the language of ``texts``."""
        return {
            "rule_set": self.rule_set,
            "fired": [rule.to_json(texts) for rule in self.fired],
            "actions": [action.to_json(texts) for action in self.actions],
            "not_fired": [rule.to_json(texts) for rule in self.not_fired],
            "facts_used": dict(self.facts_used),
            "ignored": list(self.ignored),
            "engine": self.engine,
            "disagreement": self.disagreement,
        }


def merged(fired: Iterable[FiredRule]) -> tuple[Action, ...]:
    """Return the actions of all fired rules in order; equal ones become one that keeps every reason."""
    reasons: dict[str, tuple[Action, list[Reason]]] = {}
    for rule in fired:
        for action in rule.actions:
            known = reasons.get(action.key)
            if known is None:
                reasons[action.key] = (action, [rule.reason])
            elif known[1][-1] is not rule.reason:
                known[1].append(rule.reason)
    return tuple(Action(one.do, one.data, key, tuple(why)) for key, (one, why) in reasons.items())


def parted(actions: tuple[Action, ...]) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Return the actions that stand, and the proposals of a route that one of them rules out."""
    routes = {action.data["route"] for action in actions if action.do == "exclude"}
    if not routes:
        return actions, ()
    aside = [action.do == "refer" and action.data.get("route") in routes for action in actions]
    return (
        tuple(action for action, out in zip(actions, aside, strict=True) if not out),
        tuple(action for action, out in zip(actions, aside, strict=True) if out),
    )
