"""No pattern of a form costs a request more than a second, and rules hold none."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from portal.adapters.pack_files import default_library
from portal.core.forms import compile_form, matching, validate
from portal.core.forms.patterns import safe_pattern
from portal.core.packs import resolve
from portal.core.rules import check_rule_set
from tests.acceptance.conftest import County
from tests.adapters.test_matching import PATTERNS
from tests.core.forms.test_form_safety import ATTACKS
from tests.core.rules.hostile import sound

SECOND = 1.0


def patterns(value: Any) -> Iterator[str]:
    """Yield every pattern in a definition."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "pattern" and isinstance(member, str):
                yield member
            elif key == "patternProperties" and isinstance(member, dict):
                yield from member
            yield from patterns(member)
    elif isinstance(value, list):
        for member in value:
            yield from patterns(member)


def test_a_costly_pattern_costs_a_request_less_than_a_second(county: County) -> None:
    fields = {
        f"f{number}": {"type": "string", "title": "Item", "pattern": pattern}
        for number, pattern in enumerate(PATTERNS)
    }
    form = {"title": "Form", "kind": "form", "schema": {"type": "object", "properties": fields}, "ui": {}}
    county.write("form_definitions", "costly", form)
    published = county.publish()
    assert published.exit_code == 0, published.output
    compiled = compile_form(form)
    matching.begin()
    start = time.process_time()
    refused = validate(compiled, dict.fromkeys(fields, "a" * 10_000 + "!"))
    assert time.process_time() - start < SECOND
    assert "time" in {error.code for error in refused}


def test_every_shipped_pattern_is_fast() -> None:
    library = default_library()
    found = {
        pattern
        for pack in library.ids()
        for pattern in patterns(resolve(pack, library).bundle.get("forms", {}))
    }
    for pattern in found:
        compiled = re.compile(safe_pattern(pattern))
        for text in ATTACKS:
            start = time.perf_counter()
            compiled.search(text)
            assert time.perf_counter() - start < SECOND, pattern


@pytest.mark.parametrize("op", ["matches", "regex", "like", "pattern"])
def test_a_rule_cannot_hold_a_pattern_at_all(op: str) -> None:
    rules = sound()
    rules["rules"]["big"]["when"] = {"field": "word", "op": op, "value": "(a+)+$"}
    (problem,) = [p for p in check_rule_set(rules, file="r.json") if p.severity == "error"][:1]
    assert problem.code == "condition.unknown_operator"
    assert "big" in problem.pointer


@pytest.mark.parametrize("op", ["contains", "starts_with", "eq"])
def test_texts_in_rules_are_compared_literally_and_fast(op: str) -> None:
    from datetime import date

    from portal.core.conditions import Env, evaluate, parse

    condition, problems = parse({"field": "/word", "op": op, "value": "(a+)+$"})
    if condition is None:
        assert problems
        return
    for text in [*ATTACKS, "x(a+)+$"[1:]]:
        start = time.perf_counter()
        held = evaluate(condition, json.loads(json.dumps({"word": text})), Env(today=date(2026, 5, 6)))
        assert time.perf_counter() - start < SECOND
        assert held is (text == "(a+)+$")
