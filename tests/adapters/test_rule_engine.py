"""The guarded engine: many threads, faults that stay where they happen, and the trial in a child process."""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
import time
from collections import Counter
from datetime import date
from typing import Any

import durable_rules_engine as native
import psutil
import pytest

from portal.adapters.rule_engine import DurableRules, verify_in_child
from portal.adapters.rule_engine import handle as handle_module
from portal.adapters.rule_engine.chunks import MAX_RULES, chunks
from portal.core.conditions import Env
from portal.core.rules import EngineFault, RuleSet, compile_rule_set

DAY = date(2026, 5, 6)
# `make prove` asks for 100,000.
EVALUATIONS = int(os.environ.get("PORTAL_TEST_EVALUATIONS", "16000"))
THREADS = 8
CRASH = "import sys, os; sys.stdin.read(); os.kill(os.getpid(), 11)"


def definition(rules: int = 20, **more: Any) -> dict[str, Any]:
    return {
        "title": "t",
        "purpose": "test",
        "inputs": {
            "n": {"title": "n", "type": "integer", "from": "/n"},
            "word": {"title": "w", "type": "string", "from": "/word"},
        },
        "rules": {
            f"r{number:03}": {
                "title": "t",
                "priority": rules - number,
                "reason": "{n}",
                "when": {
                    "all": [
                        {"field": "n", "op": "gte", "value": number * 10},
                        {
                            "any": [
                                {"field": "word", "op": "ne", "value": "x"},
                                {"field": "word", "op": "missing"},
                            ]
                        },
                    ]
                },
                "then": [{"do": "flag", "flag": f"f{number}"}],
            }
            for number in range(rules)
        },
        **more,
    }


def compiled(rules: int = 20) -> RuleSet:
    return compile_rule_set(definition(rules), trusted=True)


def fired(rule_set: RuleSet, engine: DurableRules, **facts: Any) -> list[str]:
    decision = rule_set.decide(facts, today=DAY, engine=engine)
    assert (decision.engine, decision.disagreement) == ("durable_rules", False)
    return [rule.id for rule in decision.fired]


def test_a_large_rule_set_is_cut_into_chunks() -> None:
    rule_set = compiled(300)
    parts = list(chunks(rule_set.program))
    assert len(parts) > 300 // MAX_RULES
    assert all(len(part.columns) <= 80 for part in parts)
    assert len(fired(rule_set, DurableRules(), n=2995)) == 300


@pytest.mark.parametrize(
    "word", ["x" * 5000, "é", "综治\u0007", '"\\', "\U0001f33e", "\ud800", "a\0", "", 5, None]
)
def test_odd_texts_pass_through_the_engine(word: Any) -> None:
    assert fired(compiled(), DurableRules(), n=5, word=word) == ["r000"]


