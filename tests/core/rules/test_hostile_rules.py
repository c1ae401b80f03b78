"""Hostile rule files are refused with a clear problem, quickly, and never with an exception."""

from __future__ import annotations

import time

import pytest

from portal.core import strict_json
from portal.core.errors import Problem
from portal.core.rules import check_rule_set
from portal.core.taxonomy import Taxonomy
from tests.core.rules.hostile import HOSTILE, TAXONOMY, sound

TAXONOMIES = {"dispute": Taxonomy.from_definition(TAXONOMY, "dispute")}


def problems_of(content: bytes) -> list[Problem]:
    definition, problems = strict_json.loads(content, file="x.json")
    return problems or check_rule_set(definition, taxonomies=TAXONOMIES, file="x.json")


def test_the_table_is_large_and_has_no_doubles() -> None:
    assert len(HOSTILE) >= 100
    assert (
        len({name for name, _, _ in HOSTILE}) == len({content for _, content, _ in HOSTILE}) == len(HOSTILE)
    )


def test_what_the_table_spoils_is_sound() -> None:
    assert check_rule_set(sound(), taxonomies=TAXONOMIES) == []


@pytest.mark.parametrize(("content", "code"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_file_is_refused(content: bytes, code: str) -> None:
    started = time.perf_counter()
    problems = problems_of(content)
    assert time.perf_counter() - started < 2
    assert code in {problem.code for problem in problems}
    assert any(problem.severity == "error" for problem in problems)
    for problem in problems:
        line = problem.render()
        assert "%(" not in line, "a place was not filled"
        assert len(line) < 2_000, "the problem repeats the attack"
        assert problem.file == "x.json"
        line.encode()


def test_problems_are_reported_together() -> None:
    definition = sound()
    definition["inputs"]["people"]["type"] = "object"
    definition["parameters"]["large"]["value"] = "much"
    definition["rules"]["big"]["reason"] = "{nobody}"
    definition["rules"]["other"] = {"title": "x"}
    found = {(p.code, p.pointer) for p in check_rule_set(definition, taxonomies=TAXONOMIES)}
    assert ("rules.structure", "/inputs/people/type") in found
    assert ("rules.parameter_value", "/parameters/large/value") in found
    assert ("rules.placeholder", "/rules/big/reason") in found
    assert ("rules.structure", "/rules/other") in found
