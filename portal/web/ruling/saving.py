"""Changes that pages of rules ask for, each a command of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.editors import identifier
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.rules.analysis import Finding
from portal.core.rules.decision_tables import pasted
from portal.core.rules.spoken import Unread
from portal.web.editing.naming import checked_name
from portal.web.editing.saving import save
from portal.web.ruling.desk import Desk
from portal.web.ruling.trying import Trial

NOTHING = msg("Nothing of it is different")
STEP = 10


def condition(desk: Desk, rule: str, seen: Any, after: Any) -> None:
    """Let a rule have another condition."""
    if seen != after:
        save(desk.key, [*_inputs(desk, after), Change("replace", desk.place(rule, "when"), seen, after)])


def _inputs(desk: Desk, *whens: Any) -> list[Change]:
    """Return the changes by which fields of the form that conditions look at become inputs."""
    return [
        Change("add", pointers.join(["inputs", name], desk.pointer), None, made)
        for name, made in desk.asked_further(*whens).items()
    ]


def example(desk: Desk, name: str, made: Mapping[str, Any]) -> None:
    """Add an example to the rule set, at the end of its list."""
    if any(one.get("name") == name for one in desk.definition.get("examples", ())):
        raise InvalidInput("rules.example_there", msg("There is an example of this name already"))
    examples = desk.definition.get("examples")
    where = pointers.join(["examples"], desk.pointer)
    if examples is None:
        save(desk.key, [Change("add", where, None, [made])])
    else:
        save(desk.key, [Change("add", where + "/-", None, dict(made))])


def witness_example(desk: Desk, finding: Finding, name: str) -> None:
    """Make the input that shows a finding an example: as it comes out now, so that a change shows."""
    rules = desk.rule_set
    assert rules is not None
    assert finding.witness is not None
    shown = finding.witness
    decision = rules.decide(shown.facts, today=shown.today, counts=shown.counts)
    expect = {"fired": [rule.id for rule in decision.fired]}
    example(desk, name, shown.example(name, expect))


def tried_example(desk: Desk, tried: Trial, name: str) -> None:
    """Make an invented matter an example, as it comes out now."""
    counts = {"counts": dict(tried.counts)} if tried.counts else {}
    made = {"name": name, "today": tried.day, "facts": dict(tried.facts), **counts}
    example(desk, name, made | {"expect": {"fired": tried.rules}})


def add_rule(desk: Desk, title: str, when: Any = None) -> str:
    """Add a rule after the others; return its identifier. It proposes nothing until a person says what."""
    rules = desk.definition["rules"]
    title = checked_name(title, (desk.title(one) for one in rules))
    name = identifier(title, list(rules), spelling, "rule")
    lowest = min((one.get("priority", 0) for one in rules.values()), default=STEP)
    condition_of = {} if when is None else {"when": when}
    made = {
        "title": title,
        "priority": lowest - STEP,
        **condition_of,
        "reason": title,
    }
    save(desk.key, [Change("add", desk.place(name), None, made)])
    return name


def move(desk: Desk, rule: str, up: bool) -> None:
    """Let a rule come one place earlier or later: its priority changes."""
    order = desk.order
    at = order.index(rule)
    target = at - 1 if up else at + 1
    if not 0 <= target < len(order):
        return
    rules = desk.definition["rules"]
    passed = rules[order[target]]["priority"]
    beyond = target - 1 if up else target + 1
    number = passed + (1 if up else -1)
    if 0 <= beyond < len(order):
        middle = (passed + rules[order[beyond]]["priority"]) // 2
        number = middle if (middle > passed if up else middle < passed) else number
    save(desk.key, [Change("replace", desk.place(rule, "priority"), rules[rule]["priority"], number)])


def parameter(desk: Desk, name: str, text: str) -> None:
    """Let a parameter have another value."""
    known = desk.definition.get("parameters", {})
    if name not in known:
        raise InvalidInput("rules.parameter", msg("There is no parameter “%(name)s”"), {"name": name})
    said = known[name]
    spoken = desk.spoken.of_parameter(name)
    try:
        value = spoken.read(name, "has_any" if said["type"] == "strings" else "eq", text)
    except Unread as error:
        raise InvalidInput(error.problem.code, error.problem.message, error.problem.params) from error
    if value != said.get("value"):
        where = pointers.join(["parameters", name, "value"], desk.pointer)
        save(desk.key, [Change("replace", where, said.get("value"), value)])


def paste(desk: Desk, text: str) -> tuple[int, int]:
    """Take over a pasted table, all of it or nothing; return how many rules changed and how many came in."""
    read = pasted(text[:400_000], desk.spoken, desk.table)
    if read.problems:
        first = read.problems[0]
        raise InvalidInput(first.code, first.message, first.params, list(read.problems)[:20])
    if not read.conditions and not read.new:
        raise InvalidInput("rules.same", NOTHING, {}, [Problem("rules.same", NOTHING)])
    rules = desk.definition["rules"]
    wanted = _inputs(desk, *read.conditions.values(), *(when for _, when in read.new))
    wanted += [
        Change("replace", desk.place(rule, "when"), rules[rule].get("when"), when)
        for rule, when in read.conditions.items()
    ]
    taken = list(rules)
    lowest = min((one.get("priority", 0) for one in rules.values()), default=STEP)
    for number, (title, when) in enumerate(read.new, start=1):
        name = identifier(title, taken, spelling, "rule")
        taken.append(name)
        made = {
            "title": title,
            "priority": lowest - STEP * number,
            **({} if when is None else {"when": when}),
            "reason": title,
        }
        wanted.append(Change("add", desk.place(name), None, made))
    save(desk.key, wanted)
    return len(read.conditions), len(read.new)