@pytest.mark.slow
def test_evaluations_in_eight_threads_are_right_and_keep_no_memory() -> None:
    rule_set, engine = compiled(), DurableRules()
    row = rule_set.program.row
    rows = [
        (row({"n": n, "word": "y"}, Env(DAY)), frozenset(range(min(n // 10 + 1, 20))))
        for n in range(0, 250, 7)
    ]
    for start, expected in rows:
        assert engine.matching(rule_set.program, start) == expected
    process = psutil.Process()
    before = process.memory_info().rss
    outcomes: Counter[str] = Counter()

    def work() -> None:
        mine: Counter[str] = Counter()
        for number in range(EVALUATIONS // THREADS):
            question, expected = rows[number % len(rows)]
            try:
                mine["right" if engine.matching(rule_set.program, question) == expected else "wrong"] += 1
            except Exception as error:
                mine[repr(error)] += 1
        outcomes.update(mine)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"right": EVALUATIONS}
    assert process.memory_info().rss - before < 50 * 1024 * 1024


class Faulty:
    """The native module, failing in one call."""

    def __init__(self, call: str, answer: Any) -> None:
        self.call, self.answer, self.calls = call, answer, 0

    def __getattr__(self, name: str) -> Any:
        if name != self.call:
            return getattr(native, name)

        def broken(*_args: Any) -> Any:
            self.calls += 1
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return broken


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("assert_fact", (303, 0)),
        ("assert_fact", native.error("state")),
        ("start_action_for_state", None),
        ("start_action_for_state", ("{}", "nonsense")),
        ("complete_and_start_action", native.error("queue")),
        ("retract_fact", native.error("gone")),
        ("create_ruleset", native.error("rules")),
    ],
)
def test_a_fault_is_replaced_by_the_reference_and_heals(
    monkeypatch: pytest.MonkeyPatch, call: str, answer: Any
) -> None:
    rule_set, engine = compiled(), DurableRules()
    if call != "create_ruleset":
        assert fired(rule_set, engine, n=15) == ["r000", "r001"]
    faulty = Faulty(call, answer)
    monkeypatch.setattr(handle_module, "native", faulty)
    decision = rule_set.decide({"n": 25}, today=DAY, engine=engine)
    assert [rule.id for rule in decision.fired] == ["r000", "r001", "r002"]
    assert (decision.engine, decision.disagreement) == ("reference", False)
    assert faulty.calls == 1
    monkeypatch.undo()
    assert fired(rule_set, engine, n=15) == ["r000", "r001"]
    assert fired(rule_set, engine, n=5) == ["r000"], "nothing of the fact before is left"


def test_a_poisoned_handle_is_never_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    rule_set, engine = compiled(), DurableRules(max_programs=1)
    fired(rule_set, engine, n=5)
    monkeypatch.setattr(handle_module, "native", Faulty("start_action_for_state", None))
    with pytest.raises(EngineFault):
        engine.matching(rule_set.program, {"p0": 0})
    monkeypatch.setattr(handle_module, "native", Faulty("delete_ruleset", AssertionError("freed")))
    fired(compiled(3), engine, n=5)


def test_programs_make_room_without_leaking() -> None:
    rule_set, engine = compiled(), DurableRules(max_programs=5)
    process = psutil.Process()

    def churn(start: int) -> int:
        for number in range(start, start + 300):
            program = dataclasses.replace(rule_set.program, digest=str(number))
            assert engine.matching(program, {"p0": 0, "v0": 5}) == frozenset({0})
        return process.memory_info().rss

    first = churn(0)
    assert churn(300) - first < 10 * 1024 * 1024


def test_the_trial_passes_a_sound_rule_set() -> None:
    raw = definition(
        60, examples=[{"name": "e", "today": "2026-05-06", "facts": {"n": 5}, "expect": {"fired": ["r000"]}}]
    )
    assert verify_in_child(raw, file="x.json") == []


def test_the_trial_reports_what_the_check_reports() -> None:
    raw = definition(
        2, examples=[{"name": "e", "today": "2026-05-06", "facts": {}, "expect": {"fired": ["r000"]}}]
    )
    (problem,) = verify_in_child(raw, file="x.json", taxonomies={})
    assert (problem.code, problem.file, problem.pointer) == (
        "rules.example",
        "x.json",
        "/examples/0/expect/fired",
    )
    assert verify_in_child({"title": 5})[0].code == "rules.structure"
    assert verify_in_child({1, 2})[0].code == "rules.not_json"


def test_a_crash_in_the_trial_refuses_the_rule_set_and_nothing_else() -> None:
    (problem,) = verify_in_child(definition(), file="x.json", command=[sys.executable, "-c", CRASH])
    assert (problem.code, problem.severity, problem.params["status"]) == ("rules.crash", "error", -11)
    assert os.getpid()


def test_a_hanging_trial_is_ended() -> None:
    started = time.monotonic()
    hang = [sys.executable, "-c", "import time; time.sleep(60)"]
    (problem,) = verify_in_child(definition(), timeout=0.5, command=hang)
    assert problem.code == "rules.timeout"
    assert time.monotonic() - started < 5


def test_a_trial_is_bounded_by_its_own_work_and_not_by_what_else_the_machine_does() -> None:
    spin = (
        "import resource; from portal.adapters.rule_engine import trial; trial.CPU_SECONDS = 1; trial.limit()\n"
        "assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 1\nwhile True: pass"
    )
    (problem,) = verify_in_child(definition(), file="x.json", command=[sys.executable, "-c", spin])
    assert (problem.code, problem.file) == ("rules.timeout", "x.json")


def test_a_trial_that_talks_nonsense_is_a_crash() -> None:
    for answer in ("print('ok')", "print('{}')", "pass"):
        assert verify_in_child(definition(), command=[sys.executable, "-c", answer])[0].code == "rules.crash"
